"""Writes the status from what was decided and observed."""

from collections.abc import Callable
from datetime import datetime

from wordcount_operator.api.v1alpha1 import Links, Status
from wordcount_operator.model.job import Stage
from wordcount_operator.planning import conditions
from wordcount_operator.planning.context import Changes, Context
from wordcount_operator.planning.phases import STALLED, Facts, Phase, phase
from wordcount_operator.planning.progress import progress


def report(context: Context, changes: Changes, unfenced: str = "") -> Status:
    """Return the whole status after this reconcile.

    `unfenced` is a sentence about a pod that may still write although it should not.
    """
    resource, status = context.resource, changes.applied_to(context.status)
    facts = Facts(
        context.job, status, changes.problem, context.spec.suspend, resource.deleting, resource.rolled_back
    )
    result = phase(facts)
    message = unfenced or _message(result, facts)
    verdicts = [
        *conditions.kstatus(result, _reason(result, facts), message),
        conditions.checkpoint_fresh(context, status.attempt),
        conditions.exactly_once(context.spec),
        conditions.fenced(unfenced),
    ]
    return status.model_copy(
        update={
            "observed_generation": resource.generation,
            "phase": result.name,
            "message": unfenced or changes.message or message,
            "conditions": conditions.merge(status.conditions, verdicts, resource.generation, context.now),
            "engine": context.spec.engine,
            "progress": progress(status.progress, context.job, context.now),
            "links": Links(ui=context.job.ui),
        }
    )


def unreadable(before: Status, generation: int, sentence: str, now: datetime) -> Status:
    """Return the status of a resource whose spec this version cannot read; all that was recorded stays."""
    verdicts = conditions.kstatus(STALLED, "InvalidSpec", sentence)
    return before.model_copy(
        update={
            "observed_generation": generation,
            "phase": STALLED.name,
            "message": sentence,
            "conditions": conditions.merge(before.conditions, verdicts, generation, now),
        }
    )


def _message(result: Phase, facts: Facts) -> str:
    if facts.problem:
        return facts.problem.sentence
    if result.name in _MESSAGES:
        return _MESSAGES[result.name](result, facts)
    return _next_attempt(facts) if _waits_for_attempt(result, facts) else _from_job(result, facts)


def _waits_for_attempt(result: Phase, facts: Facts) -> bool:
    return bool(facts.restarts.next_attempt_time) and result.name in ("BackingOff", "Stalled")


def _next_attempt(facts: Facts) -> str:
    restarts = facts.restarts
    return f"{restarts.last_reason}: {restarts.last_message}; next attempt at {restarts.next_attempt_time}"


def _failed(_: Phase, facts: Facts) -> str:
    restarts = facts.restarts
    return f"{restarts.last_reason}: {restarts.last_message}; not tried again until the spec changes"


def _suspended(result: Phase, facts: Facts) -> str:
    place = facts.status.checkpoint.location
    return f"{result.meaning} at {place}" if place else result.meaning


def _deleting(result: Phase, facts: Facts) -> str:
    job = facts.job
    waits = job.message and job.stage in (Stage.UNKNOWN, Stage.STARTING, Stage.STOPPING)
    return f"{result.meaning}: {job.message}" if waits else result.meaning


def _from_job(result: Phase, facts: Facts) -> str:
    job = facts.job
    if job.stage is Stage.ABSENT:
        return result.meaning
    return f"{job.cause}: {job.message}" if job.cause else job.message or result.meaning


_MESSAGES: dict[str, Callable[[Phase, Facts], str]] = {
    "Failed": _failed,
    "RolledBack": lambda _, facts: facts.status.upgrade.message,
    "Suspended": _suspended,
    "Deleting": _deleting,
    "Running": lambda result, _: result.meaning,
}
"""What each of these phases says; any other says what its job or its next attempt is."""


def _reason(result: Phase, facts: Facts) -> str:
    if facts.problem:
        return facts.problem.reason
    if result.name == "Failed" or _waits_for_attempt(result, facts):
        return facts.restarts.last_reason
    return facts.job.cause.value if facts.job.cause and not result.ready else result.name
