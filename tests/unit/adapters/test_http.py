"""What the HTTP port promises, tried against a real server on loopback."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import ClientTimeout, web

from wordcount_operator.adapters.http import (
    MAX_ANSWER,
    QUEUE_TIMEOUT,
    SEND_TIMEOUT,
    Http,
    RequestRejected,
    first_line,
)
from wordcount_operator.model.actions import HttpRequest
from wordcount_operator.planning.attempts import SUBMIT_IN_FLIGHT

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Serve = Callable[[Handler], Awaitable[str]]


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    port = Http()
    yield port
    await port.close()


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    runners = []

    async def start(handler: Handler) -> str:
        resource = web.Application()
        resource.router.add_route("*", "/{path:.*}", handler)
        runner = web.AppRunner(resource, shutdown_timeout=0.1)  # a handler that hangs is part of a test
        await runner.setup()
        runners.append(runner)
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}"

    yield start
    for runner in runners:
        await runner.cleanup()


async def test_a_look_gives_status_and_document(http: Http, serve: Serve) -> None:
    """The answer's JSON and status arrive as they are, also for an error."""

    async def handler(request: web.Request) -> web.Response:
        return web.json_response({"path": request.path}, status=404 if "missing" in request.path else 200)

    base = await serve(handler)
    found, missing = await http.get(f"{base}/jobs"), await http.get(f"{base}/missing")
    assert (found.status, found.ok, found.body) == (200, True, {"path": "/jobs"})
    assert (missing.status, missing.ok) == (404, False)


