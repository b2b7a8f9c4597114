"""What the engine does to start, stop, cancel and clear away, pass by pass; never against a cluster."""

import json
from dataclasses import replace

import pytest

from tests.support.builders import NOW, later, recorded
from tests.support.flink_fixture import FLINK, FlinkFixture, answer, refused_image
from wordcount_core.options import Options
from wordcount_operator.api.v1alpha1 import Snapshot
from wordcount_operator.engines.flink import job
from wordcount_operator.engines.flink.session import desired_session
from wordcount_operator.model.actions import Action, Delete, HttpRequest
from wordcount_operator.model.job import Stage
from wordcount_operator.model.objects import Ref
from wordcount_operator.model.reads import GetObject
from wordcount_operator.planning.attempts import SUBMIT_IN_FLIGHT
from wordcount_operator.planning.decide import decide

SAVEPOINT = "file:///data/state/words/bible/uid-bible/g1/savepoints/savepoint-1"


def only_call(actions: tuple[Action, ...]) -> HttpRequest:
    """The one action, which is a request."""
    (action,) = actions
    assert isinstance(action, HttpRequest)
    return action


def started(scene: FlinkFixture) -> HttpRequest:
    """The request that starts the attempt."""
    assert scene.resource.status.attempt
    return only_call(FLINK.start(scene.resource, scene.resource.status.attempt, scene.observed))


def removed(scene: FlinkFixture) -> set[tuple[str, str]]:
    """Carries out the deletions that releasing the session asks for; kinds and names."""
    names = set()
    for action in FLINK.leftovers(scene.resource, scene.observed).cluster:
        assert isinstance(action, Delete)
        assert action.uid
        names.add((action.ref.kind, action.ref.name))
        scene.gone(action.ref)
    return names


def test_nothing_is_submitted_before_the_jobmanager_is_ready() -> None:
    """A session that is still starting gets no request."""
    scene = FlinkFixture("Submitted", ready=False)
    assert scene.resource.status.attempt
    assert FLINK.start(scene.resource, scene.resource.status.attempt, scene.observed) == ()


def test_the_job_is_submitted_under_the_recorded_id() -> None:
    """Sent twice it is still one job: the second is refused, and the job's address then says that it is
    there.
    """
    scene = FlinkFixture("Submitted", parallelism=3, checkpoint={"interval": "1m30s"})
    call = started(scene)
    assert scene.resource.status.attempt
    assert call.url == f"{scene.session.rest}/jars/wordcount.jar/run"
    assert call.already_done_url == scene.url
    assert call.body["jobId"] == scene.resource.status.attempt.run_id
    assert call.body["parallelism"] == 3
    assert "savepointPath" not in call.body
    settings = call.body["flinkConfiguration"]
    assert settings["execution.checkpointing.interval"] == "90000ms"
    assert settings["execution.checkpointing.dir"] == "file:///data/state/words/bible/uid-bible/g1"
    assert settings["pipeline.name"] == "bible"


def test_the_programs_arguments_are_what_it_reads() -> None:
    """The job's own contract takes them back."""
    arguments = started(FlinkFixture("Submitted", text={"lowercase": True})).body["programArgsList"]
    options = Options.from_json(arguments[arguments.index("--options") + 1])
    assert (options.name, options.text.lowercase, options.parallelism) == ("bible", True, 2)
    assert options.checkpoint_dir == "file:///data/state/words/bible/uid-bible/g1"


def test_a_new_attempt_begins_from_the_recorded_state() -> None:
    """The program is told it, and looks whether the last job has left a newer one; a fork begins exactly
    where it says.
    """
    scene = FlinkFixture("Submitted")
    scene.attempt("Submitted", restore_from=SAVEPOINT)
    told = json.loads(started(scene).body["programArgsList"][-1])
    assert (told["resumeFrom"], told["restoreFrom"]) == (SAVEPOINT, None)
    fork = FlinkFixture("Submitted", checkpoint={"restoreFrom": SAVEPOINT})
    fork.attempt("Submitted", restore_from=SAVEPOINT)
    told = json.loads(started(fork).body["programArgsList"][-1])
    assert (told["resumeFrom"], told["restoreFrom"]) == (None, SAVEPOINT)


