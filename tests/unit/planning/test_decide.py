"""What one pass decides, on the Spark engine and a table of objects; never a cluster."""

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.support.builders import FakeCluster, later, recorded, resource
from tests.support.spark_runs import DRIVER, SPARK, counting, driver_is, pass_over, running
from tools.cluster.paths import CHECKOUT
from wordcount_core.causes import Cause
from wordcount_core.failure_codes import FailureCode
from wordcount_core.failures import JobFailure, classify
from wordcount_core.options import Options, Rate
from wordcount_operator.api.v1alpha1 import Attempt
from wordcount_operator.engines.flink import Flink
from wordcount_operator.engines.spark.manifests import driver, progress_url
from wordcount_operator.model.actions import Create, Delete, HttpRequest
from wordcount_operator.model.job import JobState, Stage
from wordcount_operator.model.objects import Manifest, Ref, digest
from wordcount_operator.model.reads import HttpReply, Observed
from wordcount_operator.model.timestamps import to_rfc3339
from wordcount_operator.planning.attempts import MAX_RETAINED_RUNS
from wordcount_operator.planning.context import Context
from wordcount_operator.planning.decide import decide, rejected

FLINK = Flink()
QUICK_RESTART = {"backoff": {"initial": "10s", "factor": 2, "max": "1m"}}


def dies(world: FakeCluster, reason: str = "Error", message: str = "") -> None:
    """Lets the driver end badly."""
    ended = {"reason": reason, "exitCode": 1, "message": message}
    driver_is(world, "Failed", containerStatuses=[{"name": "main", "state": {"terminated": ended}}])


def test_first_pass_records_the_attempt_and_creates_the_driver_last() -> None:
    """The intent is in the status that goes out before the driver pod, and everything the pod needs precedes
    it.
    """
    plan, now = pass_over(resource(), FakeCluster())
    created = [a.manifest["kind"] for a in plan.actions if isinstance(a, Create)]
    assert created == [
        "PersistentVolumeClaim",
        "ServiceAccount",
        "RoleBinding",
        "Service",
        "ConfigMap",
        "Pod",
    ]
    assert now.status.attempt is not None
    assert (now.status.attempt.id, now.status.attempt.intent) == ("bible-1-1", "Submitted")
    assert now.status.phase == "Starting"


def test_a_converged_resource_plans_nothing() -> None:
    """Law: what is as desired needs no action, however often one looks.

    An operator that was restarted knows nothing but the status, and resubmits nothing.
    """
    now, world = running()
    for seconds in (10, 20, 30):
        plan, now = pass_over(now, world, seconds)
        assert plan.actions == ()
        assert plan.status.phase == "Running"


def test_operator_that_died_after_the_intent_submits_the_same_attempt_once() -> None:
    """A crash between the status write and the pod's creation is finished by the next pass, not repeated."""
    world = FakeCluster()
    first, now = pass_over(resource(), FakeCluster())
    again, now = pass_over(now, world)
    assert again.status.attempt == first.status.attempt
    assert [a.manifest for a in again.actions if isinstance(a, Create)] == [
        a.manifest for a in first.actions if isinstance(a, Create)
    ]
    third, _ = pass_over(now, world)
    assert third.actions == ()


def test_a_driver_that_died_is_removed_and_started_again_after_the_backoff() -> None:
    """An OOMKilled driver is restarted: Running, BackingOff, Starting, Running; the new one comes only when
    the old pod is gone.
    """
    now, world = running(restart=QUICK_RESTART)
    dies(world, "OOMKilled")
    plan, now = pass_over(now, world, 10)
    assert (now.status.phase, now.status.restarts.last_reason) == ("BackingOff", "OutOfMemory")
    plan, now = pass_over(now, world, 11)
    assert [type(a) for a in plan.actions] == [Delete]
    del world.objects[DRIVER]
    plan, now = pass_over(now, world, 12)
    assert plan.actions == ()
    assert 0 < plan.requeue_after <= 10
    plan, now = pass_over(now, world, 21)
    assert now.status.attempt is not None
    assert (now.status.phase, now.status.attempt.number) == ("Starting", 2)
    assert DRIVER in world.objects
    counting(now, world)
    _, now = pass_over(now, world, 30)
    assert (now.status.phase, now.status.restarts.count) == ("Running", 1)


