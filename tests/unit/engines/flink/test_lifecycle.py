"""What the engine does to start, stop, cancel and clean up, reconcile by reconcile."""

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


def started(fixture: FlinkFixture) -> HttpRequest:
    """The request that starts the attempt."""
    assert fixture.resource.status.attempt
    return only_call(FLINK.start(fixture.resource, fixture.resource.status.attempt, fixture.observed))


def removed(fixture: FlinkFixture) -> set[tuple[str, str]]:
    """Carries out the deletions that releasing the session asks for; kinds and names."""
    names = set()
    for action in FLINK.leftovers(fixture.resource, fixture.observed).cluster:
        assert isinstance(action, Delete)
        assert action.uid
        names.add((action.ref.kind, action.ref.name))
        fixture.gone(action.ref)
    return names


def test_nothing_is_submitted_before_the_jobmanager_is_ready() -> None:
    """A session that is still starting gets no request."""
    fixture = FlinkFixture("Submitted", ready=False)
    assert fixture.resource.status.attempt
    assert FLINK.start(fixture.resource, fixture.resource.status.attempt, fixture.observed) == ()


def test_the_job_is_submitted_under_the_recorded_id() -> None:
    """Sent twice it is still one job: the second is refused, and the job's address then says that it is
    there.
    """
    fixture = FlinkFixture("Submitted", parallelism=3, checkpoint={"interval": "1m30s"})
    call = started(fixture)
    assert fixture.resource.status.attempt
    assert call.url == f"{fixture.session.rest}/jars/wordcount.jar/run"
    assert call.already_done_url == fixture.url
    assert call.body["jobId"] == fixture.resource.status.attempt.run_id
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
    fixture = FlinkFixture("Submitted")
    fixture.attempt("Submitted", restore_from=SAVEPOINT)
    reported = json.loads(started(fixture).body["programArgsList"][-1])
    assert (reported["resumeFrom"], reported["restoreFrom"]) == (SAVEPOINT, None)
    fork = FlinkFixture("Submitted", checkpoint={"restoreFrom": SAVEPOINT})
    fork.attempt("Submitted", restore_from=SAVEPOINT)
    reported = json.loads(started(fork).body["programArgsList"][-1])
    assert (reported["resumeFrom"], reported["restoreFrom"]) == (None, SAVEPOINT)


def test_a_running_job_is_stopped_with_a_savepoint_once() -> None:
    """The same request again has the same trigger, and none is sent once it is under way."""
    fixture = FlinkFixture(suspend=True)
    fixture.job("RUNNING")
    call = only_call(FLINK.stop(fixture.resource, fixture.observed))
    assert call.url == f"{fixture.url}/stop"
    assert call.body["drain"] is False
    assert fixture.resource.status.attempt
    folder = (
        f"file:///data/state/words/bible/uid-bible/g1/savepoints/{fixture.resource.status.attempt.run_id}"
    )
    assert call.body["targetDirectory"] == folder
    assert (
        call.body["triggerId"] == only_call(FLINK.stop(fixture.resource, fixture.observed)).body["triggerId"]
    )
    attempt = fixture.attempt("Stopping")
    fixture.says(
        f"/savepoints/{job.trigger_id(attempt)}", {"status": {"id": "IN_PROGRESS"}, "operation": None}
    )
    assert FLINK.stop(fixture.resource, fixture.observed) == ()


