"""From the answers of the JobManager and of Kubernetes to the state of the current attempt."""

from typing import Any

from wordcount_core.causes import Cause
from wordcount_operator.engines.common import pod_status
from wordcount_operator.engines.flink import failures, progress
from wordcount_operator.engines.flink.checkpoints import checkpoint
from wordcount_operator.engines.flink.run import TERMINAL, Run, all_tasks_run
from wordcount_operator.engines.flink.session import is_foreign
from wordcount_operator.engines.flink.sharing import other_users
from wordcount_operator.engines.flink.stopping import savepoint_unknown, stopping
from wordcount_operator.model.job import JobState, Stage
from wordcount_operator.model.reads import HttpReply, Observed
from wordcount_operator.model.resource import WordCount

_ENDED = {
    "FINISHED": "the stream ended unexpectedly",
    "CANCELED": "somebody cancelled the job in the session",
}


def job_state(resource: WordCount, observed: Observed) -> JobState:
    """Return the state of the attempt; ABSENT if there is none, or if it is known to be over."""
    run = Run.of(resource, observed)
    if run is None:
        return JobState(Stage.ABSENT)
    reply, name = run.reply, run.session.name
    if run.attempt.intent == "Ended":
        # Such an attempt is known to be gone only if the JobManager, when it is ready, says so.
        if reply is not None and reply.status == 0:
            return JobState(Stage.UNKNOWN, message=f"the JobManager of session {name} does not answer")
        return JobState(Stage.ABSENT)
    if reply is not None and reply.ok:
        return _from_jobmanager(run, reply.body)
    if reply is not None and reply.status == 404 and not run.recorded:
        if run.attempt.intent == "Stopping" and run.made_progress:
            return savepoint_unknown(run)
        submitting = run.attempt.intent == "Submitted"
        verb = "is being submitted to" if submitting else f"{run.attempt.run_id} is not in"
        return JobState(Stage.ABSENT, message=f"the job {verb} session {name}")
    return _from_kubernetes(run, reply)


def outlives_attempt(run: Run) -> bool:
    """Whether a job goes on although its attempt has ended."""
    reply = run.reply
    ended = run.attempt.intent == "Ended"
    return ended and reply is not None and reply.ok and reply.body["state"] not in TERMINAL


def _from_kubernetes(run: Run, reply: HttpReply | None) -> JobState:
    """Return what Kubernetes knows of a job whose JobManager does not answer."""
    attempt, session = run.attempt, run.session
    if run.deployment is None and not run.recorded:
        gone = _session_gone(run)
        unknown = gone.stage is Stage.ABSENT and attempt.intent == "Stopping" and run.made_progress
        return savepoint_unknown(run) if unknown else gone
    never_ran = attempt.intent in ("Stopping", "Aborting") and not run.made_progress and not run.recorded
    if never_ran and reply is None and not is_foreign(session, run.observed):
        # A job that was healthy may just have finished with a savepoint, and only the JobManager knows its
        # place.
        return JobState(Stage.ABSENT, message=f"session {session.name} has no job {attempt.run_id}")
    verb = "is starting" if reply is None else f"does not answer ({reply.status or reply.body})"
    stuck = pod_status.startup_problem(run.pods("jobmanager"))
    cause, message = stuck or (None, f"the JobManager of session {session.name} {verb}")
    if run.resource.deleting and (others := other_users(run.resource, session, run.observed)):
        message = (
            f"{message}, so the job cannot be cancelled; the session is still used by {', '.join(others)}. "
            "Restore the JobManager"
        )
    begun = run.recorded or attempt.intent != "Submitted"
    return JobState(Stage.UNKNOWN if begun else Stage.STARTING, cause, message, attempt.run_id)


def _session_gone(run: Run) -> JobState:
    """Return the state of a job whose JobManager was removed.

    It is over once the last TaskManager is gone.
    """
    if run.pods("taskmanager"):
        return JobState(Stage.STOPPING, message=f"TaskManagers of session {run.session.name} are ending")
    return JobState(Stage.ABSENT, message=f"there is no session {run.session.name}")


def _from_jobmanager(run: Run, document: Any) -> JobState:
    """Return the state that the JobManager reports."""
    word, latest = document["state"], checkpoint(run.body("/checkpoints"))
    common: dict[str, Any] = {
        "run_id": run.attempt.run_id,
        "latest": latest,
        "heartbeat": latest.completion_time if latest else "",
        "ui": f"{run.session.rest}/#/job/running/{run.attempt.run_id}/overview",
    }
    if run.attempt.intent == "Stopping" and word != "FAILED":
        return stopping(run, document, common)
    if word == "FAILED":
        cause, message = failures.from_execution_result(run.body("/execution-result"))
        return JobState(Stage.FAILED, cause, message, **common)
    if word in TERMINAL:
        return JobState(Stage.ENDED, Cause.USER_CODE, _ENDED[word], **common)
    if all_tasks_run(document):
        counters = progress.counters(document, run.url, run.observed)
        return JobState(Stage.RUNNING, counters=counters, **common)
    return _not_counting(run, word, common)


def _not_counting(run: Run, word: str, common: dict[str, Any]) -> JobState:
    """Return the state of a job that has not begun to count, or that Flink is recovering."""
    workers = run.pods("taskmanager")
    stuck = pod_status.killed_by_cluster(
        workers, "spec.resources.worker.memory"
    ) or pod_status.startup_problem(workers)
    thrown = failures.from_exception_history(run.body("/exceptions"))
    reason = stuck or thrown or (None, f"the job is {word.lower()}, its tasks are not running yet")
    recovering = run.attempt.intent == "Running" or thrown is not None
    return JobState(Stage.RECOVERING if recovering else Stage.STARTING, *reason, **common)