def test_a_driver_pod_that_somebody_deleted_is_a_failure_too() -> None:
    """A pod that is gone after it ran, as after a node's upgrade, is restarted with the cause
    Infrastructure.
    """
    now, world = running()
    del world.objects[DRIVER]
    _, now = pass_over(now, world, 10)
    assert (now.status.phase, now.status.restarts.last_reason) == ("BackingOff", "Infrastructure")


@pytest.mark.parametrize("policy", ["Always", "OnFailure"])
@pytest.mark.parametrize(("phase", "code"), [("Succeeded", 0), ("Failed", 1)])
def test_a_stream_that_ends_unasked_has_failed(policy: str, phase: str, code: int) -> None:
    """Whatever its exit code, and for OnFailure too: exit code 0 of a stream is no success."""
    now, world = running(restart={"policy": policy})
    driver_is(world, phase, containerStatuses=[{"name": "main", "state": {"terminated": {"exitCode": code}}}])
    _, now = pass_over(now, world, 10)
    assert (now.status.phase, now.status.restarts.count) == ("BackingOff", 1)


def test_a_zombie_is_no_failure_of_the_user() -> None:
    """CONCURRENT_STREAM_LOG_UPDATE is read as "a zombie is alive", not as a user failure: its own cause, and
    tried again.
    """
    failure = classify("[CONCURRENT_STREAM_LOG_UPDATE] Concurrent update to the log", Options("x", Rate(1)))
    now, world = running()
    dies(world, message=json.dumps({"cause": failure.cause, "message": failure.message}))
    _, now = pass_over(now, world, 10)
    assert (now.status.phase, now.status.restarts.last_reason) == ("BackingOff", "ZombieWriter")
    assert "must end first" in now.status.message


def test_state_that_cannot_be_read_is_stalled_and_never_a_start_from_zero() -> None:
    """Unreadable or missing state: Stalled=True, reason=StateUnavailable, with the choices; the next attempt
    insists on it.
    """
    now, world = running(restart=QUICK_RESTART)
    words = JobFailure.of(
        FailureCode.STATE_LOST, Options("x", Rate(1), checkpoint_dir=now.state_path)
    ).message
    dies(world, message=json.dumps({"cause": "StateUnavailable", "message": words}))
    _, now = pass_over(now, world, 10)
    reported = {each.type: each for each in now.status.conditions}["Stalled"]
    assert (now.status.phase, reported.status, reported.reason) == ("Stalled", "True", "StateUnavailable")
    assert "restore it, or write spec.upgrade.mode: stateless" in reported.message
    world.objects.pop(DRIVER)
    _, now = pass_over(now, world, 40)
    options = json.loads(world.objects[DRIVER]["spec"]["containers"][0]["args"][-1])
    assert (options["checkpointDir"], options["continues"]) == (now.state_path, True)


@pytest.mark.parametrize("cause", Cause)
def test_each_cause_has_a_sentence_and_a_next_step(cause: Cause) -> None:
    """The runbook has a row for each class: what it means, whether it is retried, what a person does."""
    lines = (CHECKOUT / "docs/reference/runbook.md").read_text().splitlines()
    rows = [line.split("|") for line in lines if f"`{cause}`" in line]
    assert any(len(row) == 6 and all(cell.strip() for cell in row[1:5]) for row in rows)


@pytest.mark.parametrize("cause", Cause)
def test_only_what_a_retry_can_heal_is_retried(cause: Cause) -> None:
    """StateIncompatible is not: it waits for a person. Everything else may be healed by another attempt."""
    now, world = running()
    dies(world, message=json.dumps({"cause": cause.value, "message": "why"}))
    _, now = pass_over(now, world, 10)
    retried = cause is not Cause.STATE_INCOMPATIBLE
    assert bool(now.status.restarts.next_attempt_time) is retried
    assert (now.status.phase == "Failed") is not retried


