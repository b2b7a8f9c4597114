"""What becomes of an edit: whose state the next run has, when a spec is last_good, when it has failed; never a step of an attempt.

A spec is last_good when a run on it has finished a checkpoint. Until then the last last_good spec and the state that it left
are kept, and where the new one fails, both are gone back to.
"""

import json
from dataclasses import replace
from datetime import datetime

from pydantic import ValidationError

from wordcount_core.causes import Cause
from wordcount_operator.api.field_effects import FieldEffect, fields_with, merged
from wordcount_operator.api.rules import seconds
from wordcount_operator.api.v1alpha1 import Attempt, CheckpointStatus, LastGood, Spec, UpgradeStatus
from wordcount_operator.model.job import JobState
from wordcount_operator.model.resource import WordCount
from wordcount_operator.planning.timestamps import seconds_since, to_rfc3339

MAX_KEPT_SPEC = 200_000
"""Characters of a spec that is kept for going back; the API server takes 1.5 MB for a whole resource."""


def with_effective_spec(asked: WordCount) -> WordCount:
    """The resource as it is to be run: as asked, or as it last made progress where what is asked was rolled back."""
    failed, last_good = asked.status.upgrade.failed_hash, asked.status.upgrade.last_good
    if last_good is None or failed != asked.spec_hash:
        return asked
    free = fields_with(asked.spec.model_dump(by_alias=True, exclude_defaults=True), FieldEffect.NOTHING)
    try:
        spec = Spec.model_validate(merged(json.loads(last_good.spec), free))
    except ValidationError:  # written by another version; what is asked can at least be read
        return asked
    return replace(asked, spec=spec, image=last_good.image, rolled_back=True)


def record_progress(resource: WordCount, state: JobState) -> WordCount:
    """The resource with what this pass proves: that the attempt made progress, and with it its spec."""
    attempt, upgrade = resource.status.attempt, resource.status.upgrade
    if upgrade.failed_hash and not resource.rolled_back:
        upgrade = upgrade.model_copy(update={"failed_hash": "", "message": ""})
    if attempt is not None and state.heartbeat:
        attempt = attempt.model_copy(update={"made_progress": True})
        known = upgrade.last_good and upgrade.last_good.spec_hash == attempt.spec_hash
        if not known and attempt.spec_hash == resource.spec_hash:
            spec = json.dumps(resource.run_spec)
            done = LastGood(
                spec_hash=resource.spec_hash, generation=resource.generation, image=resource.image, spec=spec
            )
            kept = done if len(spec) <= MAX_KEPT_SPEC else None
            upgrade = upgrade.model_copy(update={"last_good": kept, "start_time": ""})
    return replace(
        resource, status=resource.status.model_copy(update={"attempt": attempt, "upgrade": upgrade})
    )


def rollback(resource: WordCount, now: datetime) -> UpgradeStatus | None:
    """The record of going back, where the spec that is being tried has failed; None where it has not (yet)."""
    attempt, upgrade, restarts = resource.status.attempt, resource.status.upgrade, resource.status.restarts
    if attempt is None or attempt.made_progress or attempt.spec_hash != resource.spec_hash:
        return None
    if not resource.spec.upgrade.rollback:
        return None
    if upgrade.last_good is None or upgrade.last_good.spec_hash == resource.spec_hash:
        return None
    deadline = resource.spec.upgrade.progress_deadline
    late = bool(upgrade.start_time) and seconds_since(upgrade.start_time, now) >= seconds(deadline)
    if not (late or restarts.exhausted):
        return None
    why = f"no checkpoint was finished on it within {deadline}" if late else "it cannot run"
    last = f" ({restarts.last_reason}: {restarts.last_message})" if restarts.in_a_row else ""
    message = (
        f"generation {resource.generation} of the spec was rolled back to generation {upgrade.last_good.generation}: "
        f"{why}{last}; edit the spec to try again"
    )
    return upgrade.model_copy(update={"failed_hash": resource.spec_hash, "message": message})


def upgrade_started(resource: WordCount, before: Attempt | None, now: datetime) -> UpgradeStatus:
    """The record as the attempt after `before` begins; where that leaves a last_good spec, its state is kept with it."""
    upgrade = resource.status.upgrade
    if before is None or upgrade.last_good is None:
        return upgrade
    last_good, changed = upgrade.last_good, before.spec_hash != resource.spec_hash
    if changed and last_good.spec_hash == before.spec_hash:
        last_good = last_good.model_copy(update={"checkpoint": resource.status.checkpoint})
    # A time of suspension does not count: it took the old stamp away.
    start_time = to_rfc3339(now) if changed or not upgrade.start_time else upgrade.start_time
    going_back = last_good.spec_hash == resource.spec_hash
    return upgrade.model_copy(update={"last_good": last_good, "start_time": "" if going_back else start_time})


def state_for_next_attempt(resource: WordCount, before: Attempt | None) -> CheckpointStatus:
    """The state that the attempt after `before` works on; a new generation where old counts cannot be continued.

    What a spec left behind that was never last_good is not gone on from, nor what it left in a generation of its own where
    it was rolled back. Another attempt on the same spec goes on with what the last one had, and so does one whose image
    alone is another, because an operator's upgrade brought a new default: nobody edited anything.
    """
    current, last_good = resource.status.checkpoint, resource.status.upgrade.last_good
    changed = before is not None and before.spec_hash != resource.spec_hash
    kept = last_good.checkpoint if last_good else None
    if before and changed and kept:
        left = resource.rolled_back and current.generation != kept.generation
        if left or not before.made_progress:
            recorded = (
                "highest_generation",
                "savepoints",
                "retained_runs",
                "last_savepoint_request",
                "last_savepoint_result",
            )
            current = kept.model_copy(update={name: getattr(current, name) for name in recorded})
    edited = before is not None and resource.hash_with(before.image or resource.image) != before.spec_hash
    anew = edited and resource.spec.upgrade.mode == "stateless" and not resource.rolled_back
    if anew or current.state_hash not in ("", resource.state_hash):
        number = current.highest_generation + 1
        current = current.model_copy(
            update={"generation": number, "highest_generation": number, "latest": None}
        )
    fresh = current.model_copy(update={"state_hash": resource.state_hash})
    moved = replace(resource, status=resource.status.model_copy(update={"checkpoint": fresh}))
    return fresh.model_copy(update={"location": moved.state_path})


def stalled(resource: WordCount, attempt: Attempt, state: JobState, now: datetime) -> JobState | None:
    """The failure of a run that exists and makes no progress; None where it does, or where it never has."""
    # After a roll-back the interval is the old spec's, so no rule has compared the two.
    limit = max(seconds(resource.spec.restart.stalled_after), 2 * seconds(resource.spec.checkpoint.interval))
    marks = (
        state.heartbeat,
        resource.status.progress.last_heartbeat_time,
        attempt.first_progress_time,
        attempt.start_time,
    )
    if attempt.intent != "Running" or min(seconds_since(mark, now) for mark in marks) < limit:
        return None
    why = f" ({f'{state.cause}: ' if state.cause else ''}{state.message})" if state.message else ""
    message = f"no checkpoint was finished for {limit:g}s{why}; restarted from the last one"
    # What a person has to mend is not hidden by what it led to.
    known = state.cause is Cause.STATE_UNAVAILABLE
    return replace(state, cause=state.cause if known else Cause.STALLED, message=message)
