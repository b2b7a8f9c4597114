"""Savepoints, forks, failed upgrades, runs that hang, unreachable pods, and removal of state."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tools.cluster import leftovers
from tools.testbed import ENGINES
from tools.testbed.deployment import book
from tools.testbed.kube import SWC, Object, Space, until, wordcount
from tools.testbed.pair import SMALL, TOPIC, Pair, resource, topic
from tools.testbed.topic import Counts
from wordcount_core import tokenizer
from wordcount_core.options import Text

NO_ENGINE = "localhost/streaming-wordcount/operator:dev"
"""An image that exists and in which neither engine starts."""


def claim(pair: Pair, engine: str) -> Object:
    """Storage on the volume that holds the pair's state."""
    return {"volume": {"claimName": "pair-spark-state"}} if engine == "spark" else {}


def savepoint(pair: Pair, engine: str) -> str:
    """Where `wordcount savepoint` says that it made one, which `wordcount checkpoints` lists."""
    name, where = f"pair-{engine}", ("-n", pair.space.name)
    place = wordcount("savepoint", name, *where).strip()
    assert "/savepoints/savepoint-" in place
    listed = wordcount("checkpoints", name, *where)
    assert place in listed
    assert "manual" in listed
    return place


@pytest.fixture(scope="module")
def savepoints(pair: Pair) -> dict[str, str]:
    """Make a savepoint of each engine while it counts, and return where they are.

    Only before it the word `before` is produced.
    """
    pair.producer.send(["before"])
    pair.settle()
    return {engine: savepoint(pair, engine) for engine in ENGINES}


def test_a_fork_goes_on_from_a_savepoint(pair: Pair, savepoints: dict[str, str]) -> None:
    """`wordcount savepoint` makes one while the job counts.

    Another resource begins from it and counts what came later.

    Words that were produced only before the savepoint never appear on the fork's topic, and those after it
    have their whole count: so it neither began from zero nor lost what was counted.
    """
    space = pair.space
    later = [*book()[:50], "after"]
    pair.producer.send(later)
    pair.settle()
    expected, changed = tokenizer.count(pair.producer.lines, Text()), tokenizer.count(later, Text())
    counts = {engine: Counts(space, f"counts-fork-{engine}") for engine in ENGINES}
    try:
        for engine, place in savepoints.items():
            storage = {"interval": "2s", "storage": claim(pair, engine), "restoreFrom": place}
            sink = topic(f"counts-fork-{engine}")
            fork = resource(f"fork-{engine}", engine, source=topic(TOPIC), sink=sink, checkpoint=storage)
            space.apply(fork)
        for engine in ENGINES:
            until(
                lambda engine=engine: counts[engine].latest == {word: expected[word] for word in changed},  # type: ignore[misc]
                150,
                f"fork-{engine} counts what came after the savepoint",
                lambda engine=engine: space.diagnosis(f"fork-{engine}"),  # type: ignore[misc]
            )
    finally:
        for engine in ENGINES:
            counts[engine].close()
            space.kubectl("delete", SWC, f"fork-{engine}", "--ignore-not-found", "--timeout=60s")


LOST = {"nothing-there": "StateUnavailable", "other-text-rules": "StateIncompatible"}
"""What is wrong with the state that a run is to begin from, and the reason in the status."""


@pytest.fixture(scope="module")
def lost(pair: Pair, savepoints: dict[str, str]) -> Iterator[Space]:
    """All of them on both engines at once, so that they fail side by side."""
    space, names = pair.space, [f"{what}-{engine}" for what in LOST for engine in ENGINES]
    for engine in ENGINES:
        # A savepoint and no checkpoint: the next ones would have pushed that out before the job begins.
        for what, place in (
            ("nothing-there", "/data/state/nothing/there"),
            ("other-text-rules", savepoints[engine]),
        ):
            storage = {"interval": "2s", "storage": claim(pair, engine), "restoreFrom": place}
            text = {"lowercase": what == "other-text-rules"}
            space.apply(
                resource(f"{what}-{engine}", engine, source=topic(TOPIC), checkpoint=storage, text=text)
            )
    yield space
    space.kubectl("delete", SWC, *names, "--ignore-not-found", "--timeout=60s")


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("what", LOST)
def test_what_cannot_be_gone_on_from_is_named(lost: Space, engine: str, what: str) -> None:
    """Never a silent start from zero: Stalled, with the field and the choices."""
    name = f"{what}-{engine}"
    until(
        lambda: lost.condition(name, "Stalled").get("reason") == LOST[what],
        120,
        f"{name} says {LOST[what]}",
        lambda: lost.diagnosis(name),
    )
    stalled = lost.condition(name, "Stalled")
    assert stalled["status"] == "True"
    assert "spec.checkpoint.restoreFrom" in stalled["message"]
    assert "remove restoreFrom to count from the beginning" in stalled["message"]
    lost.kubectl("delete", SWC, name, "--timeout=60s")


