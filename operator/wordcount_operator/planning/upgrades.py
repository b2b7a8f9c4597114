"""Decides whose state the run after an edit uses, when a spec is good, and when it is rolled back.

A spec is good once a run on it has finished a checkpoint. Until then the last good spec and the state that it
left are kept. If the new spec fails, both are restored.
"""

import json
from dataclasses import replace

from pydantic import ValidationError

from wordcount_core.causes import Cause
from wordcount_operator.api.field_effects import FieldEffect, fields_with, merged
from wordcount_operator.api.rules import seconds
from wordcount_operator.api.v1alpha1 import Attempt, CheckpointStatus, LastGood, Spec, UpgradeStatus
from wordcount_operator.model.job import JobState
from wordcount_operator.model.resource import Revision, WordCount
from wordcount_operator.model.timestamps import seconds_since, to_rfc3339
from wordcount_operator.planning.context import Changes, Context

MAX_KEPT_SPEC = 200_000
"""Characters of a spec that is kept for a roll-back; the API server takes 1.5 MB for a whole resource."""
_RECORDED_FOR_GOOD = (
    "highest_generation",
    "savepoints",
    "retained_runs",
    "last_savepoint_request",
    "last_savepoint_result",
)
"""Parts of a checkpoint's record that a return to older state does not undo."""


def with_effective_spec(resource: WordCount) -> WordCount:
    """Return the resource with the revision that it was rolled back to, if what the user wrote has failed."""
    return replace(resource, rolled_back_to=_revision_in_force(resource))


def _revision_in_force(resource: WordCount) -> Revision | None:
    failed, last_good = resource.status.upgrade.failed_hash, resource.status.upgrade.last_good
    if last_good is None or failed != resource.written_hash:
        return None
    written = resource.spec.model_dump(by_alias=True, exclude_defaults=True)
    free = fields_with(written, FieldEffect.NOTHING)
    try:
        spec = Spec.model_validate(merged(json.loads(last_good.spec), free))
    except ValidationError:  # written by another version; what the user wrote can at least be read
        return None
    return Revision(spec, last_good.image)


def record_progress(context: Context) -> Changes:
    """Return what the observations prove: that the attempt made progress, and with it its spec."""
    attempt, upgrade = context.attempt, context.status.upgrade
    if upgrade.failed_hash and not context.resource.rolled_back:
        upgrade = upgrade.model_copy(update={"failed_hash": "", "message": ""})
    if attempt is None or not context.job.heartbeat:
        return Changes(upgrade=upgrade)
    known = upgrade.last_good and upgrade.last_good.spec_hash == attempt.spec_hash
    if not known and not context.edited:
        upgrade = upgrade.model_copy(update={"last_good": _last_good(context.resource), "start_time": ""})
    return Changes(attempt=attempt.model_copy(update={"made_progress": True}), upgrade=upgrade)


def _last_good(resource: WordCount) -> LastGood | None:
    spec = json.dumps(resource.run_spec)
    if len(spec) > MAX_KEPT_SPEC:
        return None
    return LastGood(
        spec_hash=resource.spec_hash,
        generation=resource.generation,
        image=resource.effective_image,
        spec=spec,
    )


def rollback(context: Context) -> UpgradeStatus | None:
    """Return the record of a roll-back if the spec that is being tried has failed, else None."""
    resource, upgrade, rules = context.resource, context.status.upgrade, context.spec.upgrade
    if context.attempt is None or context.attempt.made_progress or context.edited:
        return None
    if not rules.rollback or upgrade.last_good is None or upgrade.last_good.spec_hash == resource.spec_hash:
        return None
    overdue = bool(upgrade.start_time) and seconds_since(upgrade.start_time, context.now) >= seconds(
        rules.progress_deadline
    )
    if not (overdue or context.status.restarts.exhausted):
        return None
    why = f"no checkpoint was finished on it within {rules.progress_deadline}" if overdue else "it cannot run"
    message = (
        f"generation {resource.generation} of the spec was rolled back to generation"
        f" {upgrade.last_good.generation}: {why}{_last_failure(context)}; edit the spec to try again"
    )
    return upgrade.model_copy(update={"failed_hash": resource.spec_hash, "message": message})


