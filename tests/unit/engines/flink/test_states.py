"""What the engine makes of the JobManager's answers, and of none; never what is done about it."""

from typing import Any

import pytest

from tests.support.flink_fixture import FlinkFixture, answer, refused_image
from wordcount_core.causes import Cause
from wordcount_operator.engines.flink import job
from wordcount_operator.model.job import Counters, Stage


def test_a_running_job_counts_and_tells_its_checkpoint() -> None:
    """RUNNING with lines, words, the newest checkpoint with its time, size and place, and where to look
    further.
    """
    fixture = FlinkFixture("Submitted")
    fixture.job("RUNNING")
    fixture.says("/checkpoints", answer("checkpoints"))
    metrics = "get=Correlate%5B26%5D.numRecordsIn%2CLocalGroupAggregate%5B28%5D.numRecordsIn&agg=sum"
    fixture.says(f"/vertices/c27dcf7b54ef6bfd6cff02ca8870b681/subtasks/metrics?{metrics}", answer("metrics"))
    state = fixture.state
    assert state.stage is Stage.RUNNING
    assert state.counters == Counters(lines=12000, words=120000)
    assert state.latest is not None
    assert (state.latest.id, state.latest.completion_time, state.latest.bytes) == (
        "120",
        "2026-11-22T15:58:15Z",
        63201,
    )
    assert state.latest.duration_ms == 112
    assert state.latest.location.startswith("file:/data/state/")
    assert state.latest.location.endswith("/chk-120")
    assert state.ui == f"{fixture.session.rest}/#/job/running/{state.run_id}/overview"


def test_a_job_whose_metrics_say_nothing_yet_runs_without_counters() -> None:
    """The first seconds of a run are no error."""
    fixture = FlinkFixture()
    fixture.job("RUNNING")
    assert (fixture.state.stage, fixture.state.counters, fixture.state.latest) == (Stage.RUNNING, None, None)


@pytest.mark.parametrize(
    ("intent", "word", "tasks", "stage"),
    [
        ("Submitted", "INITIALIZING", "CREATED", Stage.STARTING),
        ("Submitted", "CREATED", "CREATED", Stage.STARTING),
        ("Submitted", "RUNNING", "DEPLOYING", Stage.STARTING),
        ("Submitted", "RUNNING", "RUNNING", Stage.RUNNING),
        ("Running", "RUNNING", "INITIALIZING", Stage.RECOVERING),
        ("Running", "RESTARTING", "CANCELED", Stage.RECOVERING),
        ("Running", "CREATED", "CREATED", Stage.RECOVERING),
        ("Running", "CANCELED", "CANCELED", Stage.ENDED),
        ("Running", "FINISHED", "FINISHED", Stage.ENDED),
        ("Running", "FAILED", "FAILED", Stage.FAILED),
        ("Stopping", "RUNNING", "RUNNING", Stage.STOPPING),
        ("Stopping", "CANCELLING", "CANCELING", Stage.STOPPING),
        ("Stopping", "CANCELED", "CANCELED", Stage.ENDED),
        ("Stopping", "FAILED", "FAILED", Stage.FAILED),
        ("Ended", "RUNNING", "RUNNING", Stage.ABSENT),
    ],
)
def test_stage(intent: str, word: str, tasks: str, stage: Stage) -> None:
    """Each state of a job, seen under each intent."""
    fixture = FlinkFixture(intent)
    fixture.job(word, tasks)
    assert fixture.state.stage is stage


def test_without_an_attempt_there_is_no_job() -> None:
    """Nothing was begun, so nothing is asked of the JobManager."""
    fixture = FlinkFixture()
    fixture.resource = fixture.resource.__class__(
        **{**vars(fixture.resource), "status": fixture.resource.status.model_copy(update={"attempt": None})}
    )
    assert fixture.state.stage is Stage.ABSENT


def test_flink_healing_a_lost_taskmanager_is_trouble_with_a_cause() -> None:
    """The exception history says what is being healed."""
    fixture = FlinkFixture()
    fixture.says("", answer("job-restarting"))
    fixture.says("/exceptions", answer("exceptions-lost"))
    assert (fixture.state.stage, fixture.state.cause) == (Stage.RECOVERING, Cause.INFRASTRUCTURE)


