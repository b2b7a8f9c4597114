"""Answers of the JobManager and of Kubernetes → the state of the current attempt; never a decision what to do about it."""

from datetime import UTC, datetime
from typing import Any

from wordcount_operator.api.v1alpha1 import Attempt, Snapshot
from wordcount_operator.engines.common import pod_status, savepoint_response
from wordcount_operator.engines.flink import failures, job, progress
from wordcount_operator.engines.flink.session import Session, current_session, is_foreign, other_users
from wordcount_operator.model.job import Cause, JobState, Stage
from wordcount_operator.model.objects import Manifest
from wordcount_operator.model.reads import GetObject, HttpReply, ListObjects, Observed
from wordcount_operator.model.resource import WordCount

TERMINAL = ("FINISHED", "CANCELED", "FAILED")
_COUNTING = ("RUNNING", "FINISHED")


def job_state(resource: WordCount, observed: Observed) -> JobState:
    """How the attempt does; ABSENT where there is none, or where it is known to be over."""
    attempt, session = resource.status.attempt, current_session(resource)
    if attempt is None:
        return JobState(Stage.ABSENT)
    if attempt.intent == "Ended":
        return _after_attempt(attempt, session, observed)
    reply = observed.reply(session.job(attempt.run_id))
    if reply is not None and reply.ok:
        return _from_jobmanager(resource, attempt, session, reply.body, observed)
    if reply is not None and reply.status == 404 and not recovering(session, attempt, observed):
        if attempt.intent == "Stopping" and attempt.first_progress_time:
            return _savepoint_unknown(resource, attempt)
        submitting = attempt.intent == "Submitted"
        verb = "is being submitted to" if submitting else f"{attempt.run_id} is not in"
        return JobState(Stage.ABSENT, message=f"the job {verb} session {session.name}")
    return _from_kubernetes(resource, attempt, session, reply, observed)


def _after_attempt(attempt: Attempt, session: Session, observed: Observed) -> JobState:
    """An attempt that is over is known to be gone only when the JobManager, where one answers, was heard."""
    reply = observed.reply(session.job(attempt.run_id))
    if ready(observed.answers.get(GetObject(session.deployment))) and (reply is None or reply.status == 0):
        return JobState(Stage.UNKNOWN, message=f"the JobManager of session {session.name} does not answer")
    return JobState(Stage.ABSENT)


def ready(deployment: Manifest | None) -> bool:
    """Whether the JobManager, as it should now be, answers requests."""
    status = (deployment or {}).get("status", {})
    generation = (deployment or {}).get("metadata", {}).get("generation", 0)
    current = status.get("observedGeneration", 0) >= generation
    return bool(current and status.get("updatedReplicas") and status.get("readyReplicas"))


def recovering(session: Session, attempt: Attempt, observed: Observed) -> bool:
    """Whether Flink's high-availability records still hold the job, so that a JobManager will bring it back."""
    records = observed.answers.get(session.records, ())
    return any(f"executionPlan-{attempt.run_id}" in record.get("data", {}) for record in records)


def outlives_attempt(attempt: Attempt, session: Session, observed: Observed) -> bool:
    """Whether a job lives on although its attempt has ended."""
    reply = observed.reply(session.job(attempt.run_id))
    return (
        attempt.intent == "Ended" and reply is not None and reply.ok and reply.body["state"] not in TERMINAL
    )


def _from_kubernetes(
    resource: WordCount, attempt: Attempt, session: Session, reply: HttpReply | None, observed: Observed
) -> JobState:
    """No JobManager answers: what Kubernetes knows instead."""
    deployment = observed.answers.get(GetObject(session.deployment))
    recorded = recovering(session, attempt, observed)
    if deployment is None and not recorded:
        gone = _session_gone(session, observed)
        unheard = gone.stage is Stage.ABSENT and attempt.intent == "Stopping" and attempt.first_progress_time
        return _savepoint_unknown(resource, attempt) if unheard else gone
    never = attempt.intent in ("Stopping", "Aborting") and not attempt.first_progress_time and not recorded
    if never and reply is None and not is_foreign(session, observed):
        # One that was healthy may just have finished with a savepoint, and only the JobManager knows where that lies.
        return JobState(Stage.ABSENT, message=f"session {session.name} keeps no job {attempt.run_id}")
    verb = "is starting" if reply is None else f"does not answer ({reply.status or reply.body})"
    stuck = pod_status.startup_problem(_listed(observed, session.pods("jobmanager")))
    cause, message = stuck or (None, f"the JobManager of session {session.name} {verb}")
    if resource.deleting and (others := other_users(resource, session, observed)):
        message = (
            f"{message}; it is waited for, to cancel the job, because {', '.join(others)} needs the session too: "
            "bring it back"
        )
    begun = recorded or attempt.intent != "Submitted"
    return JobState(Stage.UNKNOWN if begun else Stage.STARTING, cause, message, attempt.run_id)


def _savepoint_unknown(resource: WordCount, attempt: Attempt) -> JobState:
    """The JobManager that was to stop the job is gone, and with it the word whether and where it made the savepoint.

    A job of which no checkpoint was seen leaves the record as it is: what it began from is still there.
    """
    known = resource.status.checkpoint.latest
    if known is None or attempt.run_id not in known.location:
        return JobState(Stage.ENDED, message="ended before a checkpoint of it was seen")
    place = job.stop_savepoint_dir(resource, attempt)
    origin = "suspend" if resource.effective_spec.suspend else "upgrade"
    latest = Snapshot(id=attempt.run_id, location=place, origin=origin)
    return JobState(Stage.ENDED, message=f"ended; what it left is looked for in {place}", latest=latest)


