"""State in a bucket, on a real S3 server in the cluster: exact through crashes, forks, removal, and what is wrong with a bucket."""

from collections.abc import Iterator

import pytest

from tests.e2e import ground
from tests.e2e.kube import SWC, Object, Space, until
from tests.e2e.pair import ENGINES, TOPIC, Pair, resource, topic
from tests.e2e.test_05_state import wordcount
from tests.e2e.topic import Counts
from wordcount_jobs.core import tokenize
from wordcount_jobs.core.options import Text

STORE = {"endpoint": "http://s3:7070", "pathStyle": True, "credentialsSecret": "s3"}


def checkpoint(uri: str = "s3a://wordcount/state", **more: object) -> Object:
    """State below that URI in the cluster's S3 server."""
    return {"interval": "2s", "storage": {"s3": {"uri": uri, **STORE, **more}}}


def shell(space: Space, *words: str) -> str:
    """What a command said beside the S3 server, where buckets are folders."""
    return space.kubectl("exec", "deploy/s3", "-c", "shell", "--", *words)


@pytest.fixture(scope="module")
def store(words: Space) -> Iterator[Space]:
    """The namespace with the S3 server in it."""
    words.apply(ground.S3)
    words.kubectl("wait", "pod", "-l", "app=s3", "--for=condition=Ready", "--timeout=60s")
    yield words
    words.kubectl("delete", "-f", ground.S3, "--ignore-not-found")


def test_counts_in_a_bucket_are_exact_and_go_when_asked(pair: Pair, store: Space) -> None:
    """A driver and a TaskManager lost without a goodbye, then a savepoint; with onDelete: Delete nothing stays in the bucket."""
    counts = {engine: Counts(store, f"counts-bucket-{engine}") for engine in ENGINES}

    def exact(engine: str, seconds: float = 120) -> None:
        truth = tokenize.count(pair.producer.lines, Text())
        until(
            lambda: counts[engine].equal(truth),
            seconds,
            f"the counts of bucket-{engine} equal the truth",
            lambda: f"{counts[engine].difference(truth)}\n{store.diagnosis(f'bucket-{engine}')}",
        )

    try:
        for engine in ENGINES:
            where = {**checkpoint(), "onDelete": "Delete"}
            sink = topic(f"counts-bucket-{engine}")
            restart = {"backoff": {"initial": "1s"}}
            store.apply(
                resource(
                    f"bucket-{engine}",
                    engine,
                    source=topic(TOPIC),
                    sink=sink,
                    checkpoint=where,
                    restart=restart,
                )
            )
        for engine in ENGINES:
            exact(engine, 180)
            store.wait_phase(f"bucket-{engine}", "Running")
        with pair.typing():
            store.kill("bucket-spark-driver")
            session = store.status("bucket-flink")["session"]
            for pod in store.names("pods", f"app={session},component=taskmanager"):
                store.kill(pod)
            until(lambda: store.status("bucket-spark")["restarts"]["count"], 30, "the lost driver is seen")
        for engine in ENGINES:
            exact(engine)
            store.wait_phase(f"bucket-{engine}", "Running")
            place = wordcount("savepoint", f"bucket-{engine}", "-n", store.name).strip()
            assert place.startswith(f"s3a://wordcount/state/{store.name}/bucket-{engine}/")
            assert "savepoint-" in place
        assert shell(store, "ls", f"/data/wordcount/state/{store.name}").split() == [
            "bucket-flink",
            "bucket-spark",
        ]
    finally:
        for follower in counts.values():
            follower.close()
        for engine in ENGINES:
            store.kubectl("delete", SWC, f"bucket-{engine}", "--ignore-not-found", "--timeout=60s")
    left = shell(store, "sh", "-c", "find /data/wordcount/state -type f | grep -v /ha/ || true")
    assert not left.split(), f"state that nobody needs: {left}"


WRONG = {
    "bucket": (checkpoint("s3a://nobody-made-it/state"), "uri: there is no bucket nobody-made-it"),
    "keys": (checkpoint(credentialsSecret="wrong"), "credentialsSecret: the store refuses these credentials"),
}


def test_a_bucket_that_cannot_be_used_is_named_and_heals(store: Space) -> None:
    """A missing bucket and wrong keys: Stalled with the field and the remedy, no crash loop, and it begins once they are right."""
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "wrong"}}
    keys = {"AWS_ACCESS_KEY_ID": "wordcount", "AWS_SECRET_ACCESS_KEY": "no"}
    store.apply({**secret, "stringData": keys})
    names = {f"wrong-{what}-{engine}": (engine, what) for engine in ENGINES for what in WRONG}
    quick = {"backoff": {"initial": "2s", "max": "10s"}}
    try:
        for name, (engine, what) in names.items():
            store.apply(resource(name, engine, checkpoint=WRONG[what][0], restart=quick))
        for name, (_, what) in names.items():
            until(
                lambda name=name: store.condition(name, "Stalled").get("reason") == "StateUnavailable",  # type: ignore[misc]
                120,
                f"{name} says StateUnavailable",
                lambda name=name: store.diagnosis(name),  # type: ignore[misc]
            )
            stalled = store.condition(name, "Stalled")
            assert stalled["status"] == "True"
            assert f"spec.checkpoint.storage.s3.{WRONG[what][1]}" in stalled["message"]
        shell(store, "mkdir", "/data/nobody-made-it")
        store.apply({**secret, "stringData": {**keys, "AWS_SECRET_ACCESS_KEY": "only-for-tests"}})
        for name in names:
            store.wait_phase(name, "Running", 180)
    finally:
        for name in names:
            store.kubectl("delete", SWC, name, "--ignore-not-found", "--timeout=60s")