def test_a_first_run_that_throws_is_trouble_too() -> None:
    """A source that does not answer shows before the first line was counted."""
    fixture = FlinkFixture("Submitted")
    fixture.job("RESTARTING", "CANCELED")
    fixture.says("/exceptions", answer("exceptions-kafka"))
    state = fixture.state
    assert (state.stage, state.cause) == (Stage.RECOVERING, Cause.SOURCE_UNAVAILABLE)
    assert state.message.startswith("spec.source.kafka.bootstrapServers: ")


def test_a_failed_job_tells_why_also_where_no_task_ever_began() -> None:
    """A savepoint that is not there fails the job before its tasks; the verdict has the reason."""
    fixture = FlinkFixture("Submitted")
    fixture.says("", answer("job-failed"))
    fixture.says("/execution-result", answer("result-no-state"))
    state = fixture.state
    assert (state.stage, state.cause) == (Stage.FAILED, Cause.STATE_UNAVAILABLE)
    assert "Cannot find checkpoint or savepoint" in state.message


def test_a_taskmanager_that_cannot_start_is_named() -> None:
    """A job that waits for a pod that cannot be made says which image."""
    fixture = FlinkFixture("Submitted")
    fixture.job("CREATED", "CREATED")
    fixture.pod("taskmanager", **refused_image("flink:typo"))
    assert (fixture.state.stage, fixture.state.cause) == (Stage.STARTING, Cause.IMAGE)
    assert "flink:typo" in fixture.state.message


def test_a_taskmanager_that_outgrew_its_limit_is_named_before_its_loss() -> None:
    """The history only says that a TaskManager was lost; its pod says why, and the field to raise is
    named.
    """
    fixture = FlinkFixture()
    fixture.says("", answer("job-restarting"))
    fixture.says("/exceptions", answer("exceptions-lost"))
    fixture.pod("taskmanager", containerStatuses=[{"state": {"terminated": {"reason": "OOMKilled"}}}])
    assert (fixture.state.stage, fixture.state.cause) == (Stage.RECOVERING, Cause.OUT_OF_MEMORY)
    assert "raise spec.resources.worker.memory" in fixture.state.message


@pytest.mark.parametrize(("suspend", "origin"), [(True, "suspend"), (False, "upgrade")])
def test_a_finished_stop_gives_the_savepoint(suspend: bool, origin: str) -> None:
    """The savepoint's place becomes the newest state, with why it was made; its time is the job's end."""
    fixture = FlinkFixture("Stopping", suspend=suspend)
    fixture.says("", answer("job-finished"))
    fixture.says("/checkpoints", answer("checkpoints-finished"))
    place = answer("savepoint-completed")["operation"]["location"]
    assert fixture.resource.status.attempt
    fixture.says(
        f"/savepoints/{job.trigger_id(fixture.resource.status.attempt)}", answer("savepoint-completed")
    )
    state = fixture.state
    assert state.stage is Stage.ENDED
    assert state.latest is not None
    assert state.latest.location == place
    assert state.latest.id == place.rpartition("/")[2]
    assert state.latest.completion_time.startswith("2026-11-22T15:")
    assert state.latest.origin == origin


def test_a_finished_job_has_not_stopped_before_its_savepoint_is_known() -> None:
    """Its checkpoints are gone, so the savepoint is all there is: its place is waited for."""
    fixture = FlinkFixture("Stopping")
    fixture.says("", answer("job-finished"))
    assert fixture.resource.status.attempt
    running = {"status": {"id": "IN_PROGRESS"}, "operation": None}
    fixture.says(f"/savepoints/{job.trigger_id(fixture.resource.status.attempt)}", running)
    assert fixture.state.stage is Stage.STOPPING


def test_a_checkpoint_that_flink_discarded_is_none() -> None:
    """When a job finishes Flink removes its checkpoints, and still names them."""
    fixture = FlinkFixture()
    fixture.says("", answer("job-finished"))
    fixture.says("/checkpoints", answer("checkpoints-finished"))
    assert (fixture.state.stage, fixture.state.latest) == (Stage.ENDED, None)


