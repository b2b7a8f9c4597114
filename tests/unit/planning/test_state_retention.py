"""State is removed data first, record second; what a run may start from is never removed."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.builders import FakeCluster, later, recorded, resource
from wordcount_operator.api.v1alpha1 import Attempt, LastGood, Snapshot
from wordcount_operator.engines import ENGINES
from wordcount_operator.model.actions import Create, Delete, Patch
from wordcount_operator.model.job import JobState, Stage
from wordcount_operator.model.objects import Manifest, Ref
from wordcount_operator.model.plan import Plan
from wordcount_operator.model.resource import WordCount
from wordcount_operator.planning.context import Context
from wordcount_operator.planning.decide import decide
from wordcount_operator.planning.state_retention import DELETION_TIMEOUT, expired_state, retention

CLEANER = Ref("v1", "Pod", "words", "bible-cleaner")
DELETE = {"checkpoint": {"onDelete": "Delete"}}
each_engine = pytest.mark.parametrize("engine", sorted(ENGINES))


def place(number: int) -> str:
    """Where a savepoint lies."""
    return f"file:///data/state/words/bible/uid-bible/g1/savepoints/savepoint-{number}"


def suspended(engine: str, first: int, last: int, **spec: Any) -> WordCount:
    """A resource that rests, with the savepoints of these numbers, the last of which a new run goes
    on from.
    """
    of = resource(engine, suspend=True, **spec)
    made = [Snapshot(id=str(n), location=place(n), origin="suspend") for n in range(first, last + 1)]
    checkpoint = of.status.checkpoint.model_copy(update={"savepoints": made, "latest": made[-1]})
    return recorded(of, of.status.model_copy(update={"checkpoint": checkpoint}))


def claim(of: WordCount) -> Manifest:
    """The claim that holds the state."""
    engine = ENGINES[of.spec.engine]
    made = engine.base_objects(of, FakeCluster().observed(of, engine))
    return next(each for each in made if each["kind"] == "PersistentVolumeClaim")


def look(of: WordCount, world: FakeCluster) -> tuple[Plan, WordCount]:
    """One pass; what it creates and deletes happens at once."""
    engine = ENGINES[of.spec.engine]
    plan = decide(of, engine, world.observed(of, engine), later(0))
    both = (*plan.actions, *plan.maintenance)
    for action in both:
        if isinstance(action, Delete):
            world.objects.pop(action.ref, None)
    world.run(both)
    return plan, recorded(of, plan.status)


def ends(world: FakeCluster, phase: str, message: str = "") -> None:
    """Lets the cleaning pod end."""
    reported = [{"state": {"terminated": {"message": message}}}]
    world.put({**world.objects[CLEANER], "status": {"phase": phase, "containerStatuses": reported}})


def command(world: FakeCluster) -> list[str]:
    """What the cleaning pod runs."""
    words: list[str] = world.objects[CLEANER]["spec"]["containers"][0]["command"]
    return words


@each_engine
def test_the_oldest_savepoints_go_data_first_and_record_second(engine: str) -> None:
    """No more than `retain` are kept: the data goes first (a pod) and the record second (when that ended
    well), then the pod.

    Also while the job is down.
    """
    of = suspended(engine, 1, 5)
    world = FakeCluster(claim(of))
    plan, of = look(of, world)
    assert [type(action) for action in plan.maintenance] == [Create]
    assert command(world)[-3:] == [of.state_root, place(1), place(2)]
    plan, of = look(of, world)
    assert plan.maintenance == ()
    assert len(of.status.checkpoint.savepoints) == 5
    ends(world, "Succeeded")
    plan, of = look(of, world)
    assert [type(action) for action in plan.maintenance] == [Delete]
    assert [each.id for each in of.status.checkpoint.savepoints] == ["3", "4", "5"]
    assert look(of, world)[0].maintenance == ()


def test_a_pod_that_an_earlier_clean_up_left_is_not_taken_for_the_next_ones() -> None:
    """As where the operator died after the record and before the pod's removal: the pod goes, and a new one
    is made.
    """
    of = suspended("flink", 1, 4)
    world = FakeCluster(claim(of))
    look(of, world)
    ends(world, "Succeeded")
    _, of = look(suspended("flink", 2, 5), world)
    assert CLEANER not in world.objects
    assert len(of.status.checkpoint.savepoints) == 4
    look(of, world)
    assert command(world)[-1:] == [place(2)]


def test_what_something_may_be_started_from_is_never_surplus() -> None:
    """The latest, what the attempt began from, and what an upgrade may go back to stay, however old
    they are.
    """
    of = suspended("flink", 1, 9)
    kept = of.status.checkpoint
    attempt = Attempt(id="a", number=1, start_time="", intent="Ended", restore_from=place(1))
    back = kept.model_copy(update={"latest": kept.savepoints[1]})
    upgrade = of.status.upgrade.model_copy(
        update={"last_good": LastGood(spec_hash="x", generation=1, checkpoint=back)}
    )
    latest = kept.model_copy(update={"latest": kept.savepoints[2]})
    parts = {"attempt": attempt, "upgrade": upgrade, "checkpoint": latest}
    of = recorded(of, of.status.model_copy(update=parts))
    assert expired_state(of) == (place(4), place(5), place(6))


def test_a_clean_up_that_failed_holds_up_nothing() -> None:
    """The pod stays for a person to read; the resource rests as before."""
    of = suspended("flink", 1, 5)
    world = FakeCluster(claim(of))
    _, of = look(of, world)
    ends(world, "Failed", "read-only file system")
    plan, of = look(of, world)
    assert plan.maintenance == ()
    assert of.status.phase == "Suspended"
    assert len(of.status.checkpoint.savepoints) == 5


def test_what_is_left_of_an_old_generation_stays() -> None:
    """A savepoint may be all of it; it goes with the resource, or by hand."""
    of = suspended("flink", 1, 9)
    moved = of.status.checkpoint.model_copy(update={"generation": 2})
    assert expired_state(recorded(of, of.status.model_copy(update={"checkpoint": moved}))) == ()


@each_engine
def test_on_delete_delete_removes_all_state_before_the_resource_goes(engine: str) -> None:
    """The pod removes the folder of the resource; a claim that was made for it alone is given to it, to go
    with it.
    """
    of = replace(suspended(engine, 1, 1, **DELETE), deleting_since="2026-11-22T12:00:00Z")
    held = claim(of)
    world = FakeCluster(held)
    plan, of = look(of, world)
    assert command(world)[-1] == of.state_root
    plan, of = look(of, world)
    assert not plan.finished
    assert "removes the state" in of.status.message
    ends(world, "Succeeded")
    plan, of = look(of, world)
    given = [
        action.manifest["metadata"]["ownerReferences"] for action in plan.actions if isinstance(action, Patch)
    ]
    assert given == ([[of.owner]] if engine == "spark" else [])
    held["metadata"]["ownerReferences"] = [of.owner]
    world.put(held)
    assert look(of, world)[0].finished


@each_engine
def test_on_delete_retain_leaves_everything(engine: str) -> None:
    """The default: the data stays, and the last message says where."""
    of = replace(suspended(engine, 1, 1), deleting_since="2026-11-22T12:00:00Z")
    kept = of.status.checkpoint.model_copy(update={"location": of.state_path})
    of = recorded(of, of.status.model_copy(update={"checkpoint": kept}))
    held = claim(of)
    world = FakeCluster(held)
    plan, of = look(of, world)
    assert plan.finished
    assert f"its state stays at {of.state_root}" in of.status.message
    assert Ref.of(held) in world.objects


@each_engine
def test_a_removal_that_fails_says_so_and_the_way_out_is_one_edit(engine: str) -> None:
    """It waits with the reason, and onDelete: Retain lets the resource go at once."""
    of = replace(suspended(engine, 1, 1, **DELETE), deleting_since="2026-11-22T12:00:00Z")
    world = FakeCluster(claim(of))
    _, of = look(of, world)
    ends(world, "Failed", "read-only file system")
    plan, of = look(of, world)
    assert not plan.finished
    assert "read-only file system" in of.status.message
    assert "onDelete: Retain" in of.status.message
    of = replace(of, spec=resource(engine, suspend=True).spec)
    assert look(of, world)[0].finished


@each_engine
def test_storage_that_is_gone_holds_up_no_deletion(engine: str) -> None:
    """Where there is no claim, there is no state."""
    of = replace(suspended(engine, 1, 1, **DELETE), deleting_since="2026-11-22T12:00:00Z")
    assert look(of, FakeCluster())[0].finished


def test_a_claim_that_holds_the_users_lines_stays() -> None:
    """The state on it goes, the files do not."""
    source = {"files": {"path": "/data/lines"}}
    of = replace(suspended("spark", 1, 1, source=source, **DELETE), deleting_since="2026-11-22T12:00:00Z")
    held = claim(of)
    world = FakeCluster(held)
    _, of = look(of, world)
    ends(world, "Succeeded")
    assert look(of, world)[0].finished
    assert Ref.of(held) in world.objects


@each_engine
def test_a_removal_that_never_ends_holds_a_resource_for_a_bounded_time(engine: str) -> None:
    """The finalizer is bounded in time: then the resource goes, and its last message says where its state
    still lies.
    """
    of = replace(suspended(engine, 1, 1, **DELETE), deleting_since="2026-11-22T12:00:00Z")
    kept = of.status.checkpoint.model_copy(update={"location": of.state_path})
    of = recorded(of, of.status.model_copy(update={"checkpoint": kept}))
    world = FakeCluster(claim(of))
    _, of = look(of, world)
    ends(world, "Failed", "read-only file system")
    for seconds, done in ((DELETION_TIMEOUT - 1, False), (DELETION_TIMEOUT + 1, True)):
        plan = decide(of, ENGINES[engine], world.observed(of, ENGINES[engine]), later(seconds))
        assert plan.finished is done
    assert f"its state stays at {of.state_root}" in plan.status.message


def test_what_a_person_asked_for_is_never_surplus() -> None:
    """`retain` bounds the operator's own savepoints; one made by hand goes with the resource, or by hand."""
    of = suspended("flink", 1, 9)
    kept = of.status.checkpoint
    mine = [each.model_copy(update={"origin": "manual"}) for each in kept.savepoints]
    manual = kept.model_copy(update={"savepoints": mine})
    assert expired_state(recorded(of, of.status.model_copy(update={"checkpoint": manual}))) == ()


