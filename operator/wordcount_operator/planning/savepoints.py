"""A savepoint that a person asked for by an annotation: each word of it is served once; never one that an engine did not finish."""

from datetime import datetime

from wordcount_operator.api.v1alpha1 import CheckpointStatus, Latest
from wordcount_operator.domain import Action, App, Seen
from wordcount_operator.engines.base import Engine
from wordcount_operator.planning.timestamps import stamp


def saving(
    app: App, engine: Engine, seen: Seen, now: datetime
) -> tuple[CheckpointStatus, tuple[Action, ...]]:
    """The record after this pass, and what to do for the savepoint that is due; only for a run that counts."""
    record, attempt = app.status.checkpoint, app.status.attempt
    if not app.savepoint_due or attempt is None or attempt.intent != "Running":
        return record, ()
    told = engine.savepoint(app, seen)
    if told.failure:
        return refused(app, told.failure), ()
    if not told.location:
        return record, told.actions
    made = Latest(id=told.location.rpartition("/")[2], at=stamp(now), location=told.location, origin="manual")
    update = {
        "asked": app.savepoint_asked,
        "answer": made.location,
        "savepoints": [*record.savepoints, made],
    }
    return record.model_copy(update=update), ()


def refused(app: App, why: str) -> CheckpointStatus:
    """The record where there will be no such savepoint."""
    return app.status.checkpoint.model_copy(update={"asked": app.savepoint_asked, "answer": f"failed: {why}"})
