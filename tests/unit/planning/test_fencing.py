"""A pod that should have ended and is still there is not taken for gone; never a cluster."""

from dataclasses import replace

from tests.support.builders import later, resource
from tests.support.flink_fixture import FLINK, FlinkFixture
from tests.support.spark_runs import DRIVER, pass_over, running
from tools.cluster.paths import CHECKOUT
from wordcount_operator.model.actions import Create, Delete
from wordcount_operator.model.objects import CONFIRM_GONE_ANNOTATION, Manifest
from wordcount_operator.model.timestamps import to_rfc3339
from wordcount_operator.planning.decide import decide
from wordcount_operator.planning.fencing import overdue_pod


def lost(uid: str = "uid-of-bible-driver") -> Manifest:
    """A pod that should have ended at NOW, on a node that says nothing."""
    meta = {
        "name": "bible-driver",
        "namespace": "words",
        "uid": uid,
        "deletionTimestamp": to_rfc3339(later(0)),
    }
    return {"metadata": meta, "spec": {"nodeName": "node-7"}}


def test_a_pod_within_its_time_is_no_news() -> None:
    """A kubelet needs a moment."""
    assert overdue_pod(resource(), (lost(),), later(20)) is None
    assert overdue_pod(resource(), (), later(999)) is None


def test_a_pod_that_outlives_its_time_is_named_with_the_way_out() -> None:
    """Which pod, which node, why nothing is started, and the command by which a person overrides that."""
    found = overdue_pod(resource(), (lost(),), later(40))
    assert found is not None
    for words in ("bible-driver", "node-7", "two writers", f"{CONFIRM_GONE_ANNOTATION}=uid-of-bible-driver"):
        assert words in found.sentence
    assert found.removal == ()


def test_only_the_confirmed_pod_is_removed() -> None:
    """A confirmation names a uid, so it never holds for a later pod."""
    confirmed = replace(resource(), confirmed_gone_uid="uid-of-bible-driver")
    found = overdue_pod(confirmed, (lost(),), later(40))
    assert found is not None
    assert [(each.uid, each.grace) for each in found.removal] == [("uid-of-bible-driver", 0)]
    other = overdue_pod(confirmed, (lost("another"),), later(40))
    assert other is not None
    assert other.removal == ()


def test_no_second_driver_is_made_while_the_first_may_run() -> None:
    """A pod on an unreachable node is not gone: however long it takes nothing is started and nothing
    force-deleted.

    The condition Fenced is False and says so, and the documented annotation lets a person override.
    """
    assert CONFIRM_GONE_ANNOTATION in (CHECKOUT / "docs/how-to/recover.md").read_text()
    now, world = running()
    driver = world.objects[DRIVER]
    world.put({**driver, "metadata": {**driver["metadata"], "deletionTimestamp": to_rfc3339(later(10))}})
    for seconds in (20, 60, 600, 6000):
        plan, now = pass_over(now, world, seconds)
        assert not [each for each in plan.actions if isinstance(each, (Create, Delete))]
    reported = {each.type: each for each in now.status.conditions}
    assert (reported["Fenced"].status, reported["Fenced"].reason) == ("False", "WriterNotGone")
    assert "bible-driver" in now.status.message
    plan, now = pass_over(replace(now, confirmed_gone_uid=driver["metadata"]["uid"]), world, 6001)
    assert [(type(each), getattr(each, "grace", None)) for each in plan.actions] == [(Delete, 0)]
    world.objects.pop(DRIVER)
    _, now = pass_over(now, world, 6002)
    reported = {each.type: each for each in now.status.conditions}
    assert reported["Fenced"].status == "True"


def test_a_sessions_pod_that_nobody_can_reach_is_waited_for_too() -> None:
    """Flink's pods as well: nothing is submitted or force-deleted, and Fenced=False says so."""
    fixture = FlinkFixture(ready=False)
    fixture.record()
    fixture.pod("taskmanager")
    pod = next(raw for ref, raw in fixture.world.objects.items() if ref.kind == "Pod")
    fixture.world.put({**pod, "metadata": {**pod["metadata"], "deletionTimestamp": to_rfc3339(later(0))}})
    plan = decide(fixture.resource, FLINK, fixture.observed, later(100))
    reported = {each.type: each for each in plan.status.conditions}
    assert (plan.actions, reported["Fenced"].status, reported["Fenced"].reason) == (
        (),
        "False",
        "WriterNotGone",
    )


def test_a_run_that_counts_is_not_held_up_by_a_lost_executor() -> None:
    """Spark has replaced it: nothing waits, so nothing says that it does, and nobody is told to force a pod
    away.
    """
    now, world = running()
    driver = world.objects[DRIVER]["metadata"]
    meta = {**driver, "name": "bible-exec-1", "uid": "x", "deletionTimestamp": to_rfc3339(later(10))}
    world.put({"apiVersion": "v1", "kind": "Pod", "metadata": meta})
    _, now = pass_over(now, world, 100)
    reported = {each.type: each.status for each in now.status.conditions}
    assert (now.status.phase, reported["Fenced"], now.status.message) == ("Running", "True", "counting")
