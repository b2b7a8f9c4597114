"""Decides what to do about a resource now: which status to write and which actions to apply."""

from dataclasses import replace
from datetime import datetime

from wordcount_operator.api.v1alpha1 import Restarts
from wordcount_operator.engines.base import Engine
from wordcount_operator.model.job import Problem, Stage
from wordcount_operator.model.plan import Plan
from wordcount_operator.model.reads import Observed
from wordcount_operator.model.resource import WordCount
from wordcount_operator.model.timestamps import seconds_since
from wordcount_operator.planning import attempts, state_retention, upgrades
from wordcount_operator.planning.attempts import TERMINAL_STAGES, submit_may_be_in_flight
from wordcount_operator.planning.context import (
    REQUEUE_FAST,
    REQUEUE_IDLE,
    REQUEUE_RUNNING,
    Changes,
    Context,
)
from wordcount_operator.planning.drift import base_objects_drift
from wordcount_operator.planning.fencing import OverduePod, overdue_pod
from wordcount_operator.planning.savepoints import newest_checkpoint, serve_request
from wordcount_operator.planning.status import report


def decide(resource: WordCount, engine: Engine, observed: Observed, now: datetime) -> Plan:
    """Return what to do about the resource now."""
    context = Context(resource, engine, observed, engine.job_state(resource, observed), now)
    if resource.deleting:
        return _plan(context, delete(context))
    proven = what_is_proven(context)
    return _plan(context, next_changes(context.with_changes(proven)).on_top_of(proven))


def rejected(context: Context) -> Plan:
    """Return the plan after the engine refused to start the attempt: no later read would show that."""
    changes = attempts.failed(context, context.attempt) if context.attempt else Changes()
    return Plan(report(context, changes), requeue_after=changes.requeue_after)


def blocked(context: Context, sentence: str) -> Plan:
    """Return the plan after the API server refused a request: wait for a person, and retry now and then."""
    changes = Changes(problem=Problem("Refused", sentence[:500]), requeue_after=REQUEUE_IDLE)
    return Plan(report(context, changes), requeue_after=changes.requeue_after)


def what_is_proven(context: Context) -> Changes:
    """Return what the observations prove by themselves, whatever is decided next."""
    progress = upgrades.record_progress(context)
    return replace(
        progress, restarts=clear_exhausted_after_edit(context), checkpoint=newest_checkpoint(context)
    )


def clear_exhausted_after_edit(context: Context) -> Restarts | None:
    """Return the record that allows attempts again, if a person edited the spec since they were used up."""
    restarts = context.status.restarts
    if not restarts.exhausted or context.status.observed_generation == context.resource.generation:
        return None
    return restarts.model_copy(update={"exhausted": False})


def delete(context: Context) -> Changes:
    """Return the next step of a deletion: end the run, remove what it left, then the state."""
    attempt, stage = context.attempt, context.job.stage
    if attempt is not None and stage is Stage.ABSENT and submit_may_be_in_flight(attempt, context.now):
        return Changes(
            message="waits for a submit that may be under way, so that no job outlives its resource"
        )
    # What a run uses is not removed under it: without executors a driver cannot finish its batch.
    ended = stage in TERMINAL_STAGES
    ends = context.leftovers.attempt if ended else context.engine.stop(context.resource, context.observed)
    actions = ends or context.leftovers.cluster
    if actions or not ended:
        return Changes(actions=actions)
    return state_retention.deletion(context)


def next_changes(context: Context) -> Changes:
    """Return the next step of a resource that is to stay, with its problem and its maintenance."""
    changes = next_step(context)
    if context.problem and not context.spec.suspend:
        changes = replace(changes, problem=context.problem)
    if changes.alter(context.status, "attempt", "checkpoint"):
        return changes
    extra = maintenance(context)
    return replace(changes, checkpoint=extra.checkpoint, maintenance=extra.maintenance)


def next_step(context: Context) -> Changes:
    """Return the next step of the attempt's life."""
    attempt, suspend = context.attempt, context.spec.suspend
    if attempt is None or attempt.intent == "Ended":
        if context.job.stage is Stage.UNKNOWN or (context.problem and not suspend):
            return Changes(requeue_after=REQUEUE_RUNNING)
        return no_active_attempt(context)
    if attempt.intent in ("Stopping", "Aborting"):
        return attempts.continue_ending(context, attempt)
    # A spec that cannot work replaces nothing: what runs goes on.
    if suspend or (context.edited and not context.problem):
        return attempts.end(context, attempt)
    if upgrade := upgrades.rollback(context):
        return Changes(upgrade=upgrade)
    return attempts.keep_running(context, attempt)


def no_active_attempt(context: Context) -> Changes:
    """Clean up after the last attempt, then wait, stay suspended, or start the next one."""
    attempt = context.attempt
    leftovers = context.leftovers.attempt if attempt else ()
    if leftovers or (attempt and submit_may_be_in_flight(attempt, context.now)):
        return Changes(actions=leftovers)
    if context.spec.suspend:
        return suspended(context)
    if upgrade := upgrades.rollback(context):
        return Changes(upgrade=upgrade)
    return attempts.start(context) if context.edited else retry(context)


def suspended(context: Context) -> Changes:
    """Remove what a suspended resource does not need; neither backoff nor deadline go on meanwhile."""
    actions = context.leftovers.cluster
    cleared = {"next_attempt_time": "", "exhausted": False}
    return Changes(
        restarts=context.status.restarts.model_copy(update=cleared),
        upgrade=context.status.upgrade.model_copy(update={"start_time": ""}),
        actions=actions,
        requeue_after=REQUEUE_FAST if actions else REQUEUE_IDLE,
    )


def retry(context: Context) -> Changes:
    """Start the same spec again once its backoff is over, unless it is not tried any more."""
    restarts = context.status.restarts
    if restarts.exhausted:
        return Changes(requeue_after=REQUEUE_IDLE)
    wait = -seconds_since(restarts.next_attempt_time, context.now)
    if wait > 0:
        return Changes(actions=base_objects_drift(context), requeue_after=min(wait, REQUEUE_IDLE))
    return attempts.start(context)


def maintenance(context: Context) -> Changes:
    """Return what to do beside a run: serve a savepoint request, then remove expired state."""
    if context.job.stage is Stage.RUNNING:
        served = serve_request(context)
        return served if served != Changes() else state_retention.retention(context)
    idle = context.attempt is None or context.attempt.intent == "Ended"
    return state_retention.retention(context) if idle else Changes()


def _plan(context: Context, changes: Changes) -> Plan:
    """Return the plan that carries the changes out, with a pod that should be gone and is not."""
    pod = _blocking_pod(context)
    status = report(context, changes, pod.sentence if pod else "")
    # An intent is stored before its act. If no intent changes, the result of the actions is reported together
    # with it.
    before = changes.alter_intent(context.status)
    return Plan(
        status_before=status if before else None,
        actions=(*(pod.removal if pod else ()), *changes.actions),
        status_after=None if before else status,
        maintenance=changes.maintenance,
        requeue_after=changes.requeue_after,
        finished=changes.finished,
    )


def _blocking_pod(context: Context) -> OverduePod | None:
    # A running job does not wait for another pod: Spark has replaced an executor that cannot be reached.
    if context.job.stage is Stage.RUNNING:
        return None
    return overdue_pod(context.resource, context.leftovers.terminating, context.now)
