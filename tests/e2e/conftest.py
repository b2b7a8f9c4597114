"""What the end-to-end tests share: a cluster, an installation, a pair of jobs; and their order."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.durations import print_duration
from tests.support.e2e_order import place
from tools.testbed import ENGINES, deployment
from tools.testbed.kube import SWC, Space, kubectl
from tools.testbed.pair import TOPIC, Pair, resource, topic
from tools.testbed.resource_timeline import ResourceTimeline
from tools.testbed.topic import Counts, Producer

HERE = Path(__file__).parent


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Bring the end-to-end tests into their order; tests of other folders stay where they are."""
    ours = [number for number, item in enumerate(items) if item.path.is_relative_to(HERE)]
    in_order = sorted((items[number] for number in ours), key=lambda item: place(item.path.relative_to(HERE)))
    for number, item in zip(ours, in_order, strict=True):
        items[number] = item


@pytest.fixture(scope="session")
def stays() -> Iterator[bool]:
    """Start a cluster with this checkout's images; yield whether it was there before.

    Such a cluster stays, so what the tests make there is removed. Any other cluster is stopped at the end.
    """
    with ExitStack() as stack:
        with print_duration("cluster and images"):
            was_up = stack.enter_context(deployment.cluster())
        yield was_up


def first_release(session: pytest.Session) -> str:
    """Return the release from which the tests of this run upgrade; nothing if none of them does."""
    for item in session.items:
        if isinstance(item, pytest.Function) and "previous_release" in item.fixturenames:
            return str(item.callspec.params["previous_release"])
    return ""


@pytest.fixture(scope="session", params=[pytest.param("0.1.0", marks=pytest.mark.nightly), "0.2.0"])
def previous_release(request: pytest.FixtureRequest) -> str:
    """The release that `operator` installs, because a test that runs asks for this fixture."""
    version = str(request.param)
    assert version == first_release(request.session), (
        "a run upgrades one installation, from one release: write -m nightly or -m 'not nightly'"
    )
    return version


@pytest.fixture(scope="session")
def operator(stays: bool, request: pytest.FixtureRequest) -> Iterator[Space]:
    """Install the operator with two replicas by its chart; yield its namespace.

    If a test of an upgrade runs, this is the previous release; that test comes first and upgrades it.
    """
    version = first_release(request.session)
    for left in (WORDS, deployment.SYSTEM):
        deployment.remove(left)
    had_crd = kubectl("get", "crd", SWC, "--ignore-not-found")
    try:
        with print_duration("helm install"):
            if version:
                deployment.install_previous(2, version)
            else:
                deployment.install(2)
        yield deployment.SYSTEM
    finally:
        if stays:
            deployment.uninstall()
            if not had_crd:
                kubectl("delete", "crd", SWC, "--ignore-not-found")


WORDS = Space("wordcount-e2e")


@pytest.fixture(scope="session")
def words(stays: bool, operator: Space) -> Iterator[Space]:
    """Make the namespace of the tests' resources, with Kafka, the text source and PostgreSQL."""
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
    """Record every phase of every resource of the namespace."""
    with ResourceTimeline(words) as watched:
        yield watched


@pytest.fixture(scope="session")
def pair(words: Space, history: ResourceTimeline) -> Iterator[Pair]:
    """Let both engines count one topic, from here to the last test that wants them."""
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


@pytest.fixture
def last_pair(pair: Pair, request: pytest.FixtureRequest) -> Pair:
    """The pair, for the test that ends it: no test after that one may use it."""
    items = request.session.items
    after = items[items.index(request.node) + 1 :]
    users = [
        item.nodeid for item in after if isinstance(item, pytest.Function) and "pair" in item.fixturenames
    ]
    assert not users, f"the pair ends here, so these tests must come before: {users}"
    return pair


@pytest.fixture(autouse=True)
def timed(request: pytest.FixtureRequest) -> Iterator[None]:
    """Print how long each test took."""
    start = time.monotonic()
    yield
    print(f"  {time.monotonic() - start:.1f} s", end="", flush=True)