def test_a_healthy_run_sets_the_backoff_back() -> None:
    """Reset after a run that was healthy for resetAfter; a shorter one counts as another failure in a row."""
    now, world = running(restart={"backoff": {**QUICK_RESTART["backoff"], "resetAfter": "5m"}})
    clock, rows = 5.0, []
    for healthy in (5, 20, 301):
        world.objects.pop(DRIVER)
        clock += healthy
        _, now = pass_over(now, world, clock)
        rows.append(now.status.restarts.in_a_row)
        clock += 60
        _, now = pass_over(now, world, clock)
        counting(now, world)
        _, now = pass_over(now, world, clock)
    assert rows == [1, 2, 1]


def test_an_image_that_cannot_be_pulled_is_stalled_and_named() -> None:
    """Never "submitted" for ever: Stalled with reason Image and the image's name; it heals when the image is
    there.
    """
    world = FakeCluster()
    _, now = pass_over(resource(), world)
    waiting = {"name": "main", "image": "x:typo", "state": {"waiting": {"reason": "ImagePullBackOff"}}}
    driver_is(world, "Pending", containerStatuses=[waiting])
    _, now = pass_over(now, world, 5)
    stalled = {each.type: each for each in now.status.conditions}["Stalled"]
    assert (now.status.phase, stalled.status, stalled.reason) == ("Stalled", "True", "Image")
    assert "x:typo" in stalled.message
    counting(now, world)
    _, now = pass_over(now, world, 10)
    assert now.status.phase == "Running"


def test_the_next_attempt_time_survives_an_operator_restart() -> None:
    """Nothing but the status is needed to wait out the backoff: a pass before its time does nothing."""
    now, world = running(restart=QUICK_RESTART)
    del world.objects[DRIVER]
    _, now = pass_over(now, world, 10)
    plan, _ = pass_over(now, world, 11)
    assert plan.actions == ()
    assert plan.status.restarts.next_attempt_time == now.status.restarts.next_attempt_time


def test_backoff_grows_with_failures_in_a_row_and_max_attempts_ends_it() -> None:
    """Two restarts are allowed, the third failure is final, and the message says why."""
    now, world = running(restart={**QUICK_RESTART, "maxAttempts": 2})
    clock = 10.0
    waits = []
    for _ in range(3):
        world.objects.pop(DRIVER)
        _, now = pass_over(now, world, clock)
        if now.status.phase == "Failed":
            break
        plan, now = pass_over(now, world, clock)
        waits.append(plan.requeue_after)
        clock += 60
        _, now = pass_over(now, world, clock)
        counting(now, world)
        _, now = pass_over(now, world, clock + 1)
    assert now.status.phase == "Failed"
    assert "not tried again until the spec changes" in now.status.message
    assert waits[1] > waits[0]
    plan, _ = pass_over(now, world, clock + 999)
    assert plan.actions == ()


def test_policy_never_does_not_restart_until_the_spec_changes() -> None:
    """restart.policy: Never leaves the failure to a person; an edit is a new start."""
    now, world = running(restart={"policy": "Never"})
    dies(world)
    _, now = pass_over(now, world, 10)
    assert now.status.phase == "Failed"
    world.objects.pop(DRIVER)
    edited = resource(restart={"policy": "Never"}, parallelism=3)
    now = replace(now, spec=edited.spec, generation=2)
    _, now = pass_over(now, world, 20)
    assert now.status.attempt is not None
    assert (now.status.phase, now.status.attempt.number) == ("Starting", 2)


