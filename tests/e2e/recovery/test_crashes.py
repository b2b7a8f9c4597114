"""What dies is started again while lines arrive, and the counts on the Kafka topic stay exact."""

import time

import pytest

from tools.testbed import deployment
from tools.testbed.kube import Object, Space, until
from tools.testbed.pair import Pair

WARM = 3.0
"""Seconds of typing before something is killed, so that there are counts in flight."""


def flink_pod(space: Space, component: str) -> str:
    """The pod of the pair's session cluster that is its JobManager or TaskManager."""
    session = space.status("pair-flink")["session"]
    return space.names("pods", f"app={session},component={component}")[0]


def task_managers(space: Space) -> set[str]:
    """The uids of the session's TaskManagers."""
    session = space.status("pair-flink")["session"]
    return {pod["metadata"]["uid"] for pod in space.all("pods", f"app={session},component=taskmanager")}


def spark_pods(space: Space, role: str) -> list[str]:
    """The pods of pair-spark that are its driver or executors."""
    selector = f"streaming.wordcount.dev/name=pair-spark,streaming.wordcount.dev/role={role}"
    return space.names("pods", selector)


def leader(space: Space) -> str:
    """The operator pod that holds the Lease; empty where nobody does."""
    lease = space.get("lease", deployment.DEPLOYMENT) or {}
    return str(lease.get("spec", {}).get("holderIdentity") or "")


def kill_leader(space: Space) -> str:
    """Kills the operator pod that acts, and returns the one that acts after it."""
    before = leader(space)
    space.kill(before)

    def another() -> str:
        now = leader(space)
        return now if now not in ("", before) else ""

    return until(another, 30, "another replica holds the Lease")


def restarts(status: Object) -> tuple[int, str]:
    """How often, and why the last time."""
    recorded = status["restarts"]
    return recorded["count"], recorded["lastReason"]


def test_driver_and_task_manager_die(pair: Pair) -> None:
    """A deleted Spark driver comes back by a new attempt, a deleted TaskManager within the same one.

    Nothing is lost or doubled.
    """
    attempts = {name: pair.space.status(name)["attempt"]["id"] for name in ("pair-spark", "pair-flink")}
    before = pair.space.status("pair-spark")
    pair.mark()
    with pair.producing():
        time.sleep(WARM)
        pair.space.kill("pair-spark-driver")
        pair.space.kill(flink_pod(pair.space, "taskmanager"))
        spark = pair.back("spark", "BackingOff", "Starting")
        flink = pair.back("flink", "Degraded")
    pair.settle()
    assert pair.since("spark") == ["Running", "BackingOff", "Starting", "Running"]
    assert restarts(spark) == (restarts(before)[0] + 1, "Infrastructure")
    assert spark["attempt"]["number"] == before["attempt"]["number"] + 1
    assert pair.since("flink") == ["Running", "Degraded", "Running"]
    assert flink["attempt"]["id"] == attempts["pair-flink"]
    assert flink["restarts"]["count"] == 0


@pytest.mark.nightly
def test_executor_and_job_manager_die(pair: Pair) -> None:
    """Spark replaces a deleted executor and Kubernetes a deleted JobManager.

    The attempts go on, nothing is lost or doubled.
    """
    attempts = {name: pair.space.status(name)["attempt"]["id"] for name in ("pair-spark", "pair-flink")}
    pair.mark()
    with pair.producing():
        time.sleep(WARM)
        executors = spark_pods(pair.space, "executor")
        pair.space.kill(executors[0])
        pair.space.kill(flink_pod(pair.space, "jobmanager"))
        flink = pair.back("flink", "Degraded")
        until(
            lambda: spark_pods(pair.space, "executor") not in ([], executors),
            30,
            "there is another executor",
            lambda: pair.space.diagnosis("pair-spark"),
        )
    pair.settle()
    assert pair.since("flink") == ["Running", "Degraded", "Running"]
    assert pair.since("spark") == ["Running"]
    assert flink["attempt"]["id"] == attempts["pair-flink"]
    assert pair.space.status("pair-spark")["attempt"]["id"] == attempts["pair-spark"]


def test_the_acting_operator_dies(pair: Pair, operator: Space) -> None:
    """Of two replicas one holds the Lease; when it is killed another acts, and the engines do not notice.

    That is the stand-by, or the pod that Kubernetes makes instead, whichever asks first.
    """
    replicas = operator.names("pods", "app.kubernetes.io/name=streaming-wordcount-operator")
    assert len(replicas) == 2
    assert leader(operator) in replicas
    pods, workers = set(pair.pods()), task_managers(pair.space)
    pair.mark()
    with pair.producing():
        time.sleep(WARM)
        kill_leader(operator)
        before = pair.space.status("pair-spark")["progress"]["lines"]
        until(
            lambda: pair.space.status("pair-spark")["progress"]["lines"] > before,
            30,
            "another replica writes progress",
        )
    pair.settle()
    # None is new, and none has gone but a TaskManager that idles, which Flink lets go after half a minute.
    after = set(pair.pods())
    assert after - pods == set()
    assert pods - after < workers
    assert pair.since("spark") == pair.since("flink") == ["Running"]


@pytest.mark.nightly
def test_the_acting_operator_dies_during_a_restart(pair: Pair, operator: Space) -> None:
    """A restart that one replica began the other finishes: one more attempt, one driver, nothing lost or
    doubled.
    """
    before = pair.space.status("pair-spark")["attempt"]["number"]
    pair.mark()
    with pair.producing():
        time.sleep(WARM)
        pair.space.kill("pair-spark-driver")
        pair.space.kill(flink_pod(pair.space, "jobmanager"))
        pair.space.wait_phase("pair-spark", "Starting")
        kill_leader(operator)
        spark = pair.back("spark", "BackingOff", "Starting")
        pair.back("flink", "Degraded")
    pair.settle()
    assert spark["attempt"]["number"] == before + 1
    assert spark_pods(pair.space, "driver") == ["pair-spark-driver"]
    assert len(spark_pods(pair.space, "executor")) == 1
    assert pair.since("spark") == ["Running", "BackingOff", "Starting", "Running"]
