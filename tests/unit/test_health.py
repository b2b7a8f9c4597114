"""The operator's HTTP side answers what its checks say; on a loopback port."""

from aiohttp.test_utils import TestClient, TestServer

from wordcount_operator.health import application


async def test_a_check_that_names_a_trouble_answers_503_with_it() -> None:
    """Empty is 200 ok; the two checks are apart."""
    async with TestClient(
        TestServer(application(lambda: "", lambda: "this replica is becoming the leader"))
    ) as client:
        alive, ready = await client.get("/healthz"), await client.get("/readyz")
        assert (alive.status, await alive.text()) == (200, "ok\n")
        assert (ready.status, await ready.text()) == (503, "this replica is becoming the leader\n")


async def test_metrics_carry_the_operators_names() -> None:
    """Prometheus' text, with what metrics.py names."""
    import wordcount_operator.metrics  # noqa: F401, PLC0415

    async with TestClient(TestServer(application(lambda: "", lambda: ""))) as client:
        answer = await client.get("/metrics")
        text = await answer.text()
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert "# TYPE wordcount_operator_leader gauge" in text
    assert "process_resident_memory_bytes" in text


async def test_no_connection_is_kept_alive() -> None:
    """An idle connection is a task for which Kopf would wait when it stops."""
    async with TestClient(TestServer(application(lambda: "", lambda: ""))) as client:
        answer = await client.get("/healthz")
        assert answer.headers["Connection"] == "close"