def test_a_running_job_is_stopped_with_a_savepoint_once() -> None:
    """The same request again has the same trigger, and none is sent once it is under way."""
    scene = FlinkFixture(suspend=True)
    scene.job("RUNNING")
    call = only_call(FLINK.stop(scene.resource, scene.observed))
    assert call.url == f"{scene.url}/stop"
    assert call.body["drain"] is False
    assert scene.resource.status.attempt
    folder = f"file:///data/state/words/bible/uid-bible/g1/savepoints/{scene.resource.status.attempt.run_id}"
    assert call.body["targetDirectory"] == folder
    assert call.body["triggerId"] == only_call(FLINK.stop(scene.resource, scene.observed)).body["triggerId"]
    attempt = scene.attempt("Stopping")
    scene.says(f"/savepoints/{job.trigger_id(attempt)}", {"status": {"id": "IN_PROGRESS"}, "operation": None})
    assert FLINK.stop(scene.resource, scene.observed) == ()


def test_what_a_lost_jobmanager_left_is_looked_for_by_the_next_run() -> None:
    """Its word where the savepoint lies is lost, and Flink has discarded the checkpoints: the folder is
    known, no name in it.
    """
    scene = FlinkFixture("Stopping", suspend=True)
    attempt = scene.attempt("Stopping", first_progress_time="2026-11-22T12:00:00Z")
    root = "file:///data/state/words/bible/uid-bible/g1"
    scene.says("", {"errors": ["not found"]}, 404)
    assert (scene.state.stage, scene.state.latest) == (Stage.ENDED, None)  # what it began from is kept
    observed = Snapshot(id="7", location=f"{root}/{attempt.run_id}/chk-7")
    checkpoint = scene.resource.status.checkpoint.model_copy(update={"latest": observed})
    scene.resource = recorded(
        scene.resource, scene.resource.status.model_copy(update={"checkpoint": checkpoint})
    )
    folder = f"{root}/savepoints/{attempt.run_id}"
    for document, status in (({"errors": ["not found"]}, 404), (answer("job-finished"), 200)):
        scene.says("", document, status)
        scene.says(f"/savepoints/{job.trigger_id(attempt)}", {"errors": ["not found"]}, 404)
        assert scene.state.stage is Stage.ENDED
        assert scene.state.latest is not None
        assert scene.state.latest.location == folder
    scene.edit()
    scene.attempt("Submitted", restore_from=folder)
    assert json.loads(started(scene).body["programArgsList"][-1])["resumeFrom"] == folder


def test_a_savepoint_that_failed_becomes_a_cancel_that_says_so() -> None:
    """The latest checkpoint counts then."""
    scene = FlinkFixture("Stopping", suspend=True)
    scene.job("RUNNING")
    assert scene.resource.status.attempt
    cause = {
        "class": "java.io.IOException",
        "stack-trace": "java.io.IOException: disk full\n\tat a.b(C.java)",
    }
    failed = {"status": {"id": "COMPLETED"}, "operation": {"failure-cause": cause}}
    scene.says(f"/savepoints/{job.trigger_id(scene.resource.status.attempt)}", failed)
    call = only_call(FLINK.stop(scene.resource, scene.observed))
    assert (call.method, call.url) == ("PATCH", f"{scene.url}?mode=cancel")
    assert "disk full" in call.because
    assert "disk full" in scene.state.message


def test_a_job_that_does_not_count_is_cancelled() -> None:
    """No savepoint can be made of it."""
    scene = FlinkFixture("Stopping", suspend=True)
    scene.job("RESTARTING", "CANCELED")
    assert only_call(FLINK.stop(scene.resource, scene.observed)).method == "PATCH"


@pytest.mark.parametrize("word", ["CANCELLING", "CANCELED", "FINISHED", "FAILED"])
def test_a_job_that_ends_is_left_alone(word: str) -> None:
    """Nothing is asked twice."""
    scene = FlinkFixture("Stopping", suspend=True)
    scene.job(word, word)
    assert FLINK.stop(scene.resource, scene.observed) == ()


def test_the_savepoint_is_in_the_status_before_anything_is_removed() -> None:
    """The pass that sees the stop done only writes."""
    scene = FlinkFixture("Stopping", suspend=True)
    scene.says("", answer("job-finished"))
    assert scene.resource.status.attempt
    scene.says(f"/savepoints/{job.trigger_id(scene.resource.status.attempt)}", answer("savepoint-completed"))
    plan = decide(scene.resource, FLINK, scene.observed, NOW)
    assert plan.actions == ()
    assert plan.status.checkpoint.latest is not None
    assert plan.status.checkpoint.latest.location == answer("savepoint-completed")["operation"]["location"]
    assert plan.status.attempt is not None
    assert plan.status.attempt.intent == "Ended"
    after = replace(scene.resource, status=plan.status)
    scene.resource = after
    later = decide(after, FLINK, scene.observed, NOW)
    assert later.status.checkpoint.latest == plan.status.checkpoint.latest
    assert later.actions