def _last_failure(context: Context) -> str:
    restarts = context.status.restarts
    return f" ({restarts.last_reason}: {restarts.last_message})" if restarts.in_a_row else ""


def upgrade_started(context: Context) -> UpgradeStatus:
    """Return the record as the next attempt begins.

    If that leaves a good spec, the spec's state is kept with it.
    """
    resource, before, upgrade = context.resource, context.attempt, context.status.upgrade
    if before is None or upgrade.last_good is None:
        return upgrade
    last_good = upgrade.last_good
    if context.edited and last_good.spec_hash == before.spec_hash:
        last_good = last_good.model_copy(update={"checkpoint": context.status.checkpoint})
    # Time in suspension does not count: suspending has cleared the old start time.
    keeps_time = upgrade.start_time and not context.edited
    start_time = upgrade.start_time if keeps_time else to_rfc3339(context.now)
    going_back = last_good.spec_hash == resource.spec_hash
    return upgrade.model_copy(update={"last_good": last_good, "start_time": "" if going_back else start_time})


def state_for_next_attempt(context: Context) -> CheckpointStatus:
    """Return the state that the next attempt works on: a new generation if old counts cannot be continued."""
    resource, current = context.resource, _state_to_continue(context)
    if _starts_from_zero(context) or current.state_hash not in ("", resource.state_hash):
        number = current.highest_generation + 1
        new = {"generation": number, "highest_generation": number, "latest": None}
        current = current.model_copy(update=new)
    current = current.model_copy(update={"state_hash": resource.state_hash})
    moved = context.with_changes(Changes(checkpoint=current)).resource
    return current.model_copy(update={"location": moved.state_path})


def _state_to_continue(context: Context) -> CheckpointStatus:
    """Return the current state, or the one that is kept with the last good spec.

    The next attempt does not use the state of a spec that was never good. After a roll-back it does not use
    state of a generation that the failed spec started. Another attempt on the same spec continues from the
    newest state.
    """
    current, before, last_good = context.status.checkpoint, context.attempt, context.status.upgrade.last_good
    kept = last_good.checkpoint if last_good else None
    if before is None or kept is None or not context.edited:
        return current
    left = context.resource.rolled_back and current.generation != kept.generation
    if before.made_progress and not left:
        return current
    return kept.model_copy(update={name: getattr(current, name) for name in _RECORDED_FOR_GOOD})


def _starts_from_zero(context: Context) -> bool:
    """Return whether a person edited the spec and wants no old counts.

    If only the image differs, because an operator's upgrade brought a new default, then nobody edited
    anything.
    """
    resource, before = context.resource, context.attempt
    if before is None or context.spec.upgrade.mode != "stateless" or resource.rolled_back:
        return False
    return resource.hash_with(before.image or resource.effective_image) != before.spec_hash


def stalled(context: Context, attempt: Attempt) -> JobState | None:
    """Return the failure of a run that exists and makes no progress; None if it does, or if it never has."""
    spec, job = context.spec, context.job
    # After a roll-back the interval is the old spec's, so no rule has compared the two.
    limit = max(seconds(spec.restart.stalled_after), 2 * seconds(spec.checkpoint.interval))
    signs = (
        job.heartbeat,
        context.status.progress.last_heartbeat_time,
        attempt.first_progress_time,
        attempt.start_time,
    )
    if attempt.intent != "Running" or min(seconds_since(sign, context.now) for sign in signs) < limit:
        return None
    why = f" ({f'{job.cause}: ' if job.cause else ''}{job.message})" if job.message else ""
    message = f"no checkpoint was finished for {limit:g}s{why}; restarted from the last one"
    # The consequence does not hide the cause that a person has to fix.
    cause = job.cause if job.cause is Cause.STATE_UNAVAILABLE else Cause.STALLED
    return replace(job, cause=cause, message=message)