def test_a_jobmanager_that_has_no_such_job_says_absent() -> None:
    """404 of a JobManager that answers is the truth."""
    fixture = FlinkFixture()
    fixture.says("", answer("not-found"), 404)
    assert fixture.state.stage is Stage.ABSENT


def test_a_job_that_the_records_still_hold_is_not_absent() -> None:
    """A JobManager that is recovering may not know yet what it will bring back; a second job would be a
    second writer.
    """
    fixture = FlinkFixture()
    fixture.record()
    fixture.says("", answer("not-found"), 404)
    assert fixture.state.stage is Stage.UNKNOWN


@pytest.mark.parametrize(
    ("intent", "recorded", "stage"),
    [
        ("Submitted", False, Stage.STARTING),
        ("Submitted", True, Stage.UNKNOWN),
        ("Running", False, Stage.UNKNOWN),
        ("Running", True, Stage.UNKNOWN),
        ("Stopping", True, Stage.UNKNOWN),
    ],
)
@pytest.mark.parametrize("answers", [None, 503])
def test_a_silent_jobmanager(intent: str, recorded: bool, stage: Stage, answers: int | None) -> None:
    """Neither running nor gone."""
    fixture = FlinkFixture(intent, ready=answers is not None)
    if answers:
        fixture.says("", {"errors": ["Service temporarily unavailable"]}, answers)
    if recorded:
        fixture.record()
    assert fixture.state.stage is stage


@pytest.mark.parametrize(
    ("healthy", "answers", "stage"),
    [("", None, Stage.ABSENT), ("", 503, Stage.UNKNOWN), ("2026-11-22T12:00:09Z", None, Stage.UNKNOWN)],
)
def test_a_stop_without_an_answer_is_over_only_for_what_never_began(
    healthy: str, answers: int | None, stage: Stage
) -> None:
    """A job that was healthy may have made a savepoint: its place is waited for, or it would be lost.

    A slow JobManager never makes an older savepoint the newest.
    """
    fixture = FlinkFixture("Stopping", ready=answers is not None)
    fixture.attempt("Stopping", first_progress_time=healthy)
    if answers:
        fixture.says("", {}, answers)
    assert fixture.state.stage is stage


def test_a_jobmanager_pod_that_cannot_start_is_named() -> None:
    """The pod's own trouble is the message."""
    fixture = FlinkFixture("Submitted", ready=False)
    fixture.pod("jobmanager", **refused_image("flink:typo"))
    assert (fixture.state.stage, fixture.state.cause) == (Stage.STARTING, Cause.IMAGE)


@pytest.mark.parametrize(
    ("recorded", "worker", "stage"),
    [(True, False, Stage.UNKNOWN), (False, True, Stage.STOPPING), (False, False, Stage.ABSENT)],
)
def test_a_jobmanager_that_was_removed(recorded: bool, worker: bool, stage: Stage) -> None:
    """Its job comes back by the records, or is over once the last TaskManager is."""
    fixture = FlinkFixture()
    fixture.gone(fixture.session.deployment)
    if recorded:
        fixture.record()
    if worker:
        fixture.pod("taskmanager")
    assert fixture.state.stage is stage


@pytest.mark.parametrize(
    "status",
    [
        {},
        {"observedGeneration": 1, "updatedReplicas": 1, "readyReplicas": 1},
        {"observedGeneration": 2, "updatedReplicas": 0, "readyReplicas": 1},
        {"observedGeneration": 2, "updatedReplicas": 1},
    ],
)
def test_a_jobmanager_of_yesterday_is_not_ready(status: dict[str, Any]) -> None:
    """Nothing is submitted to a JobManager that is about to be replaced."""
    fixture = FlinkFixture("Submitted")
    deployment = fixture.world.objects[fixture.session.deployment]
    meta = {**deployment["metadata"], "generation": 2}
    fixture.world.put({**deployment, "metadata": meta, "status": status})
    assert fixture.state.stage is Stage.STARTING