def test_a_session_that_nobody_needs_goes_in_order_and_leaves_the_claim() -> None:
    """JobManager, then pods, then the records that would bring jobs back, then the rest."""
    scene = FlinkFixture("Ended", suspend=True)
    scene.record()
    scene.pod("taskmanager")
    name = scene.session.name
    assert removed(scene) == {("Deployment", name), ("Service", f"{name}-rest")}
    assert removed(scene) == {("Pod", f"{name}-taskmanager")}
    assert removed(scene) == {
        ("ConfigMap", f"{name}-cluster-config-map"),
        ("ConfigMap", f"flink-config-{name}"),
        ("RoleBinding", f"{name}-flink"),
        ("ServiceAccount", f"{name}-flink"),
    }
    assert removed(scene) == set()
    assert [ref.kind for ref in scene.world.objects] == ["PersistentVolumeClaim"]


def test_a_pod_that_is_ending_is_waited_for() -> None:
    """The rest stays until it is gone, so that it cannot write when another one begins."""
    scene = FlinkFixture("Ended", suspend=True)
    removed(scene)
    scene.pod("jobmanager")
    pod = next(raw for ref, raw in scene.world.objects.items() if ref.kind == "Pod")
    scene.world.put({**pod, "metadata": {**pod["metadata"], "deletionTimestamp": "now"}})
    assert [
        action.ref.kind
        for action in FLINK.leftovers(scene.resource, scene.observed).cluster
        if isinstance(action, Delete)
    ] == ["Pod"]


def test_a_session_that_others_need_stays() -> None:
    """Only the last one takes it away."""
    scene = FlinkFixture("Ended", suspend=True)
    scene.neighbour()
    assert FLINK.leftovers(scene.resource, scene.observed).cluster == ()


def test_an_object_of_that_name_that_is_not_ours_stays() -> None:
    """A ServiceAccount that somebody else made is not removed with the session."""
    scene = FlinkFixture("Ended", suspend=True)
    account = scene.world.objects[scene.session.account]
    scene.world.put({**account, "metadata": {**account["metadata"], "labels": {}}})
    while removed(scene):
        pass
    assert scene.session.account in scene.world.objects


def test_deleting_cancels_without_a_savepoint() -> None:
    """Prompt: nobody will begin from it again."""
    scene = FlinkFixture()
    scene.deleted()
    scene.job("RUNNING")
    assert only_call(FLINK.stop(scene.resource, scene.observed)).url == f"{scene.url}?mode=cancel"


def test_deleting_the_last_resource_of_a_silent_session_does_not_wait() -> None:
    """The session goes, and with it the job."""
    scene = FlinkFixture(ready=False)
    scene.record()
    scene.deleted()
    kinds = [Ref.of(scene.world.objects[scene.session.deployment])]
    plan = decide(scene.resource, FLINK, scene.observed, NOW)
    assert [action.ref for action in plan.actions if isinstance(action, Delete)][:1] == kinds
    for _ in range(5):
        for action in decide(scene.resource, FLINK, scene.observed, NOW).actions:
            assert isinstance(action, Delete)
            scene.gone(action.ref)
    assert decide(scene.resource, FLINK, scene.observed, NOW).finished


def test_deleting_from_a_silent_session_that_others_need_waits_and_says_for_what() -> None:
    """The job would go on unseen otherwise."""
    scene = FlinkFixture(ready=False)
    scene.record()
    scene.neighbour("other")
    scene.deleted()
    plan = decide(scene.resource, FLINK, scene.observed, NOW)
    assert (plan.actions, plan.finished) == ((), False)
    assert (
        "so the job cannot be cancelled; the session is still used by other. Restore the JobManager"
        in plan.status.message
    )


