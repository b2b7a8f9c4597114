"""Records checkpoints, and serves a savepoint that a person requested by an annotation."""

from wordcount_operator.api.v1alpha1 import CheckpointStatus, Snapshot
from wordcount_operator.model.resource import WordCount
from wordcount_operator.model.timestamps import to_rfc3339
from wordcount_operator.planning.context import Changes, Context


def newest_checkpoint(context: Context) -> CheckpointStatus | None:
    """Return the record with the newest checkpoint of the engine, None if it is on record already."""
    record, latest = context.status.checkpoint, context.job.latest
    if latest is None or context.attempt is None or latest == record.latest:
        return None
    made = [] if latest.origin == "periodic" else [latest]
    return record.model_copy(update={"latest": latest, "savepoints": [*record.savepoints, *made]})


def serve_request(context: Context) -> Changes:
    """Return what to do for the savepoint that is due; it is only made of a job that runs, and only once."""
    resource = context.resource
    if not resource.savepoint_due or context.attempt is None or context.attempt.intent != "Running":
        return Changes()
    progress = context.engine.savepoint(resource, context.observed)
    if progress.failure:
        return Changes(checkpoint=refused(resource, progress.failure))
    if not progress.location:
        return Changes(maintenance=progress.actions)
    made = Snapshot(
        id=progress.location.rpartition("/")[2],
        completion_time=to_rfc3339(context.now),
        location=progress.location,
        origin="manual",
    )
    return Changes(checkpoint=_answered(resource, made.location, made))


def refused(resource: WordCount, why: str) -> CheckpointStatus:
    """Return the record with the answer that the requested savepoint will not be made."""
    return _answered(resource, f"failed: {why}")


def _answered(resource: WordCount, result: str, *made: Snapshot) -> CheckpointStatus:
    record = resource.status.checkpoint
    return record.model_copy(
        update={
            "last_savepoint_request": resource.savepoint_request,
            "last_savepoint_result": result,
            "savepoints": [*record.savepoints, *made],
        }
    )