def _session_gone(session: Session, observed: Observed) -> JobState:
    """The JobManager was removed with all its records: the job is over once its last TaskManager is."""
    if _listed(observed, session.pods("taskmanager")):
        return JobState(Stage.STOPPING, message=f"TaskManagers of session {session.name} are ending")
    return JobState(Stage.ABSENT, message=f"there is no session {session.name}")


def _listed(observed: Observed, look: ListObjects) -> tuple[Manifest, ...]:
    found: tuple[Manifest, ...] = observed.answers.get(look, ())
    return found


def _from_jobmanager(
    resource: WordCount, attempt: Attempt, session: Session, document: Any, observed: Observed
) -> JobState:
    """The JobManager knows the job."""
    url, word = session.job(attempt.run_id), document["state"]
    latest = checkpoint(_body(observed, f"{url}/checkpoints"))
    common: dict[str, Any] = {
        "run_id": attempt.run_id,
        "latest": latest,
        "heartbeat": latest.completion_time if latest else "",
        "ui": f"{session.rest}/#/job/running/{attempt.run_id}/overview",
    }
    if attempt.intent == "Stopping" and word != "FAILED":
        return _stopping(resource, attempt, session, document, observed, common)
    if word == "FAILED":
        cause, message = failures.from_execution_result(_body(observed, f"{url}/execution-result"))
        return JobState(Stage.FAILED, cause, message, **common)
    if word in TERMINAL:
        return JobState(Stage.ENDED, Cause.USER_CODE, _ENDED[word], **common)
    if counts(document):
        return JobState(Stage.RUNNING, counters=progress.counters(document, url, observed), **common)
    # The job exists and does not count: it has not begun to, or Flink is healing it.
    workers = _listed(observed, session.pods("taskmanager"))
    stuck = pod_status.killed_by_cluster(
        workers, "spec.resources.worker.memory"
    ) or pod_status.startup_problem(workers)
    thrown = failures.from_exception_history(_body(observed, f"{url}/exceptions"))
    reason = stuck or thrown or (None, f"the job is {word.lower()}, its tasks are not running yet")
    healing = attempt.intent == "Running" or thrown is not None
    return JobState(Stage.RECOVERING if healing else Stage.STARTING, *reason, **common)


_ENDED = {
    "FINISHED": "the stream ended although nobody asked it to",
    "CANCELED": "somebody cancelled the job in the session",
}


def counts(document: Any) -> bool:
    """Whether the job and all its tasks run."""
    return document["state"] == "RUNNING" and all(
        vertex["status"] in _COUNTING for vertex in document["vertices"]
    )


def _stopping(
    resource: WordCount,
    attempt: Attempt,
    session: Session,
    document: Any,
    observed: Observed,
    common: dict[str, Any],
) -> JobState:
    """A job that was asked to stop: over only when it has ended and, if it made a savepoint, that place is known."""
    made = observed.reply(job.stop_savepoint_url(session, attempt))
    if document["state"] not in TERMINAL:
        failed = failure(made)
        message = (
            f"{failed}; cancelling, its latest checkpoint counts" if failed else "stopping with a savepoint"
        )
        return JobState(Stage.STOPPING, message=message, **common)
    # A job that finished has made its savepoint; where it lies must be heard before the job counts as over.
    unheard = document["state"] == "FINISHED" and (made is None or made.status == 0)
    if unheard or (made is not None and made.ok and made.body["status"]["id"] != "COMPLETED"):
        return JobState(Stage.STOPPING, message="the savepoint is being finished", **common)
    place = savepoint_response.location(made)
    if not place and document["state"] == "FINISHED":
        return _savepoint_unknown(resource, attempt)
    if not place:
        return JobState(
            Stage.ENDED, message="ended without a savepoint; its latest checkpoint counts", **common
        )
    saved = Snapshot(
        id=place.rpartition("/")[2],
        completion_time=_from_milliseconds(document["end-time"]),
        location=place,
        origin="suspend" if resource.effective_spec.suspend else "upgrade",
    )
    both = {"latest": saved, "heartbeat": saved.completion_time}
    return JobState(Stage.ENDED, message=f"stopped with savepoint {place}", **{**common, **both})


def failure(reply: HttpReply | None) -> str:
    """Why the savepoint failed, else empty."""
    trace = savepoint_response.trace(reply)
    return f"the savepoint failed: {failures.innermost_exception(trace)[1]}" if trace else ""


def _body(observed: Observed, url: str) -> Any:
    reply = observed.reply(url)
    return reply.body if reply is not None and reply.ok else {}


def checkpoint(checkpoints: Any) -> Snapshot | None:
    """The newest finished checkpoint that a new run could begin from."""
    newest = checkpoints.get("latest", {}).get("completed") or {}
    if not newest.get("external_path") or newest.get("discarded"):
        return None
    return Snapshot(
        id=str(newest["id"]),
        completion_time=_from_milliseconds(newest["latest_ack_timestamp"]),
        bytes=newest["state_size"],
        duration_ms=newest["end_to_end_duration"],
        location=newest["external_path"],
    )


def _from_milliseconds(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