def test_a_resource_that_moved_takes_its_old_session_away() -> None:
    """After the old job has ended, and before the next attempt is begun."""
    scene = FlinkFixture("Ended")
    scene.edit(flink={"image": "mine:1"})
    first, _ = FLINK.leftovers(scene.resource, scene.observed).attempt
    assert isinstance(first, Delete)
    assert first.ref == scene.session.deployment
    other = FlinkFixture("Running", name="other")
    scene.neighbour("other")
    raw = next(raw for ref, raw in scene.world.objects.items() if ref.name == "other")
    scene.world.put({**raw, "status": other.resource.status.model_dump(by_alias=True)})
    assert FLINK.leftovers(scene.resource, scene.observed).attempt == ()


@pytest.mark.parametrize(("word", "ended"), [("CREATED", False), ("RUNNING", False), ("CANCELED", True)])
def test_a_job_that_comes_up_after_its_attempt_was_given_up_is_cancelled(word: str, ended: bool) -> None:
    """A submit that was taken for failed must not leave a second writer."""
    scene = FlinkFixture("Ended")
    scene.job(word)
    actions = FLINK.leftovers(scene.resource, scene.observed).attempt
    assert actions == () if ended else only_call(actions).url == f"{scene.url}?mode=cancel"


def test_a_session_that_can_never_be_asked_is_removed_to_stop_its_job() -> None:
    """An image that cannot be pulled must not keep the corrected one from running."""
    scene = FlinkFixture(ready=False)
    scene.record()
    scene.pod("jobmanager", **refused_image("flink:typo"))
    scene.edit(flink={"image": "mine:1"})
    first, *_ = FLINK.stop(scene.resource, scene.observed)
    assert isinstance(first, Delete)
    assert first.ref == scene.session.deployment


def test_a_stalled_run_does_not_take_the_session_of_others_away() -> None:
    """Who else uses a session is read before it may be removed, also while the run should go on."""
    scene = FlinkFixture(ready=False)
    scene.pod("jobmanager", **refused_image("flink:typo"))
    assert FLINK.abort(scene.resource, scene.observed)
    scene.neighbour("other")
    assert FLINK.abort(scene.resource, scene.observed) == ()


def test_a_silent_session_is_otherwise_waited_for() -> None:
    """A JobManager that is being restarted will answer, and then makes the savepoint."""
    scene = FlinkFixture("Stopping", ready=False, suspend=True)
    scene.record()
    assert FLINK.stop(scene.resource, scene.observed) == ()


def test_a_removed_jobmanager_is_made_again_and_brings_the_job_back() -> None:
    """Not a second job: the records still hold the first."""
    scene = FlinkFixture()
    scene.record()
    scene.gone(scene.session.deployment)
    plan = decide(scene.resource, FLINK, scene.observed, NOW)
    assert [type(action).__name__ for action in plan.actions] == ["Create"]
    assert plan.status.attempt is not None
    assert plan.status.attempt.number == 1


def test_looks_come_to_an_end() -> None:
    """Each answer leads to the next look, and none is asked for that does not matter."""
    scene = FlinkFixture()
    scene.job("RUNNING")
    observed = scene.observed
    assert all(look in observed for look in FLINK.reads(scene.resource, observed))
    assert len(observed) <= 10
    assert GetObject(desired_session(scene.resource).deployment) in observed


def test_a_submit_is_json() -> None:
    """Every body can be sent."""
    assert json.dumps(dict(started(FlinkFixture("Submitted")).body))


def test_flink_heals_its_tasks_and_the_operator_only_what_flink_cannot() -> None:
    """Flink restarts tasks itself; the operator acts when the job is terminally failed, the JobManager is
    lost, or progress stops.
    """
    scene = FlinkFixture(restart={"stalledAfter": "1m"})
    scene.job("RESTARTING", "CANCELED")
    plan = decide(scene.resource, FLINK, scene.observed, later(10))
    assert plan.status.attempt
    assert (plan.actions, plan.status.attempt.intent) == ((), "Running")
    plan = decide(scene.resource, FLINK, scene.observed, later(61))
    assert only_call(plan.actions).url == f"{scene.url}?mode=cancel"
    assert plan.status.restarts.last_reason == "Stalled"
    scene.job("FAILED", "FAILED")
    assert decide(scene.resource, FLINK, scene.observed, later(10)).status.phase == "BackingOff"
    lost = FlinkFixture()
    lost.gone(lost.session.deployment)
    assert decide(lost.resource, FLINK, lost.observed, later(10)).status.phase == "BackingOff"


