"""The life of one attempt: it is started, kept running, ended, or it fails.

Its intent is written before the act that it names:

    (none) ──► Submitted ──► Running ──► Stopping ──► Ended ──► Submitted (the next attempt) …
                   │            ├─────► Aborting ───────┤
                   └────────────┴── over, unasked ──────┘

Stopping ends a run cleanly. Aborting ends one that hangs, or whose last checkpoint is enough.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from wordcount_core.causes import Cause
from wordcount_operator.api.rules import seconds
from wordcount_operator.api.v1alpha1 import Attempt, CheckpointStatus, Restarts
from wordcount_operator.model.actions import Action
from wordcount_operator.model.job import Stage
from wordcount_operator.model.timestamps import seconds_since, to_rfc3339
from wordcount_operator.planning import upgrades
from wordcount_operator.planning.backoff import delay
from wordcount_operator.planning.context import REQUEUE_RUNNING, Changes, Context
from wordcount_operator.planning.drift import base_objects_drift

MAX_RETAINED_RUNS = 200
"""Folders of ended runs on record: a status must not outgrow its limit in weeks of failures."""
SUBMIT_IN_FLIGHT = 90.0
"""Seconds in which a job may still appear after a submit without an answer.

An adapter waits less long for an answer.
"""
TERMINAL_STAGES = (Stage.ABSENT, Stage.ENDED, Stage.FAILED)


def start(context: Context) -> Changes:
    """Record the next attempt, with the state that it works on, and launch it if that is possible already."""
    upgrade = upgrades.upgrade_started(context)
    state = upgrades.state_for_next_attempt(context.with_changes(Changes(upgrade=upgrade)))
    recorded = Changes(upgrade=upgrade, checkpoint=_with_ended_run(context, state))
    recorded = _next_attempt(context.with_changes(recorded)).on_top_of(recorded)
    return replace(
        _launch(context.with_changes(recorded)).on_top_of(recorded), restarts=_restarts_at_start(context)
    )


def keep_running(context: Context, attempt: Attempt) -> Changes:
    """Start the run, watch it, or record that it is over although nobody asked for that."""
    stage = context.job.stage
    if stage in TERMINAL_STAGES and not (attempt.intent == "Submitted" and stage is Stage.ABSENT):
        return failed(context, attempt)
    if hung := upgrades.stalled(context, attempt):
        return _aborted(replace(context, job=hung), attempt)
    if context.problem:
        return _running(context, attempt) if stage is Stage.RUNNING else Changes()
    if stage is Stage.ABSENT:
        return _launch(context)
    fixes = base_objects_drift(context)
    return replace(_running(context, attempt) if stage is Stage.RUNNING else Changes(), actions=fixes)


def end(context: Context, attempt: Attempt) -> Changes:
    """End the run, because a person wants none or another one."""
    if context.job.stage is Stage.ABSENT and submit_may_be_in_flight(attempt, context.now):
        return Changes()
    if context.job.stage in TERMINAL_STAGES:
        return _moved(attempt, "Ended")
    keeps_state = context.spec.upgrade.mode == "savepoint" and not context.resource.rolled_back
    if context.spec.suspend or keeps_state:
        return _moved(attempt, "Stopping", context.engine.stop(context.resource, context.observed))
    return _moved(attempt, "Aborting", context.engine.abort(context.resource, context.observed))


def continue_ending(context: Context, attempt: Attempt) -> Changes:
    """Go on ending a run that is being stopped or aborted."""
    if context.job.stage in TERMINAL_STAGES:
        return _moved(attempt, "Ended")
    ends = context.engine.stop if attempt.intent == "Stopping" else context.engine.abort
    return Changes(actions=ends(context.resource, context.observed))


def failed(context: Context, attempt: Attempt) -> Changes:
    """Record that the run is over although nobody asked for it: retry after the backoff, or give up."""
    before, rules, job = context.status.restarts, context.spec.restart, context.job
    cause = job.cause or (Cause.INFRASTRUCTURE if job.stage is Stage.ABSENT else Cause.USER_CODE)
    in_a_row = 1 if _was_healthy(context, attempt) else before.in_a_row + 1
    exhausted = (
        rules.policy == "Never"
        or not cause.retried
        or (rules.max_attempts > 0 and in_a_row > rules.max_attempts)
    )
    wait = timedelta(seconds=delay(rules.backoff, in_a_row, f"{context.resource.uid}/{attempt.number}"))
    restarts = Restarts(
        count=before.count if exhausted else before.count + 1,
        in_a_row=in_a_row,
        last_reason=cause.value,
        last_message=job.message or "the run ended unexpectedly",
        next_attempt_time="" if exhausted else to_rfc3339(context.now + wait),
        exhausted=exhausted,
    )
    return replace(_moved(attempt, "Ended"), restarts=restarts)


def submit_may_be_in_flight(attempt: Attempt, now: datetime) -> bool:
    """Return whether a submit may still be under way whose answer nobody received.

    Either the operator died after it, or it took too long and was sent again. Then the answer to the second
    says nothing about the first.
    """
    unanswered = attempt.intent == "Submitted" or (
        attempt.submit_count > 1 and not attempt.first_progress_time
    )
    return bool(attempt.run_id) and unanswered and seconds_since(attempt.submit_time, now) < SUBMIT_IN_FLIGHT


def _with_ended_run(context: Context, checkpoint: CheckpointStatus) -> CheckpointStatus:
    """Return the record with the folder of checkpoints that the last attempt leaves, if any."""
    before = context.attempt
    folder = context.engine.identify(context.resource, before.number).checkpoints_folder if before else ""
    if not folder or len(checkpoint.retained_runs) >= MAX_RETAINED_RUNS:
        return checkpoint
    return checkpoint.model_copy(update={"retained_runs": [*checkpoint.retained_runs, folder]})


def _next_attempt(context: Context) -> Changes:
    resource, latest = context.resource, context.status.checkpoint.latest
    number = context.attempt.number + 1 if context.attempt else 1
    identity = context.engine.identify(resource, number)
    attempt = Attempt(
        id=f"{resource.name}-{context.status.checkpoint.generation}-{number}",
        number=number,
        start_time=to_rfc3339(context.now),
        intent="Submitted",
        spec_hash=resource.spec_hash,
        image=resource.effective_image,
        run_id=identity.run_id,
        restore_from=latest.location if latest else resource.restore_from,
    )
    return Changes(attempt=attempt, session=identity.session)


def _restarts_at_start(context: Context) -> Restarts:
    before = context.status.restarts
    in_a_row = 0 if context.attempt and context.edited else before.in_a_row
    return before.model_copy(update={"next_attempt_time": "", "exhausted": False, "in_a_row": in_a_row})


def _launch(context: Context) -> Changes:
    """Bring the base objects up to date, and launch the recorded attempt as soon as that is possible.

    The time of a submit is recorded only if the run's id was chosen in advance: such a run may come up late.
    Otherwise each try would change the record.
    """
    attempt = context.attempt
    assert attempt
    fixes = base_objects_drift(context)
    submit = context.engine.start(context.resource, attempt, context.observed)
    if submit and attempt.run_id:
        sent = {"submit_time": to_rfc3339(context.now), "submit_count": attempt.submit_count + 1}
        attempt = attempt.model_copy(update=sent)
    return Changes(attempt=attempt, actions=(*fixes, *submit))


def _running(context: Context, attempt: Attempt) -> Changes:
    healthy = {
        "intent": "Running",
        "run_id": context.job.run_id or attempt.run_id,
        "first_progress_time": attempt.first_progress_time or to_rfc3339(context.now),
    }
    return Changes(attempt=attempt.model_copy(update=healthy), requeue_after=REQUEUE_RUNNING)


def _aborted(context: Context, attempt: Attempt) -> Changes:
    """Return the failure of a run that hangs and has to be ended first."""
    abort = _moved(attempt, "Aborting", context.engine.abort(context.resource, context.observed))
    return abort.on_top_of(failed(context, attempt))


def _was_healthy(context: Context, attempt: Attempt) -> bool:
    """Return whether the run was healthy for so long that its failure is the first in a row."""
    healthy_since, needed = attempt.first_progress_time, seconds(context.spec.restart.backoff.reset_after)
    return bool(healthy_since) and seconds_since(healthy_since, context.now) >= needed


def _moved(attempt: Attempt, intent: str, actions: tuple[Action, ...] = ()) -> Changes:
    return Changes(attempt=attempt.model_copy(update={"intent": intent}), actions=actions)