def ended_runs(number: int, proven: bool = True, restore_from: str = "", **checkpoint: Any) -> WordCount:
    """A Flink resource after so many runs, each of which left a folder of checkpoints."""
    of = resource("flink", **checkpoint)
    folders = [f"{of.state_root}/g1/{n:032x}" for n in range(number)]
    kept = of.status.checkpoint.model_copy(update={"retained_runs": folders})
    attempt = Attempt(
        id="a", number=9, start_time="", intent="Running", made_progress=proven, restore_from=restore_from
    )
    return recorded(of, of.status.model_copy(update={"checkpoint": kept, "attempt": attempt}))


def test_checkpoints_of_runs_that_are_over_go_too() -> None:
    """State does not grow with restarts: beyond `retain` the folders of ended runs go, as soon as the run
    after them has a checkpoint.
    """
    of = ended_runs(4)
    assert expired_state(of) == tuple(of.status.checkpoint.retained_runs)
    assert expired_state(ended_runs(3)) == ()
    assert expired_state(ended_runs(4, proven=False)) == ()
    needed = f"file:{of.status.checkpoint.retained_runs[1]}/chk-12"
    rest = tuple(
        folder for folder in of.status.checkpoint.retained_runs if not needed.startswith(f"file:{folder}/")
    )
    assert expired_state(ended_runs(4, restore_from=needed)) == rest
    assert len(rest) == 3