def test_suspend_stops_cleanly_and_resume_goes_on_with_the_same_state() -> None:
    """Suspending, Suspended, Starting; the driver is asked by SIGTERM and the checkpoint's place stays."""
    now, world = running()
    place = now.status.checkpoint.location
    now = replace(now, spec=resource(suspend=True).spec, generation=2)
    plan, now = pass_over(now, world, 10)
    assert [(type(a), a.grace) for a in plan.actions if isinstance(a, Delete)] == [(Delete, None)]
    assert now.status.phase == "Suspending"
    world.objects.pop(DRIVER)
    _, now = pass_over(now, world, 11)
    assert now.status.phase == "Suspended"
    plan, now = pass_over(now, world, 12)
    assert plan.actions == ()
    now = replace(now, spec=resource().spec, generation=3)
    _, now = pass_over(now, world, 13)
    assert now.status.phase == "Starting"
    assert now.status.checkpoint.location == place
    assert now.status.restarts.count == 0


def test_an_edit_restarts_from_state_and_text_rules_begin_a_new_generation() -> None:
    """Resources: same generation. Text rules, windows: counts cannot be continued, so a new one; the old path
    is left alone.
    """
    edits: list[tuple[dict[str, Any], int]] = [
        ({"parallelism": 3}, 1),
        ({"text": {"lowercase": True}}, 2),
        ({"window": {"size": "1m"}}, 2),
    ]
    for spec, generation in edits:
        now, world = running()
        now = replace(now, spec=resource(**spec).spec, generation=2)
        _, now = pass_over(now, world, 10)
        assert now.status.phase == "Upgrading"
        world.objects.pop(DRIVER)
        _, now = pass_over(now, world, 11)
        _, now = pass_over(now, world, 12)
        assert now.status.checkpoint.generation == generation
        assert now.status.checkpoint.location.endswith(f"/g{generation}")


def test_a_window_that_is_changed_or_removed_begins_a_new_generation() -> None:
    """And without one the digest is what it was before there were windows, so that an upgrade loses no
    counts.
    """
    found = [
        resource(**spec).state_hash
        for spec in (
            {"text": {"lowercase": True}},
            {"text": {"lowercase": True}, "window": {"size": "1m"}},
            {"text": {"lowercase": True}, "window": {"size": "2m"}},
        )
    ]
    assert len(set(found)) == 3
    assert found[0] == digest({"lowercase": True})
    assert resource().state_hash == digest({})


def test_another_latency_begins_a_new_generation_and_its_default_is_no_change() -> None:
    """The two keep their counts differently; a resource from before there was the field goes on as it was."""
    sink = {"kafka": {"bootstrapServers": "kafka:9092", "topic": "counts"}}
    plain, low = (resource("flink", sink=sink, **more) for more in ({}, {"latency": "low"}))
    assert plain.state_hash != low.state_hash
    written = resource("flink", sink=sink, latency="throughput")
    assert (written.state_hash, written.spec_hash) == (plain.state_hash, plain.spec_hash)


def test_deletion_stops_the_driver_and_is_done_when_no_pod_is_left() -> None:
    """A resource may go only when its driver and executors are gone."""
    now, world = running()
    now = replace(now, deleting_since="2026-11-22T12:00:00Z")
    plan, _ = pass_over(now, world, 10)
    assert [type(a) for a in plan.actions] == [Delete]
    assert not plan.finished
    world.objects.pop(DRIVER)
    plan, _ = pass_over(now, world, 11)
    assert plan.finished


def test_a_problem_touches_nothing_and_heals_by_itself() -> None:
    """A claim that does not exist is Stalled with the field; once it is there, the driver starts."""
    asked = resource(checkpoint={"storage": {"volume": {"claimName": "mine"}}})
    world = FakeCluster()
    plan, now = pass_over(asked, world)
    assert plan.actions == ()
    assert now.status.phase == "Stalled"
    assert "spec.checkpoint.storage.volume.claimName" in now.status.message
    claim: Manifest = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "mine", "namespace": "words"},
    }
    world.put(claim)
    _, now = pass_over(now, world, 1)
    assert now.status.phase == "Starting"