def test_what_a_lost_jobmanager_left_is_looked_for_by_the_next_run() -> None:
    """Its word where the savepoint lies is lost, and Flink has discarded the checkpoints: the folder is
    known, no name in it.
    """
    fixture = FlinkFixture("Stopping", suspend=True)
    attempt = fixture.attempt("Stopping", first_progress_time="2026-11-22T12:00:00Z")
    root = "file:///data/state/words/bible/uid-bible/g1"
    fixture.says("", {"errors": ["not found"]}, 404)
    assert (fixture.state.stage, fixture.state.latest) == (Stage.ENDED, None)  # what it began from is kept
    observed = Snapshot(id="7", location=f"{root}/{attempt.run_id}/chk-7")
    checkpoint = fixture.resource.status.checkpoint.model_copy(update={"latest": observed})
    fixture.resource = recorded(
        fixture.resource, fixture.resource.status.model_copy(update={"checkpoint": checkpoint})
    )
    folder = f"{root}/savepoints/{attempt.run_id}"
    for document, status in (({"errors": ["not found"]}, 404), (answer("job-finished"), 200)):
        fixture.says("", document, status)
        fixture.says(f"/savepoints/{job.trigger_id(attempt)}", {"errors": ["not found"]}, 404)
        assert fixture.state.stage is Stage.ENDED
        assert fixture.state.latest is not None
        assert fixture.state.latest.location == folder
    fixture.edit()
    fixture.attempt("Submitted", restore_from=folder)
    assert json.loads(started(fixture).body["programArgsList"][-1])["resumeFrom"] == folder


def test_a_savepoint_that_failed_becomes_a_cancel_that_says_so() -> None:
    """The latest checkpoint counts then."""
    fixture = FlinkFixture("Stopping", suspend=True)
    fixture.job("RUNNING")
    assert fixture.resource.status.attempt
    cause = {
        "class": "java.io.IOException",
        "stack-trace": "java.io.IOException: disk full\n\tat a.b(C.java)",
    }
    failed = {"status": {"id": "COMPLETED"}, "operation": {"failure-cause": cause}}
    fixture.says(f"/savepoints/{job.trigger_id(fixture.resource.status.attempt)}", failed)
    call = only_call(FLINK.stop(fixture.resource, fixture.observed))
    assert (call.method, call.url) == ("PATCH", f"{fixture.url}?mode=cancel")
    assert "disk full" in call.because
    assert "disk full" in fixture.state.message


def test_a_job_that_does_not_count_is_cancelled() -> None:
    """No savepoint can be made of it."""
    fixture = FlinkFixture("Stopping", suspend=True)
    fixture.job("RESTARTING", "CANCELED")
    assert only_call(FLINK.stop(fixture.resource, fixture.observed)).method == "PATCH"


@pytest.mark.parametrize("word", ["CANCELLING", "CANCELED", "FINISHED", "FAILED"])
def test_a_job_that_ends_is_left_alone(word: str) -> None:
    """Nothing is asked twice."""
    fixture = FlinkFixture("Stopping", suspend=True)
    fixture.job(word, word)
    assert FLINK.stop(fixture.resource, fixture.observed) == ()


def test_the_savepoint_is_in_the_status_before_anything_is_removed() -> None:
    """The pass that sees the stop done only writes."""
    fixture = FlinkFixture("Stopping", suspend=True)
    fixture.says("", answer("job-finished"))
    assert fixture.resource.status.attempt
    fixture.says(
        f"/savepoints/{job.trigger_id(fixture.resource.status.attempt)}", answer("savepoint-completed")
    )
    plan = decide(fixture.resource, FLINK, fixture.observed, NOW)
    assert plan.actions == ()
    assert plan.status.checkpoint.latest is not None
    assert plan.status.checkpoint.latest.location == answer("savepoint-completed")["operation"]["location"]
    assert plan.status.attempt is not None
    assert plan.status.attempt.intent == "Ended"
    after = replace(fixture.resource, status=plan.status)
    fixture.resource = after
    later = decide(after, FLINK, fixture.observed, NOW)
    assert later.status.checkpoint.latest == plan.status.checkpoint.latest
    assert later.actions


def test_a_session_that_nobody_needs_goes_in_order_and_leaves_the_claim() -> None:
    """JobManager, then pods, then the records that would bring jobs back, then the rest."""
    fixture = FlinkFixture("Ended", suspend=True)
    fixture.record()
    fixture.pod("taskmanager")
    name = fixture.session.name
    assert removed(fixture) == {("Deployment", name), ("Service", f"{name}-rest")}
    assert removed(fixture) == {("Pod", f"{name}-taskmanager")}
    assert removed(fixture) == {
        ("ConfigMap", f"{name}-cluster-config-map"),
        ("ConfigMap", f"flink-config-{name}"),
        ("RoleBinding", f"{name}-flink"),
        ("ServiceAccount", f"{name}-flink"),
    }
    assert removed(fixture) == set()
    assert [ref.kind for ref in fixture.world.objects] == ["PersistentVolumeClaim"]


