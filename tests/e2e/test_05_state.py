"""State as a managed object: savepoints, forks, upgrades that fail, runs that hang, pods that nobody can reach, removal."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.cluster import leftovers
from tests.cluster.places import KUBECONFIG
from tests.e2e.ground import book
from tests.e2e.kube import SWC, Object, Space, until
from tests.e2e.pair import ENGINES, SMALL, TOPIC, Pair, resource, topic
from tests.e2e.topic import Counts
from wordcount_jobs.core import tokenize
from wordcount_jobs.core.options import Text

NO_ENGINE = "localhost/streaming-wordcount/operator:dev"
"""An image that exists and in which neither engine starts."""


def wordcount(*words: str) -> str:
    """What the command line printed; raises CalledProcessError."""
    environment = os.environ | {"KUBECONFIG": str(KUBECONFIG)}
    command = [sys.executable, "-m", "wordcount_cli", *words]
    return subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout


def claim(pair: Pair, engine: str) -> Object:
    """Storage on the volume that holds the pair's state."""
    return {"volume": {"claimName": "pair-spark-state"}} if engine == "spark" else {}


@pytest.mark.parametrize("engine", ENGINES)
def test_a_fork_goes_on_from_a_savepoint(pair: Pair, engine: str) -> None:
    """`wordcount savepoint` makes one while the job counts; another resource begins from it and counts what came later.

    Words that were typed only before the savepoint never appear on the fork's topic, and those after it have their
    whole count: so it neither began from zero nor lost what was counted.
    """
    space, name = pair.space, f"fork-{engine}"
    pair.producer.send([f"before-{engine}"])
    pair.settle(engine)
    place = wordcount("savepoint", f"pair-{engine}", "-n", space.name).strip()
    assert "/savepoints/savepoint-" in place
    listed = wordcount("checkpoints", f"pair-{engine}", "-n", space.name)
    assert place in listed
    assert "manual" in listed
    later = [*book()[:50], f"after-{engine}"]
    pair.producer.send(later)
    pair.settle(engine)
    counts = Counts(space, f"counts-{name}")
    try:
        storage = {"interval": "2s", "storage": claim(pair, engine), "restoreFrom": place}
        sink = topic(f"counts-{name}")
        space.apply(resource(name, engine, source=topic(TOPIC), sink=sink, checkpoint=storage))
        truth, changed = tokenize.count(pair.producer.lines, Text()), tokenize.count(later, Text())
        until(
            lambda: counts.latest == {word: truth[word] for word in changed},
            150,
            f"{name} counts what came after the savepoint",
            lambda: f"{sorted(counts.latest.items())[:20]}\n{space.diagnosis(name)}",
        )
    finally:
        counts.close()
        space.kubectl("delete", SWC, name, "--ignore-not-found", "--timeout=60s")


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("what", ["nothing there", "other text rules"])
def test_what_cannot_be_gone_on_from_is_named(pair: Pair, engine: str, what: str) -> None:
    """Never a silent start from zero: Stalled, with the field and the choices."""
    space, name = pair.space, f"lost-{engine}"
    status = space.status(f"pair-{engine}")["checkpoint"]
    # A savepoint and no checkpoint: the next ones would have pushed that out before the job begins.
    made = status["savepoints"][0]["location"]
    place = made if what == "other text rules" else "/data/state/nothing/there"
    storage = {"interval": "2s", "storage": claim(pair, engine), "restoreFrom": place}
    text = {"lowercase": what == "other text rules"}
    reason = "StateIncompatible" if text["lowercase"] else "StateUnavailable"
    try:
        space.apply(resource(name, engine, source=topic(TOPIC), checkpoint=storage, text=text))
        until(
            lambda: space.condition(name, "Stalled").get("reason") == reason,
            120,
            f"{name} says {reason}",
            lambda: space.diagnosis(name),
        )
        stalled = space.condition(name, "Stalled")
        assert stalled["status"] == "True"
        assert "spec.checkpoint.restoreFrom" in stalled["message"]
        assert "remove restoreFrom to count from the beginning" in stalled["message"]
    finally:
        space.kubectl("delete", SWC, name, "--ignore-not-found", "--timeout=60s")


def test_an_upgrade_that_makes_no_progress_is_rolled_back(pair: Pair) -> None:
    """Both engines go back to the last spec that counted, from the state before the edit; what was typed meanwhile is counted."""
    pair.mark()
    quick = {"mode": "savepoint", "progressDeadline": "15s", "rollback": True}
    with pair.typing():
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
    with pair.typing():
        time.sleep(1)
    pair.settle()


def test_a_nonce_is_one_clean_restart(pair: Pair) -> None:
    """Both engines stop cleanly and go on from there, without a failure being counted."""
    before = {engine: pair.space.status(f"pair-{engine}") for engine in ENGINES}
    pair.mark()
    with pair.typing():
        for engine in ENGINES:
            pair.space.patch(f"pair-{engine}", restartNonce=1)
        for engine in ENGINES:
            status = pair.back(engine, "Upgrading", "Starting")
            assert status["attempt"]["number"] == before[engine]["attempt"]["number"] + 1
            assert status["restarts"]["count"] == before[engine]["restarts"]["count"]
    pair.settle()


def test_a_driver_that_hangs_is_restarted(pair: Pair) -> None:
    """A JVM that is stopped and not dead finishes no batch: after stalledAfter the run is ended and begun again."""
    before = pair.space.status("pair-spark")["restarts"]["count"]
    pair.space.patch("pair-spark", restart={"stalledAfter": "10s"})
    pair.space.wait_phase("pair-spark", "Running")
    pair.mark()
    with pair.typing():
        time.sleep(2)
        script = "for f in /proc/[0-9]*/comm; do grep -qx java $f && kill -STOP $(echo $f | cut -d/ -f3); done; true"
        pair.space.kubectl("exec", "pair-spark-driver", "--", "sh", "-c", script)
        status = pair.back("spark", "BackingOff", "Starting")
    pair.settle()
    assert status["restarts"]["count"] == before + 1
    assert status["restarts"]["lastReason"] == "Stalled"
    assert "no checkpoint was finished for 10s" in status["restarts"]["lastMessage"]
    pair.space.patch("pair-spark", restart={"stalledAfter": "5m"})


@contextmanager
def silent_node() -> Iterator[None]:
    """The kubelet of the one-node cluster is stopped: its pods run on, and nobody hears of them."""
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


def test_a_driver_that_nobody_can_reach_is_not_replaced(pair: Pair) -> None:
    """On a silent node a deleted driver may still write: the operator waits and says so, and goes on when the node is back."""
    space = pair.space
    driver: Any = space.get("pod", "pair-spark-driver")
    pair.mark()
    with pair.typing():
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