def test_a_job_that_ends_unasked_has_failed() -> None:
    """FINISHED is no success of a stream: it is started again."""
    scene = FlinkFixture()
    scene.job("FINISHED", "FINISHED")
    assert decide(scene.resource, FLINK, scene.observed, later(10)).status.phase == "BackingOff"


def test_a_new_spec_begins_from_the_state_that_the_old_one_left() -> None:
    """The attempt on record names that savepoint before the submit, and the submit names it to the program."""
    scene = FlinkFixture("Ended")
    scene.edit(parallelism=3)
    latest = Snapshot(id="1", location=SAVEPOINT, origin="upgrade")
    kept = scene.resource.status.checkpoint.model_copy(update={"latest": latest})
    scene.resource = recorded(scene.resource, scene.resource.status.model_copy(update={"checkpoint": kept}))
    scene.says("", answer("not-found"), 404)
    plan = decide(scene.resource, FLINK, scene.observed, NOW)
    assert plan.status.attempt
    assert (plan.status.attempt.number, plan.status.attempt.restore_from) == (2, SAVEPOINT)
    submit = only_call(tuple(each for each in plan.actions if isinstance(each, HttpRequest)))
    assert json.loads(submit.body["programArgsList"][-1])["resumeFrom"] == SAVEPOINT
    assert plan.status.checkpoint.retained_runs == [
        f"{scene.resource.state_path}/{FLINK.identify(scene.resource, 1).run_id}"
    ]


def test_a_submit_that_may_be_under_way_is_waited_for() -> None:
    """An operator may have died just after it sent one: neither a deletion nor an edit takes such a job for
    absent.

    What counts is when it was last sent, which on a session that was cold is long after the attempt was
    begun; and where none was ever sent nothing is waited for.
    """
    scene = FlinkFixture("Submitted")
    scene.says("", answer("not-found"), 404)
    sent = decide(scene.resource, FLINK, scene.observed, later(1000)).status
    assert sent.attempt
    assert sent.attempt.submit_time == "2026-11-22T12:16:40Z"
    unsent = scene.resource
    scene.resource = recorded(scene.resource, sent)
    scene.edit(parallelism=3)
    waits = decide(scene.resource, FLINK, scene.observed, later(1010)).status.attempt
    assert waits
    assert (waits.number, waits.intent) == (1, "Submitted")
    scene.deleted()
    plan = decide(scene.resource, FLINK, scene.observed, later(1010))
    assert (plan.actions, plan.finished) == ((), False)
    assert "submit that may be under way" in plan.status.message
    assert decide(scene.resource, FLINK, scene.observed, later(1001 + SUBMIT_IN_FLIGHT)).actions
    scene.resource = unsent
    scene.deleted()
    assert decide(scene.resource, FLINK, scene.observed, later(1)).actions


def test_a_submit_without_an_answer_is_waited_for_also_where_the_next_one_was_refused() -> None:
    """The refusal says nothing of the one before it: no second job is begun, nor the resource let go, while
    that may come up.

    It is cancelled when it does.
    """
    scene = FlinkFixture("Ended")
    scene.attempt("Ended", submit_count=2, submit_time="2026-11-22T12:00:00Z")
    scene.says("", answer("not-found"), 404)
    plan = decide(scene.resource, FLINK, scene.observed, later(30))
    assert plan.status.attempt is not None
    assert (plan.actions, plan.status.attempt.number) == ((), 1)
    scene.job("RUNNING")
    assert only_call(decide(scene.resource, FLINK, scene.observed, later(31)).actions).method == "PATCH"
    scene.says("", answer("not-found"), 404)
    after = decide(scene.resource, FLINK, scene.observed, later(SUBMIT_IN_FLIGHT + 1)).status.attempt
    assert after is not None
    assert after.number == 2
    scene.deleted()
    assert (
        "submit that may be under way"
        in decide(scene.resource, FLINK, scene.observed, later(30)).status.message
    )


def test_one_submit_that_was_refused_is_tried_again_without_a_wait() -> None:
    """Its answer was heard."""
    scene = FlinkFixture("Ended")
    scene.attempt("Ended", submit_count=1, submit_time="2026-11-22T12:00:00Z")
    scene.says("", answer("not-found"), 404)
    after = decide(scene.resource, FLINK, scene.observed, later(6)).status.attempt
    assert after is not None
    assert (after.number, after.submit_count) == (2, 1)
