"""A savepoint that a person asked for by an annotation: each word of it is served once; never one that an engine did not finish."""

from datetime import datetime

from wordcount_operator.api.v1alpha1 import CheckpointStatus, Snapshot
from wordcount_operator.engines.base import Engine
from wordcount_operator.model.actions import Action
from wordcount_operator.model.reads import Observed
from wordcount_operator.model.resource import WordCount
from wordcount_operator.planning.timestamps import to_rfc3339


def serve_request(
    resource: WordCount, engine: Engine, observed: Observed, now: datetime
) -> tuple[CheckpointStatus, tuple[Action, ...]]:
    """The record after this pass, and what to do for the savepoint that is due; only for a run that counts."""
    record, attempt = resource.status.checkpoint, resource.status.attempt
    if not resource.savepoint_due or attempt is None or attempt.intent != "Running":
        return record, ()
    told = engine.savepoint(resource, observed)
    if told.failure:
        return refused(resource, told.failure), ()
    if not told.location:
        return record, told.actions
    made = Snapshot(
        id=told.location.rpartition("/")[2],
        completion_time=to_rfc3339(now),
        location=told.location,
        origin="manual",
    )
    update = {
        "last_savepoint_request": resource.savepoint_request,
        "last_savepoint_result": made.location,
        "savepoints": [*record.savepoints, made],
    }
    return record.model_copy(update=update), ()


def refused(resource: WordCount, why: str) -> CheckpointStatus:
    """The record where there will be no such savepoint."""
    return resource.status.checkpoint.model_copy(
        update={
            "last_savepoint_request": resource.savepoint_request,
            "last_savepoint_result": f"failed: {why}",
        }
    )