def test_an_ended_run_is_on_record_until_its_data_is_gone() -> None:
    """Each attempt records what the last one left; the record goes when the pod has removed that."""
    of = ended_runs(4)
    world = FakeCluster(claim(of))
    engine = ENGINES["flink"]
    made = engine.cleanup_pod(of, world.observed(of, engine), expired_state(of))
    assert made is not None
    world.put({**made, "status": {"phase": "Succeeded"}})
    context = Context(of, engine, world.observed(of, engine), JobState(Stage.ABSENT), later(0))
    step = retention(context)
    assert step.checkpoint is not None
    assert step.checkpoint.retained_runs == []
    assert [type(action) for action in step.maintenance] == [Delete]


def test_a_clean_up_that_the_cluster_ended_is_begun_again() -> None:
    """One eviction must not end retention for good."""
    of = suspended("flink", 1, 5)
    world = FakeCluster(claim(of))
    look(of, world)
    world.put({**world.objects[CLEANER], "status": {"phase": "Failed", "reason": "Evicted"}})
    plan, of = look(of, world)
    assert [type(action) for action in plan.maintenance] == [Delete]
    assert len(of.status.checkpoint.savepoints) == 5
    plan, of = look(of, world)
    assert [type(action) for action in plan.maintenance] == [Create]


@pytest.mark.parametrize("namespace", ["words", "g2"])
def test_an_old_generation_is_kept_in_a_namespace_of_any_name(namespace: str) -> None:
    """Its last savepoint may be all that is left of the counts so far."""
    of = replace(resource("flink", checkpoint={"retain": 1}), namespace=namespace)
    old = [
        Snapshot(id=str(n), location=f"file:{of.state_root}/g1/savepoints/{n}", origin="upgrade")
        for n in (1, 2)
    ]
    record = of.status.checkpoint.model_copy(update={"generation": 2, "savepoints": old})
    assert expired_state(recorded(of, of.status.model_copy(update={"checkpoint": record}))) == ()


@pytest.mark.parametrize("deleted", [False, True], ids=["retention", "deletion"])
def test_a_strangers_pod_is_left_alone(deleted: bool) -> None:
    """It has the clean-up pod's name and no command: it is neither read as ours nor deleted, and it
    is named.
    """
    of = suspended("spark", 1, 9, **DELETE)
    of = replace(of, deleting_since="2026-11-22T12:00:00Z") if deleted else of
    ref = of.cleanup_pod
    stranger = {
        "apiVersion": ref.api_version,
        "kind": ref.kind,
        "metadata": {"name": ref.name, "namespace": ref.namespace},
        "spec": {"containers": [{"name": "main", "image": "anything"}]},
        "status": {"phase": "Succeeded"},
    }
    plan, _ = look(of, FakeCluster(stranger, claim(of)))
    assert not plan.finished
    assert [each for each in (*plan.actions, *plan.maintenance) if isinstance(each, Delete)] == []
    assert not deleted or "is not the operator's" in plan.status.message
