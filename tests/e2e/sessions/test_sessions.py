"""Flink resources with equal settings share a session cluster; it goes with the last of them."""

import time

from tools.testbed.kube import SWC, until
from tools.testbed.pair import Pair, resource


def test_two_share_one_session(pair: Pair) -> None:
    """A second Flink resource that asks alike runs in the first one's session within seconds, and leaves it
    to the first.
    """
    space = pair.space
    session = space.status("pair-flink")["session"]
    pods = pair.pods()
    space.apply(resource("second", "flink"))
    assert space.wait_phase("second", "Running")["session"] == session
    space.kubectl("delete", SWC, "second", "--timeout=30s")
    assert space.get("deployment", session)
    assert set(pods) <= set(pair.pods())
    with pair.producing():
        time.sleep(1)
    pair.settle("flink")


def test_deletion_with_a_dead_job_manager(last_pair: Pair) -> None:
    """A Flink resource whose JobManager is dead goes within half a minute, and its session with it.

    Deletion never deadlocks on its finalizer.
    """
    space = last_pair.space
    session = space.status("pair-flink")["session"]
    space.kubectl("scale", "deployment", session, "--replicas=0")
    until(
        lambda: not space.names("pods", f"app={session},component=jobmanager"), 60, "the JobManager is dead"
    )
    space.kubectl("delete", SWC, "pair-flink", "--timeout=30s")
    kinds = "deployments,services,configmaps,rolebindings,serviceaccounts,pods"
    mine = (f"app={session}", f"streaming.wordcount.dev/session={session}")
    until(
        lambda: not [name for labels in mine for name in space.names(kinds, labels)],
        30,
        "the session is gone",
        lambda: space.kubectl("get", kinds, "--show-labels"),
    )