def test_progress_becomes_rates_and_a_counter_that_fell_starts_anew() -> None:
    """Two samples ten seconds apart give rates; a new driver's counters begin at zero again."""
    now, world = running()
    _, now = pass_over(now, world, 6)
    counting(now, world, lines=110)
    _, now = pass_over(now, world, 15)
    assert (now.status.progress.lines_per_second, now.status.progress.words_per_second) == (10.0, 70.0)
    counting(now, world, lines=50)
    _, now = pass_over(now, world, 25)
    assert now.status.progress.lines_per_second == 5.0


def test_late_and_bad_lines_are_in_the_status() -> None:
    """None where the run has no windows, and so can have none."""
    now, world = running()
    assert (now.status.progress.late_lines, now.status.progress.bad_lines) == (None, None)
    reply = world.replies[progress_url(now)]
    body = reply.body | {"lateLines": 3, "badLines": 2, "badSample": ["x"]}
    world.replies[progress_url(now)] = HttpReply(200, body)
    _, now = pass_over(now, world, 16)
    reported = now.status.progress
    assert (reported.late_lines, reported.bad_lines, reported.bad_sample) == (3, 2, ["x"])


def test_conditions_follow_kstatus_and_keep_their_transition_time() -> None:
    """Exactly one of the three says what a GitOps tool waits for, with the generation it speaks of."""
    now, world = running()
    before = {c.type: c for c in now.status.conditions}
    assert (before["Ready"].status, before["Reconciling"].status, before["Stalled"].status) == (
        "True",
        "False",
        "False",
    )
    _, now = pass_over(now, world, 60)
    after = {c.type: c for c in now.status.conditions}
    assert after["Ready"].last_transition_time == before["Ready"].last_transition_time
    assert all(c.observed_generation == 1 for c in after.values())


def test_nothing_is_called_over_http_to_run_spark() -> None:
    """The Spark path needs the API server only."""
    plan, now = pass_over(resource(), FakeCluster())
    assert not [a for a in plan.actions if isinstance(a, HttpRequest)]
    assert (
        driver(now, now.status.attempt)["spec"]["restartPolicy"] == "Never" if now.status.attempt else False
    )


def test_a_beginning_that_the_engine_refused_is_a_failed_attempt() -> None:
    """It backs off with the engine's own words, instead of being tried each second for ever."""
    _, now = pass_over(resource(), FakeCluster())
    words = "jobmanager:8081 answers 400: no such program"
    job = JobState(Stage.FAILED, Cause.USER_CODE, words)
    plan = rejected(Context(now, SPARK, Observed(), job, later(1)))
    assert (plan.status.phase, plan.status.restarts.count) == ("BackingOff", 1)
    assert "no such program" in plan.status.message


def test_a_bad_edit_leaves_the_old_run_counting_and_suspend_still_works() -> None:
    """What cannot work is Stalled with its sentence and replaces nothing; a person can still stop the run."""
    now, world = running()
    bad: dict[str, Any] = {"spark": {"conf": {"spark.master": "local"}}}
    now = replace(now, spec=resource(**bad).spec, generation=2)
    plan, now = pass_over(now, world, 10)
    assert plan.actions == ()
    assert (now.status.phase, now.status.attempt and now.status.attempt.intent) == ("Stalled", "Running")
    assert "spec.spark.conf: spark.master" in now.status.message
    now = replace(now, spec=resource(suspend=True, **bad).spec, generation=3)
    plan, now = pass_over(now, world, 11)
    assert [type(a) for a in plan.actions] == [Delete]
    assert now.status.phase == "Suspending"


def test_an_object_that_is_not_ours_is_never_changed() -> None:
    """A stranger's Service of the name that we would use is left as it is."""
    world = FakeCluster()
    _, now = pass_over(resource(), world)
    ref = Ref("v1", "Service", "words", "bible-driver")
    stranger = {
        **world.objects[ref],
        "metadata": {"name": "bible-driver", "namespace": "words", "labels": {}},
    }
    world.put(stranger)
    plan, _ = pass_over(now, world, 1)
    assert plan.actions == ()