async def test_a_look_gives_text_where_it_is_no_json(http: Http, serve: Serve) -> None:
    """A page that is not JSON is no crash."""

    async def handler(_: web.Request) -> web.Response:
        return web.Response(text="<html>", status=503)

    assert (await http.get(await serve(handler))).body == "<html>"


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/jobs", "http://no-such-host.invalid:8081/jobs", "http://127.0.0.1:99999/"]
)
async def test_nobody_there_is_status_0_with_a_reason(http: Http, url: str) -> None:
    """A port that nobody listens on, and a name that does not resolve, are answers too."""
    reply = await http.get(url)
    assert reply.status == 0
    assert reply.body


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(http: Http, serve: Serve, status: int) -> None:
    """A tenant's Service could lead a submit to another namespace's JobManager."""
    reached: list[str] = []

    async def handler(request: web.Request) -> web.Response:
        reached.append(request.path)
        return web.Response(status=status, headers={"Location": "/jobs"})

    base = await serve(handler)
    reply = await http.get(f"{base}/start")
    with pytest.raises(RequestRejected) as refused:
        await http.send(HttpRequest("POST", f"{base}/jars/run", {}, "why"))
    assert reached == ["/start", "/jars/run"]
    assert reply.status == refused.value.status == 0
    assert "redirect" in reply.body
    assert not refused.value.final


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
async def test_an_answer_without_end_is_cut(http: Http, serve: Serve, encoding: str) -> None:
    """Nor is it unpacked: one pod of one tenant must not use up the operator's memory."""
    sent = 0

    async def handler(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        assert request.headers["Accept-Encoding"] == "identity"
        response = web.StreamResponse(headers={"Content-Encoding": encoding})
        await response.prepare(request)
        while sent < 64 * MAX_ANSWER:
            await response.write(b"x" * 2**16)
            sent += 2**16
        return response

    reply = await http.get(await serve(handler))
    assert (reply.status, reply.body) == (0, f"its answer has more than {MAX_ANSWER} bytes")
    assert sent < 32 * MAX_ANSWER


async def test_a_look_ends_in_time(http: Http, serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that accepts and does not answer cannot delay a reconcile."""
    monkeypatch.setattr(
        "wordcount_operator.adapters.http.READ_TIMEOUT", type(http._session.timeout)(total=0.05)
    )

    async def handler(_: web.Request) -> web.Response:
        await asyncio.sleep(5)
        return web.Response()

    assert (await http.get(await serve(handler))).status == 0


async def test_calls_to_one_server_wait_for_each_other(http: Http, serve: Serve) -> None:
    """Two submits never run at once: a JobManager refuses the second."""
    running = most = 0

    async def handler(request: web.Request) -> web.Response:
        nonlocal running, most
        assert await request.json() == {"parallelism": 2}
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.02)
        running -= 1
        return web.json_response({})

    call = HttpRequest("POST", f"{await serve(handler)}/run", {"parallelism": 2}, because="begins")
    await asyncio.gather(*(http.send(call) for _ in range(3)))
    assert most == 1


async def test_calls_to_two_servers_do_not_wait(http: Http, serve: Serve) -> None:
    """A slow JobManager holds up no other."""
    both = asyncio.Barrier(2)

    async def handler(_: web.Request) -> web.Response:
        await asyncio.wait_for(both.wait(), 2)
        return web.json_response({})

    calls = [HttpRequest("POST", f"{await serve(handler)}/run", {}, because="begins") for _ in range(2)]
    await asyncio.gather(*map(http.send, calls))


async def test_a_refusal_says_who_and_why(http: Http, serve: Serve) -> None:
    """The error's text names the server and holds the first line that says something."""

    async def handler(_: web.Request) -> web.Response:
        errors = [
            "Internal server error.",
            "<Exception on server side:\njava.io.IOException: no room\n\tat a.b",
        ]
        return web.json_response({"errors": errors}, status=400)

    base = await serve(handler)
    with pytest.raises(
        RequestRejected, match=r"^127\.0\.0\.1:\d+ answers 400: java\.io\.IOException: no room$"
    ) as info:
        await http.send(HttpRequest("POST", f"{base}/run", {}, because="begins"))
    assert info.value.status == 400


@pytest.mark.parametrize(("there", "refused"), [(True, False), (False, True)])
async def test_a_refusal_is_success_where_the_act_is_done(
    http: Http, serve: Serve, there: bool, refused: bool
) -> None:
    """`done` decides: a second submit of a job that exists is no failure, of one that does not it is."""

    async def handler(request: web.Request) -> web.Response:
        return web.json_response({}, status=200 if request.method == "GET" and there else 400)

    base = await serve(handler)
    call = HttpRequest("POST", f"{base}/run", {}, because="begins", already_done_url=f"{base}/jobs/1")
    if refused:
        with pytest.raises(RequestRejected):
            await http.send(call)
    else:
        await http.send(call)


async def test_a_call_that_nobody_answers_is_refused(http: Http) -> None:
    """A JobManager that is gone is an error like any other."""
    with pytest.raises(RequestRejected, match="does not answer"):
        await http.send(HttpRequest("POST", "http://127.0.0.1:1/run", {}, because="begins"))


@pytest.mark.parametrize(
    "body", [None, "", {}, [], {"errors": []}, {"errors": "x"}, {"errors": [1]}, 7, ["", " "]]
)
def test_any_body_has_a_first_line(body: object) -> None:
    """Whatever a server sends becomes one line."""
    assert "\n" not in first_line(body)
    assert first_line(body)


def test_a_long_reason_is_cut() -> None:
    """A status cannot be flooded."""
    assert len(first_line({"errors": ["x" * 5000]})) == 300


@pytest.mark.parametrize("there", [True, False])
async def test_a_time_out_is_no_answer(
    http: Http, serve: Serve, there: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A submit whose answer did not come in time is done where its job is there.

    Else it is sent again under the same id.
    """
    monkeypatch.setattr("wordcount_operator.adapters.http.SEND_TIMEOUT", ClientTimeout(total=0.05))

    async def handler(request: web.Request) -> web.Response:
        if request.method == "POST":
            await asyncio.sleep(5)
        return web.json_response({}, status=200 if there else 404)

    base = await serve(handler)
    call = HttpRequest("POST", f"{base}/run", {}, because="begins", already_done_url=f"{base}/jobs/1")
    if there:
        await http.send(call)
        return
    with pytest.raises(RequestRejected) as caught:
        await http.send(call)
    assert not caught.value.final


def test_a_submit_is_waited_for_longer_than_its_answer() -> None:
    """Else a second job might start while the first one's submit is still being answered."""
    assert SEND_TIMEOUT.total is not None
    assert SEND_TIMEOUT.total < SUBMIT_IN_FLIGHT


async def test_a_call_does_not_wait_for_its_turn_for_ever(
    http: Http, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A JobManager that is slow with one submit must not delay ten reconciles until the operator counts as
    sick.
    """
    monkeypatch.setattr("wordcount_operator.adapters.http.QUEUE_TIMEOUT", 0.05)
    free = asyncio.Event()

    async def handler(_: web.Request) -> web.Response:
        await free.wait()
        return web.json_response({})

    base = await serve(handler)
    first = asyncio.create_task(http.send(HttpRequest("POST", base, {}, "first")))
    await asyncio.sleep(0.02)
    with pytest.raises(RequestRejected, match="busy with earlier requests") as caught:
        await http.send(HttpRequest("POST", base, {}, "second"))
    assert not caught.value.final
    free.set()
    await first
    await http.send(HttpRequest("POST", base, {}, "third"))


def test_a_turn_and_an_answer_take_no_longer_than_a_submit_is_waited_for() -> None:
    """Else a late first submit could meet the second."""
    assert QUEUE_TIMEOUT + (SEND_TIMEOUT.total or 0) < SUBMIT_IN_FLIGHT
