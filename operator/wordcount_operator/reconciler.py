"""Reconciles one resource: read, observe, decide, carry out."""

import logging
from datetime import UTC, datetime

from pydantic import ValidationError

from wordcount_operator.adapters import Adapters
from wordcount_operator.adapters.http import RequestRejected
from wordcount_operator.adapters.kube import ApiError
from wordcount_operator.engines import ENGINES
from wordcount_operator.model.actions import Action, HttpRequest, describe, kind_of
from wordcount_operator.model.job import JobState, Stage
from wordcount_operator.model.objects import MINIMAL_SPEC
from wordcount_operator.model.plan import Plan
from wordcount_operator.model.reads import Observed
from wordcount_operator.model.resource import WordCount
from wordcount_operator.planning import savepoints
from wordcount_operator.planning.context import Context
from wordcount_operator.planning.decide import blocked, decide, rejected
from wordcount_operator.reading import Images, observe, read, ref_of, reread
from wordcount_operator.recording import log_fields, record, record_action, record_unreadable

log = logging.getLogger("wordcount_operator")


async def reconcile(adapters: Adapters, namespace: str, name: str, images: Images) -> Plan | None:
    """Return the plan that was carried out, or None if the resource is gone.

    Raises ConflictError (somebody changed the resource meanwhile; nothing was written or done), ApiError and
    RequestRejected.
    """
    raw = await adapters.kube.get(ref_of(namespace, name))
    if raw is None:
        return None
    try:
        resource = read(raw, images)
    except ValidationError:
        if "deletionTimestamp" not in raw["metadata"]:
            return await record_unreadable(adapters, raw)
        # What runs is on record in the status, and the state stays.
        resource = read({**raw, "spec": {**MINIMAL_SPEC, "engine": raw["spec"]["engine"]}}, images)
    engine = ENGINES[resource.spec.engine]
    try:
        observed = await observe(adapters, resource, engine)
    except ApiError as error:
        if not error.final:
            raise
        return await _stall(adapters, resource, f"what runs cannot be read: {error}")
    plan = decide(resource, engine, observed, datetime.now(UTC))
    return await carry_out(adapters, resource, plan, images)


async def carry_out(adapters: Adapters, resource: WordCount, plan: Plan, images: Images) -> Plan | None:
    """Write the status and apply the actions in the plan's order.

    Return the plan, or what a refusal made of it.
    """
    await record(adapters, resource, plan.status_before)
    for action in plan.actions:
        try:
            await _apply(adapters, resource, action)
        except (RequestRejected, ApiError) as refusal:
            if not _is_lasting(action, refusal):
                raise
            latest = await reread(adapters, resource, images)
            return await _refused(adapters, latest, action, refusal) if latest else None
        await record_action(adapters, resource, action)
    await record(adapters, resource, plan.status_after)
    for action in plan.maintenance:
        await _maintain(adapters, resource, action, images)
    return plan


async def _apply(adapters: Adapters, resource: WordCount, action: Action) -> None:
    fields = log_fields(resource, kind_of(action))
    log.info("%s: %s", describe(action), action.because, extra=fields)
    await adapters.apply(action)


async def _maintain(adapters: Adapters, resource: WordCount, action: Action, images: Images) -> None:
    """Apply an action beside the run.

    Its refusal is logged, and answers a savepoint that will never be made.
    """
    try:
        await _apply(adapters, resource, action)
    except (RequestRejected, ApiError) as refusal:
        fields = log_fields(resource, kind_of(action))
        log.warning("%s was refused: %s", describe(action), refusal, extra=fields)
        latest = await reread(adapters, resource, images)
        if isinstance(action, HttpRequest) and refusal.final and latest is not None:
            answer = {"checkpoint": savepoints.refused(latest, str(refusal))}
            await record(adapters, latest, latest.status.model_copy(update=answer))


def _is_lasting(action: Action, refusal: RequestRejected | ApiError) -> bool:
    """Return whether a retry would be refused too.

    Any other refusal is raised, so that the action is retried.
    """
    return refusal.final and not (isinstance(action, HttpRequest) and not action.already_done_url)


async def _refused(
    adapters: Adapters, resource: WordCount, action: Action, refusal: RequestRejected | ApiError
) -> Plan:
    """Put a lasting refusal into the status.

    A start that the engine refused ends the attempt. An object that the API server refused waits for a
    person.
    """
    if isinstance(action, HttpRequest):
        if resource.status.attempt is None or resource.status.attempt.intent != "Submitted":
            raise refusal
        job = ENGINES[resource.spec.engine].submit_rejected(resource, str(refusal))
        return await _report(adapters, rejected(_without_reads(resource, job)), resource)
    if resource.deleting and isinstance(refusal, ApiError) and refusal.namespace_terminating:
        # The object would only have removed state; the resource goes without that.
        return Plan(resource.status, finished=True)
    return await _stall(adapters, resource, f"{describe(action)}: {refusal}")


async def _stall(adapters: Adapters, resource: WordCount, sentence: str) -> Plan:
    context = _without_reads(resource, JobState(Stage.ABSENT))
    return await _report(adapters, blocked(context, sentence), resource)


async def _report(adapters: Adapters, plan: Plan, resource: WordCount) -> Plan:
    await record(adapters, resource, plan.status)
    return plan


def _without_reads(resource: WordCount, job: JobState) -> Context:
    return Context(resource, ENGINES[resource.spec.engine], Observed(), job, datetime.now(UTC))