def test_a_pod_that_is_ending_is_waited_for() -> None:
    """The rest stays until it is gone, so that it cannot write when another one begins."""
    fixture = FlinkFixture("Ended", suspend=True)
    removed(fixture)
    fixture.pod("jobmanager")
    pod = next(raw for ref, raw in fixture.world.objects.items() if ref.kind == "Pod")
    fixture.world.put({**pod, "metadata": {**pod["metadata"], "deletionTimestamp": "now"}})
    assert [
        action.ref.kind
        for action in FLINK.leftovers(fixture.resource, fixture.observed).cluster
        if isinstance(action, Delete)
    ] == ["Pod"]


def test_a_session_that_others_need_stays() -> None:
    """Only the last one takes it away."""
    fixture = FlinkFixture("Ended", suspend=True)
    fixture.neighbour()
    assert FLINK.leftovers(fixture.resource, fixture.observed).cluster == ()


def test_an_object_of_that_name_that_is_not_ours_stays() -> None:
    """A ServiceAccount that somebody else made is not removed with the session."""
    fixture = FlinkFixture("Ended", suspend=True)
    account = fixture.world.objects[fixture.session.account]
    fixture.world.put({**account, "metadata": {**account["metadata"], "labels": {}}})
    while removed(fixture):
        pass
    assert fixture.session.account in fixture.world.objects


def test_deleting_cancels_without_a_savepoint() -> None:
    """Prompt: nobody will begin from it again."""
    fixture = FlinkFixture()
    fixture.deleted()
    fixture.job("RUNNING")
    assert only_call(FLINK.stop(fixture.resource, fixture.observed)).url == f"{fixture.url}?mode=cancel"


def test_deleting_the_last_resource_of_a_silent_session_does_not_wait() -> None:
    """The session goes, and with it the job."""
    fixture = FlinkFixture(ready=False)
    fixture.record()
    fixture.deleted()
    kinds = [Ref.of(fixture.world.objects[fixture.session.deployment])]
    plan = decide(fixture.resource, FLINK, fixture.observed, NOW)
    assert [action.ref for action in plan.actions if isinstance(action, Delete)][:1] == kinds
    for _ in range(5):
        for action in decide(fixture.resource, FLINK, fixture.observed, NOW).actions:
            assert isinstance(action, Delete)
            fixture.gone(action.ref)
    assert decide(fixture.resource, FLINK, fixture.observed, NOW).finished


def test_deleting_from_a_silent_session_that_others_need_waits_and_says_for_what() -> None:
    """The job would go on unseen otherwise."""
    fixture = FlinkFixture(ready=False)
    fixture.record()
    fixture.neighbour("other")
    fixture.deleted()
    plan = decide(fixture.resource, FLINK, fixture.observed, NOW)
    assert (plan.actions, plan.finished) == ((), False)
    assert (
        "so the job cannot be cancelled; the session is still used by other. Restore the JobManager"
        in plan.status.message
    )


def test_a_resource_that_moved_takes_its_old_session_away() -> None:
    """After the old job has ended, and before the next attempt is begun."""
    fixture = FlinkFixture("Ended")
    fixture.edit(flink={"image": "mine:1"})
    first, _ = FLINK.leftovers(fixture.resource, fixture.observed).attempt
    assert isinstance(first, Delete)
    assert first.ref == fixture.session.deployment
    other = FlinkFixture("Running", name="other")
    fixture.neighbour("other")
    raw = next(raw for ref, raw in fixture.world.objects.items() if ref.name == "other")
    fixture.world.put({**raw, "status": other.resource.status.model_dump(by_alias=True)})
    assert FLINK.leftovers(fixture.resource, fixture.observed).attempt == ()


