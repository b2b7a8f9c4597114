"""The state of a job that was asked to stop with a savepoint."""

from typing import Any

from wordcount_operator.api.v1alpha1 import Snapshot
from wordcount_operator.engines.common import savepoint_response
from wordcount_operator.engines.flink import failures, job
from wordcount_operator.engines.flink.checkpoints import rfc3339
from wordcount_operator.engines.flink.run import TERMINAL, Run
from wordcount_operator.model.job import JobState, Stage
from wordcount_operator.model.reads import HttpReply


def stopping(run: Run, document: Any, common: dict[str, Any]) -> JobState:
    """Return the state of the job.

    It is over only when it has ended and the place of its savepoint is known.
    """
    made = run.observed.reply(job.stop_savepoint_url(run.session, run.attempt))
    finished = document["state"] == "FINISHED"
    if document["state"] not in TERMINAL:
        failed = failure(made)
        message = (
            f"{failed}; cancelling; the next run starts from its latest checkpoint"
            if failed
            else "stopping with a savepoint"
        )
        return JobState(Stage.STOPPING, message=message, **common)
    # A job that finished has made its savepoint; the place of it must be known before the job counts as over.
    unknown = finished and made.status == 0
    if unknown or (made.ok and made.body["status"]["id"] != "COMPLETED"):
        return JobState(Stage.STOPPING, message="the savepoint is being finished", **common)
    place = savepoint_response.location(made)
    if not place and finished:
        return savepoint_unknown(run)
    if not place:
        return JobState(
            Stage.ENDED,
            message="ended without a savepoint; the next run starts from its latest checkpoint",
            **common,
        )
    saved = Snapshot(
        id=place.rpartition("/")[2],
        completion_time=rfc3339(document["end-time"]),
        location=place,
        origin=_origin(run),
    )
    both = {"latest": saved, "heartbeat": saved.completion_time}
    return JobState(Stage.ENDED, message=f"stopped with savepoint {place}", **{**common, **both})


def savepoint_unknown(run: Run) -> JobState:
    """Return the state of a job whose JobManager is gone, and with it the place of its savepoint.

    A job of which no checkpoint was seen leaves the record as it is: what it began from is still there.
    """
    known = run.resource.status.checkpoint.latest
    if known is None or run.attempt.run_id not in known.location:
        return JobState(Stage.ENDED, message="ended before its first checkpoint was seen")
    place = job.stop_savepoint_dir(run.resource, run.attempt)
    latest = Snapshot(id=run.attempt.run_id, location=place, origin=_origin(run))
    return JobState(
        Stage.ENDED, message=f"ended; the next run looks for its savepoint in {place}", latest=latest
    )


def failure(reply: HttpReply) -> str:
    """Return why the savepoint failed, else an empty text."""
    trace = savepoint_response.trace(reply)
    return f"the savepoint failed: {failures.innermost_exception(trace)[1]}" if trace else ""


def _origin(run: Run) -> str:
    return "suspend" if run.resource.effective_spec.suspend else "upgrade"
