"""What the end-to-end tests stand on, laid once a session and removed after it, also after a failure; never a test."""

import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.support.durations import print_duration
from tools.testbed import deployment
from tools.testbed.kube import SWC, Space, kubectl
from tools.testbed.pair import ENGINES, TOPIC, Pair, resource, topic
from tools.testbed.resource_timeline import ResourceTimeline
from tools.testbed.topic import Counts, Producer


@pytest.fixture(scope="session")
def stays() -> Iterator[bool]:
    """A cluster with the images of this checkout, and whether it stays; else it is stopped at the end, and nothing in it need be removed."""
    with ExitStack() as stack:
        with print_duration("cluster and images"):
            was_up = stack.enter_context(deployment.cluster())
        yield was_up


@pytest.fixture(scope="session")
def operator(stays: bool, request: pytest.FixtureRequest) -> Iterator[Space]:
    """The operator with two replicas, installed by its chart; yields its namespace.

    Where the test of an upgrade is among those that run, it comes first and begins at the previous release; all tests after it then
    have an operator that was upgraded.
    """
    upgraded = any("test_00_upgrade" in item.nodeid for item in request.session.items)
    for left in (WORDS, deployment.SYSTEM):
        deployment.remove(left)
    had_crd = kubectl("get", "crd", SWC, "--ignore-not-found")
    try:
        with print_duration("helm install"):
            (deployment.install_previous if upgraded else deployment.install)(replicas=2)
        yield deployment.SYSTEM
    finally:
        if stays:
            deployment.uninstall()
            if not had_crd:
                kubectl("delete", "crd", SWC, "--ignore-not-found")


WORDS = Space("wordcount-e2e")


@pytest.fixture(scope="session")
def words(stays: bool, operator: Space) -> Iterator[Space]:
    """The namespace of the tests' resources, with Kafka, the text source and PostgreSQL."""
    try:
        with print_duration("Kafka, text source and PostgreSQL"):
            deployment.prepare_servers(WORDS, lines_per_second=4000)
            WORDS.apply(deployment.POSTGRES)
            WORDS.kubectl("wait", "pod", "-l", "app=postgres", "--for=condition=Ready", "--timeout=120s")
        yield WORDS
    finally:
        if stays:
            deployment.remove(WORDS)


@pytest.fixture(scope="session")
def history(words: Space) -> Iterator[ResourceTimeline]:
    """Every phase of every resource of the namespace."""
    with ResourceTimeline(words) as watched:
        yield watched


@pytest.fixture(scope="session")
def pair(words: Space, history: ResourceTimeline) -> Iterator[Pair]:
    """Both engines counting one topic, from here to the last test that wants them."""
    producer = Producer(words, TOPIC)
    counts = {engine: Counts(words, f"counts-pair-{engine}") for engine in ENGINES}
    result = Pair(words, history, producer, counts)
    try:
        producer.send(deployment.book()[:100])
        with print_duration("the pair runs and has counted"):
            for engine in ENGINES:
                sink = topic(f"counts-pair-{engine}")
                restart = {"backoff": {"initial": "2s"}}
                words.apply(
                    resource(f"pair-{engine}", engine, source=topic(TOPIC), sink=sink, restart=restart)
                )
            for engine in ENGINES:
                words.wait_phase(f"pair-{engine}", "Running")
            result.settle()
        yield result
    finally:
        for follower in counts.values():
            follower.close()
        producer.close()


@pytest.fixture(autouse=True)
def timed(request: pytest.FixtureRequest) -> Iterator[None]:
    """Prints how long each scenario took."""
    start = time.monotonic()
    yield
    print(f"  {time.monotonic() - start:.1f} s", end="", flush=True)