@pytest.mark.parametrize(("word", "ended"), [("CREATED", False), ("RUNNING", False), ("CANCELED", True)])
def test_a_job_that_comes_up_after_its_attempt_was_given_up_is_cancelled(word: str, ended: bool) -> None:
    """A submit that was taken for failed must not leave a second writer."""
    fixture = FlinkFixture("Ended")
    fixture.job(word)
    actions = FLINK.leftovers(fixture.resource, fixture.observed).attempt
    assert actions == () if ended else only_call(actions).url == f"{fixture.url}?mode=cancel"


def test_a_session_that_can_never_be_asked_is_removed_to_stop_its_job() -> None:
    """An image that cannot be pulled must not keep the corrected one from running."""
    fixture = FlinkFixture(ready=False)
    fixture.record()
    fixture.pod("jobmanager", **refused_image("flink:typo"))
    fixture.edit(flink={"image": "mine:1"})
    first, *_ = FLINK.stop(fixture.resource, fixture.observed)
    assert isinstance(first, Delete)
    assert first.ref == fixture.session.deployment


def test_a_stalled_run_does_not_take_the_session_of_others_away() -> None:
    """Who else uses a session is read before it may be removed, also while the run should go on."""
    fixture = FlinkFixture(ready=False)
    fixture.pod("jobmanager", **refused_image("flink:typo"))
    assert FLINK.abort(fixture.resource, fixture.observed)
    fixture.neighbour("other")
    assert FLINK.abort(fixture.resource, fixture.observed) == ()


def test_a_silent_session_is_otherwise_waited_for() -> None:
    """A JobManager that is being restarted will answer, and then makes the savepoint."""
    fixture = FlinkFixture("Stopping", ready=False, suspend=True)
    fixture.record()
    assert FLINK.stop(fixture.resource, fixture.observed) == ()


def test_a_removed_jobmanager_is_made_again_and_brings_the_job_back() -> None:
    """Not a second job: the records still hold the first."""
    fixture = FlinkFixture()
    fixture.record()
    fixture.gone(fixture.session.deployment)
    plan = decide(fixture.resource, FLINK, fixture.observed, NOW)
    assert [type(action).__name__ for action in plan.actions] == ["Create"]
    assert plan.status.attempt is not None
    assert plan.status.attempt.number == 1


def test_looks_come_to_an_end() -> None:
    """Each answer leads to the next look, and none is asked for that does not matter."""
    fixture = FlinkFixture()
    fixture.job("RUNNING")
    observed = fixture.observed
    assert all(look in observed for look in FLINK.reads(fixture.resource, observed))
    assert len(observed) <= 10
    assert GetObject(desired_session(fixture.resource).deployment) in observed


def test_a_submit_is_json() -> None:
    """Every body can be sent."""
    assert json.dumps(dict(started(FlinkFixture("Submitted")).body))


def test_flink_heals_its_tasks_and_the_operator_only_what_flink_cannot() -> None:
    """Flink restarts tasks itself; the operator acts when the job is terminally failed, the JobManager is
    lost, or progress stops.
    """
    fixture = FlinkFixture(restart={"stalledAfter": "1m"})
    fixture.job("RESTARTING", "CANCELED")
    plan = decide(fixture.resource, FLINK, fixture.observed, later(10))
    assert plan.status.attempt
    assert (plan.actions, plan.status.attempt.intent) == ((), "Running")
    plan = decide(fixture.resource, FLINK, fixture.observed, later(61))
    assert only_call(plan.actions).url == f"{fixture.url}?mode=cancel"
    assert plan.status.restarts.last_reason == "Stalled"
    fixture.job("FAILED", "FAILED")
    assert decide(fixture.resource, FLINK, fixture.observed, later(10)).status.phase == "BackingOff"
    lost = FlinkFixture()
    lost.gone(lost.session.deployment)
    assert decide(lost.resource, FLINK, lost.observed, later(10)).status.phase == "BackingOff"


def test_a_job_that_ends_unasked_has_failed() -> None:
    """FINISHED is no success of a stream: it is started again."""
    fixture = FlinkFixture()
    fixture.job("FINISHED", "FINISHED")
    assert decide(fixture.resource, FLINK, fixture.observed, later(10)).status.phase == "BackingOff"