def test_an_upgrade_that_makes_no_progress_is_rolled_back(pair: Pair) -> None:
    """Both engines go back to the last spec that counted, from the state before the edit.

    What was produced meanwhile is counted.
    """
    pair.mark()
    quick = {"mode": "savepoint", "progressDeadline": "15s", "rollback": True}
    with pair.producing():
        for engine in ENGINES:
            pair.space.patch(f"pair-{engine}", upgrade=quick, **{engine: {"image": NO_ENGINE}})
        for engine in ENGINES:
            status = pair.space.wait_phase(f"pair-{engine}", "RolledBack", 180)
            assert "no checkpoint was finished on it within 15s" in status["message"]
            assert pair.space.condition(f"pair-{engine}", "Stalled")["status"] == "True"
    pair.settle()
    attempts = {engine: pair.space.status(f"pair-{engine}")["attempt"]["id"] for engine in ENGINES}
    for engine in ENGINES:
        pair.space.patch(f"pair-{engine}", upgrade=None, **{engine: None})
        pair.space.wait_phase(f"pair-{engine}", "Running")
        # The spec that runs is the one that is asked for again, so nothing restarts.
        assert pair.space.status(f"pair-{engine}")["attempt"]["id"] == attempts[engine]
        assert "Upgrading" in pair.since(engine)
    with pair.producing():
        time.sleep(1)
    pair.settle()


@pytest.mark.nightly
def test_a_driver_that_hangs_is_restarted(pair: Pair) -> None:
    """A JVM that is stopped and not dead finishes no batch: after stalledAfter the run is ended and begun
    again.
    """
    before = pair.space.status("pair-spark")["restarts"]["count"]
    pair.space.patch("pair-spark", restart={"stalledAfter": "10s"})
    pair.space.wait_phase("pair-spark", "Running")
    pair.mark()
    with pair.producing():
        time.sleep(2)
        stop = "grep -qx java $f && kill -STOP $(echo $f | cut -d/ -f3)"
        script = f"for f in /proc/[0-9]*/comm; do {stop}; done; true"
        pair.space.kubectl("exec", "pair-spark-driver", "--", "sh", "-c", script)
        status = pair.back("spark", "BackingOff", "Starting")
    pair.settle()
    assert status["restarts"]["count"] == before + 1
    assert status["restarts"]["lastReason"] == "Stalled"
    assert "no checkpoint was finished for 10s" in status["restarts"]["lastMessage"]
    pair.space.patch("pair-spark", restart={"stalledAfter": "5m"})


@contextmanager
def silent_node() -> Iterator[None]:
    """The kubelet of the one-node cluster is stopped: its pods run on, and nothing is reported of them."""
    parts = leftovers.marked()
    kubelets = [pid for pid in parts if Path(f"/proc/{pid}/comm").read_text().strip() == "kubelet"]
    assert kubelets, "this test stops the kubelet of the cluster that `make cluster` built"
    for pid in kubelets:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in kubelets:
            os.kill(pid, signal.SIGCONT)


@pytest.mark.nightly
def test_a_driver_that_nobody_can_reach_is_not_replaced(pair: Pair) -> None:
    """On a silent node a deleted driver may still write: the operator waits and says so, and goes on when the
    node is back.
    """
    space = pair.space
    driver: Any = space.get("pod", "pair-spark-driver")
    pair.mark()
    with pair.producing():
        with silent_node():
            space.delete("pod", "pair-spark-driver", "--grace-period=1")
            until(
                lambda: space.condition("pair-spark", "Fenced").get("status") == "False",
                60,
                "the condition Fenced is False",
                lambda: space.diagnosis("pair-spark"),
            )
            message = space.condition("pair-spark", "Fenced")["message"]
            assert "two writers would corrupt the state" in message
            assert driver["metadata"]["uid"] in message
            now: Any = space.get("pod", "pair-spark-driver")
            assert now["metadata"]["uid"] == driver["metadata"]["uid"]
        pair.back("spark", "BackingOff", "Starting")
    assert space.condition("pair-spark", "Fenced")["status"] == "True"
    pair.settle()


def folders(space: Space, session: str) -> str:
    """The resources of the namespace that have state on the sessions' volume."""
    pod = space.names("pods", f"app={session},component=jobmanager")[0]
    return space.kubectl("exec", pod, "--", "ls", f"/data/state/{space.name}")


@pytest.mark.nightly
def test_on_delete_delete_leaves_no_state(pair: Pair) -> None:
    """Spark's claim goes with the resource, and a Flink resource's folder from the volume that it shared."""
    space = pair.space
    session = space.status("pair-flink")["session"]
    for engine in ENGINES:
        checkpoint = {"interval": "2s", "onDelete": "Delete"}
        space.apply(resource(f"brief-{engine}", engine, checkpoint=checkpoint, resources=SMALL))
    for engine in ENGINES:
        space.wait_phase(f"brief-{engine}", "Running")
        until(
            lambda engine=engine: space.status(f"brief-{engine}")["checkpoint"].get("latest"),  # type: ignore[misc]
            60,
            "there is a checkpoint",
        )
    assert "brief-flink" in folders(space, session)
    for engine in ENGINES:
        space.kubectl("delete", SWC, f"brief-{engine}", "--timeout=60s")
    assert "brief-flink" not in folders(space, session)
    until(lambda: not space.get("pvc", "brief-spark-state"), 30, "the claim is gone")
    assert not [pod for pod in space.names("pods") if pod.startswith("brief-")]