@pytest.mark.parametrize("kind", ["Pod", "Service"])
def test_a_driver_whose_name_somebody_else_took_is_stalled_until_the_name_is_free(kind: str) -> None:
    """The sentence names the object; nothing of the stranger's is touched, and once it has gone the driver
    starts.
    """
    meta = {"name": "bible-driver", "namespace": "words", "labels": {"app": "mine"}}
    world = FakeCluster({"apiVersion": "v1", "kind": kind, "metadata": meta})
    plan, now = pass_over(resource(), world)
    assert plan.actions == ()
    assert (now.status.phase, now.status.conditions[0].reason) == ("Stalled", "NameTaken")
    assert (
        f"the {kind} bible-driver exists already and is not the operator's; remove it" in now.status.message
    )
    del world.objects[Ref("v1", kind, "words", "bible-driver")]
    _, now = pass_over(now, world, 10)
    assert now.status.phase == "Starting"
    assert DRIVER in world.objects


def test_a_run_that_is_not_tried_again_is_told_no_other_takes_its_place() -> None:
    """With `restart.policy: Never` the sentence says what happened and that nothing follows."""
    now, world = running(restart={"policy": "Never"})
    dies(world)
    _, now = pass_over(now, world, 10)
    assert now.status.message.endswith("; not tried again until the spec changes")
    assert "takes its place" not in now.status.message


def test_more_restarts_allowed_by_an_edit_are_made() -> None:
    """Having given up is undone by any edit of the spec, also of spec.restart alone."""
    now, world = running(restart={"policy": "Never"})
    dies(world)
    _, now = pass_over(now, world, 10)
    world.objects.pop(DRIVER)
    now = replace(now, spec=resource(restart={"policy": "Always"}).spec, generation=2)
    _, now = pass_over(now, world, 11)
    assert now.status.phase == "Starting"


def test_an_edit_is_not_forgotten_by_a_pass_that_could_not_act_on_it() -> None:
    """Given up, then edited while something else held the pass up: once that has gone it is tried again."""
    now, world = running(restart={"policy": "Never"})
    dies(world)
    _, now = pass_over(now, world, 10)
    world.objects.pop(DRIVER)
    broken: dict[str, Any] = {"spark": {"conf": {"spark.master": "local"}}}
    now = replace(now, spec=resource(restart={"policy": "Always"}, **broken).spec, generation=2)
    _, now = pass_over(now, world, 11)
    assert now.status.phase == "Stalled"
    now = replace(now, spec=resource(restart={"policy": "Always"}).spec)
    _, now = pass_over(now, world, 12)
    assert now.status.phase == "Starting"


def test_a_run_without_a_checkpoint_for_long_is_not_fresh() -> None:
    """The condition CheckpointFresh is False after three intervals, a minute at least, and says since when;
    alerts read it.
    """
    now, world = running(restart={"stalledAfter": "1h"}, checkpoint={"interval": "30s"})

    def fresh(seconds: float) -> tuple[str, str]:
        plan, _ = pass_over(now, world, seconds)
        reported = {each.type: each for each in plan.status.conditions}["CheckpointFresh"]
        return reported.status, reported.message

    assert fresh(80) == ("True", "")
    assert fresh(200) == ("False", f"no checkpoint was finished since {to_rfc3339(later(5))}")


def test_the_record_of_ended_runs_is_bounded() -> None:
    """A resource that fails for weeks never grows until its status cannot be written any more."""
    of = resource("flink")
    ended = [f"{of.state_path}/{n}" for n in range(MAX_RETAINED_RUNS)]
    attempt = Attempt(id="a", number=999, start_time="", intent="Ended", spec_hash=of.spec_hash)
    checkpoint = of.status.checkpoint.model_copy(update={"retained_runs": ended})
    of = recorded(of, of.status.model_copy(update={"attempt": attempt, "checkpoint": checkpoint}))
    plan = decide(of, FLINK, FakeCluster().observed(of, FLINK), later(0))
    assert plan.status.attempt is not None
    assert plan.status.attempt.number == 1000
    assert plan.status.checkpoint.retained_runs == ended