def test_a_new_spec_begins_from_the_state_that_the_old_one_left() -> None:
    """The attempt on record names that savepoint before the submit, and the submit names it to the
    program.
    """
    fixture = FlinkFixture("Ended")
    fixture.edit(parallelism=3)
    latest = Snapshot(id="1", location=SAVEPOINT, origin="upgrade")
    kept = fixture.resource.status.checkpoint.model_copy(update={"latest": latest})
    fixture.resource = recorded(
        fixture.resource, fixture.resource.status.model_copy(update={"checkpoint": kept})
    )
    fixture.says("", answer("not-found"), 404)
    plan = decide(fixture.resource, FLINK, fixture.observed, NOW)
    assert plan.status.attempt
    assert (plan.status.attempt.number, plan.status.attempt.restore_from) == (2, SAVEPOINT)
    submit = only_call(tuple(each for each in plan.actions if isinstance(each, HttpRequest)))
    assert json.loads(submit.body["programArgsList"][-1])["resumeFrom"] == SAVEPOINT
    assert plan.status.checkpoint.retained_runs == [
        f"{fixture.resource.state_path}/{FLINK.identify(fixture.resource, 1).run_id}"
    ]


def test_a_submit_that_may_be_under_way_is_waited_for() -> None:
    """An operator may have died just after it sent one: neither a deletion nor an edit takes such a job for
    absent.

    What counts is when it was last sent, which on a session that was cold is long after the attempt was
    begun; and where none was ever sent nothing is waited for.
    """
    fixture = FlinkFixture("Submitted")
    fixture.says("", answer("not-found"), 404)
    sent = decide(fixture.resource, FLINK, fixture.observed, later(1000)).status
    assert sent.attempt
    assert sent.attempt.submit_time == "2026-11-22T12:16:40Z"
    unsent = fixture.resource
    fixture.resource = recorded(fixture.resource, sent)
    fixture.edit(parallelism=3)
    waits = decide(fixture.resource, FLINK, fixture.observed, later(1010)).status.attempt
    assert waits
    assert (waits.number, waits.intent) == (1, "Submitted")
    fixture.deleted()
    plan = decide(fixture.resource, FLINK, fixture.observed, later(1010))
    assert (plan.actions, plan.finished) == ((), False)
    assert "submit that may be under way" in plan.status.message
    assert decide(fixture.resource, FLINK, fixture.observed, later(1001 + SUBMIT_IN_FLIGHT)).actions
    fixture.resource = unsent
    fixture.deleted()
    assert decide(fixture.resource, FLINK, fixture.observed, later(1)).actions


def test_a_submit_without_an_answer_is_waited_for_also_where_the_next_one_was_refused() -> None:
    """The refusal says nothing of the one before it: no second job is begun, nor the resource let go, while
    that may come up.

    It is cancelled when it does.
    """
    fixture = FlinkFixture("Ended")
    fixture.attempt("Ended", submit_count=2, submit_time="2026-11-22T12:00:00Z")
    fixture.says("", answer("not-found"), 404)
    plan = decide(fixture.resource, FLINK, fixture.observed, later(30))
    assert plan.status.attempt is not None
    assert (plan.actions, plan.status.attempt.number) == ((), 1)
    fixture.job("RUNNING")
    assert only_call(decide(fixture.resource, FLINK, fixture.observed, later(31)).actions).method == "PATCH"
    fixture.says("", answer("not-found"), 404)
    after = decide(fixture.resource, FLINK, fixture.observed, later(SUBMIT_IN_FLIGHT + 1)).status.attempt
    assert after is not None
    assert after.number == 2
    fixture.deleted()
    assert (
        "submit that may be under way"
        in decide(fixture.resource, FLINK, fixture.observed, later(30)).status.message
    )


def test_one_submit_that_was_refused_is_tried_again_without_a_wait() -> None:
    """Its answer was heard."""
    fixture = FlinkFixture("Ended")
    fixture.attempt("Ended", submit_count=1, submit_time="2026-11-22T12:00:00Z")
    fixture.says("", answer("not-found"), 404)
    after = decide(fixture.resource, FLINK, fixture.observed, later(6)).status.attempt
    assert after is not None
    assert (after.number, after.submit_count) == (2, 1)
