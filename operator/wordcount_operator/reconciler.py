"""One pass over one resource: read all, decide purely, write the status, then act; never names an engine."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from pydantic import ValidationError

from wordcount_operator import metrics
from wordcount_operator.adapters import Adapters
from wordcount_operator.adapters.http import RequestRejected
from wordcount_operator.adapters.kube import ApiError
from wordcount_operator.api import GROUP, KIND, VERSION, validation
from wordcount_operator.api.v1alpha1 import Spec, Status, StreamingWordCount
from wordcount_operator.engines import ENGINES
from wordcount_operator.engines.base import Engine
from wordcount_operator.model.actions import Action, Create, Delete, HttpRequest, Patch
from wordcount_operator.model.objects import (
    CONFIRM_GONE_ANNOTATION,
    MINIMAL_SPEC,
    SAVEPOINT_ANNOTATION,
    Manifest,
    Ref,
)
from wordcount_operator.model.plan import Plan
from wordcount_operator.model.reads import Observed
from wordcount_operator.model.resource import WordCount
from wordcount_operator.planning import savepoints, state_retention
from wordcount_operator.planning import status as report
from wordcount_operator.planning.decide import blocked, decide, rejected
from wordcount_operator.planning.timestamps import to_rfc3339
from wordcount_operator.planning.upgrades import with_effective_spec

log = logging.getLogger("wordcount_operator")
_WARNING_PHASES = ("Stalled", "Failed", "BackingOff", "Degraded")


async def reconcile(ports: Adapters, namespace: str, name: str, images: Mapping[str, str]) -> Plan | None:
    """One pass; the plan that it carried out, or None where the resource is gone.

    Raises ConflictError (somebody changed the resource meanwhile; nothing was written or done), ApiError, CallRefused.
    """
    raw = await ports.kube.get(_ref(namespace, name))
    if raw is None:
        return None
    try:
        resource = read(raw, images)
    except ValidationError:
        if "deletionTimestamp" not in raw["metadata"]:
            return await _unreadable(ports, raw)
        # What runs is on record in the status, and the state stays.
        resource = read({**raw, "spec": {**MINIMAL_SPEC, "engine": raw["spec"]["engine"]}}, images)
    engine = ENGINES[resource.spec.engine]
    try:
        observed = await observe(ports, resource, engine)
    except ApiError as error:
        if not error.final:
            raise
        plan = blocked(resource, f"what runs cannot be looked at: {error}", datetime.now(UTC))
        await _record(ports, resource, plan.status)
        return plan
    return await _carry_out(ports, resource, decide(resource, engine, observed, datetime.now(UTC)), images)


async def _carry_out(
    ports: Adapters, resource: WordCount, plan: Plan, images: Mapping[str, str]
) -> Plan | None:
    """Writes the status and runs the actions; the plan, or what a refusal made of it."""
    # An intent is stored before its act; where no intent changes, what the act met is told together with it.
    before, after = resource.status, plan.status
    intent_first = (after.attempt, after.checkpoint, after.upgrade) != (
        before.attempt,
        before.checkpoint,
        before.upgrade,
    )
    if intent_first:
        await _record(ports, resource, plan.status)
    for action in plan.actions:
        kind = type(action).__name__
        log.info("%s: %s", describe(action), action.because, extra=_fields(resource, kind))
        try:
            await ports.apply(action)
        except (RequestRejected, ApiError) as refusal:
            return await _refused(ports, resource, action, refusal, images)
        about = _ref(resource.namespace, resource.name)
        await record_event(
            ports, about, resource.uid, "Normal", kind, f"{describe(action)}: {action.because}"
        )
    if not intent_first:
        await _record(ports, resource, plan.status)
    for action in plan.maintenance:
        await _apply_maintenance(ports, resource, action, images)
    return plan


async def _apply_maintenance(
    ports: Adapters, resource: WordCount, action: Action, images: Mapping[str, str]
) -> None:
    """Runs an action beside the run; a refusal is logged, and answers a savepoint that will never be made."""
    about = _fields(resource, type(action).__name__)
    log.info("%s: %s", describe(action), action.because, extra=about)
    try:
        await ports.apply(action)
    except (RequestRejected, ApiError) as refusal:
        log.warning("%s was refused: %s", describe(action), refusal, extra=about)
        raw = await ports.kube.get(_ref(resource.namespace, resource.name))
        if isinstance(action, HttpRequest) and refusal.final and raw is not None:
            resource = read(raw, images)
            answered = resource.status.model_copy(
                update={"checkpoint": savepoints.refused(resource, str(refusal))}
            )
            await _record(ports, resource, answered)


async def _refused(
    ports: Adapters,
    resource: WordCount,
    action: Action,
    refusal: RequestRejected | ApiError,
    images: Mapping[str, str],
) -> Plan | None:
    """A refusal that the same act would meet again goes into the status; any other raises, to be tried again.

    A beginning that the engine refused for good ends the attempt; an object that the API server refuses waits for a person.
    """
    if not refusal.final or (isinstance(action, HttpRequest) and not action.already_done_url):
        raise refusal
    raw = await ports.kube.get(_ref(resource.namespace, resource.name))
    if raw is None:
        return None
    resource = read(raw, images)
    if isinstance(action, HttpRequest):
        if resource.status.attempt is None or resource.status.attempt.intent != "Submitted":
            raise refusal
        plan = rejected(
            resource, ENGINES[resource.spec.engine].submit_rejected(resource, str(refusal)), datetime.now(UTC)
        )
    elif resource.deleting and isinstance(refusal, ApiError) and refusal.namespace_goes:
        # What was to be made would only have removed state; the resource goes without that.
        plan = Plan(resource.status, done=True)
    else:
        plan = blocked(resource, f"{describe(action)}: {refusal}", datetime.now(UTC))
    await _record(ports, resource, plan.status)
    return plan


def _ref(namespace: str, name: str) -> Ref:
    return Ref(f"{GROUP}/{VERSION}", KIND, namespace, name)


def read(raw: Manifest, images: Mapping[str, str]) -> WordCount:
    """The resource as the operator works with it; raises ValidationError where its spec cannot be read."""
    spec: Spec = StreamingWordCount.model_validate(raw).spec
    meta = raw["metadata"]
    block = getattr(spec, spec.engine)
    asked = WordCount(
        namespace=meta["namespace"],
        name=meta["name"],
        uid=meta["uid"],
        generation=meta.get("generation", 0),
        spec=spec,
        status=Status.model_validate(raw.get("status") or {}),
        image=(block and block.image) or images[spec.engine],
        deleting_since=meta.get("deletionTimestamp", ""),
        resource_version=meta.get("resourceVersion", ""),
        confirmed_gone_uid=meta.get("annotations", {}).get(CONFIRM_GONE_ANNOTATION, ""),
        savepoint_request=meta.get("annotations", {}).get(SAVEPOINT_ANNOTATION, ""),
    )
    return with_effective_spec(asked)


async def observe(ports: Adapters, resource: WordCount, engine: Engine) -> Observed:
    """Looks until the engine asks for nothing new."""
    observed = Observed(await ports.read(state_retention.reads(resource)))
    while new := observed.unanswered(engine.reads(resource, observed)):
        observed = observed.including(await ports.read(new))
    return observed


async def _record(ports: Adapters, resource: WordCount, status: Status) -> None:
    """Writes the status if it changed, and an event if the phase or its reason did."""
    if status == resource.status:
        return
    # None goes out as null: in a merge patch that is how a field is removed.
    body = status.model_dump(by_alias=True)
    await ports.kube.write_status(resource.namespace, resource.name, resource.resource_version, body)
    if (status.phase, status.message) != (resource.status.phase, resource.status.message):
        kind = "Warning" if status.phase in _WARNING_PHASES else "Normal"
        # The attempt is the one that this status speaks of, not the one before it.
        log.info("%s: %s", status.phase, status.message, extra=_fields(replace(resource, status=status)))
        await record_event(
            ports, _ref(resource.namespace, resource.name), resource.uid, kind, status.phase, status.message
        )


async def _unreadable(ports: Adapters, raw: Manifest) -> Plan:
    """A spec that an older version let in: say which field, touch nothing."""
    meta = raw["metadata"]
    sentence = validation.first_error(raw)
    before = Status.model_validate(raw.get("status") or {})
    status = report.unreadable(before, meta.get("generation", 0), sentence, datetime.now(UTC))
    if status != before:
        body = status.model_dump(by_alias=True)
        await ports.kube.write_status(meta["namespace"], meta["name"], meta["resourceVersion"], body)
        attempt = status.attempt.id if status.attempt else ""
        extra = metrics.fields(meta["namespace"], meta["name"], attempt)
        log.info("%s: %s", status.phase, sentence, extra=extra)
        about = _ref(meta["namespace"], meta["name"])
        await record_event(ports, about, meta["uid"], "Warning", status.phase, sentence)
    return Plan(status)


def describe(action: Action) -> str:
    """The action in words, such as `Create Pod bible-driver`."""
    match action:
        case Create(manifest) | Patch(manifest):
            return f"{type(action).__name__} {Ref.of(manifest)}"
        case Delete(ref):
            return f"Delete {ref}"
        case _:
            return f"{action.method} {action.url}"


def _fields(resource: WordCount, action: str = "") -> dict[str, str]:
    attempt = resource.status.attempt.id if resource.status.attempt else ""
    return metrics.fields(resource.namespace, resource.name, attempt, action)


async def record_event(ports: Adapters, about: Ref, uid: str, kind: str, reason: str, message: str) -> None:
    """Posts an event; one that cannot be posted is only logged, because it changes nothing."""
    now = to_rfc3339(datetime.now(UTC))
    event = {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"generateName": f"{about.name}.", "namespace": about.namespace},
        "involvedObject": {
            "apiVersion": about.api_version,
            "kind": about.kind,
            "namespace": about.namespace,
            "name": about.name,
            "uid": uid,
        },
        "type": kind,
        "reason": reason,
        "message": message[:1000],
        "source": {"component": "streaming-wordcount-operator"},
        "firstTimestamp": now,
        "lastTimestamp": now,
        "count": 1,
    }
    try:
        await ports.kube.event(event)
    except Exception as error:
        about_it = metrics.fields(about.namespace, about.name, action="Event")
        log.warning("an event could not be posted: %s", error, extra=about_it)
