"""One pass over one resource: read all, decide purely, write the status, then act; never names an engine."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from wordcount_operator import metrics
from wordcount_operator.adapters import Ports
from wordcount_operator.adapters.http import CallRefused
from wordcount_operator.adapters.kube import ApiError
from wordcount_operator.api import GROUP, KIND, VERSION, validation
from wordcount_operator.api.v1alpha1 import Spec, Status, StreamingWordCount
from wordcount_operator.domain import (
    CONFIRMED_ANNOTATION,
    LEAST,
    SAVEPOINT_ANNOTATION,
    Action,
    App,
    Call,
    Create,
    Delete,
    Look,
    Manifest,
    Patch,
    Plan,
    Ref,
    Seen,
)
from wordcount_operator.engines import ENGINES
from wordcount_operator.engines.base import Engine
from wordcount_operator.planning import savepoints, state_retention
from wordcount_operator.planning import status as report
from wordcount_operator.planning.decide import blocked, decide, refused
from wordcount_operator.planning.timestamps import stamp
from wordcount_operator.planning.upgrades import in_force

log = logging.getLogger("wordcount_operator")
_TROUBLE = ("Stalled", "Failed", "BackingOff", "Degraded")


async def reconcile(ports: Ports, namespace: str, name: str, images: Mapping[str, str]) -> Plan | None:
    """One pass; the plan that it carried out, or None where the resource is gone.

    Raises ConflictError (somebody changed the resource meanwhile; nothing was written or done), ApiError, CallRefused.
    """
    raw = await ports.kube.get(_ref(namespace, name))
    if raw is None:
        return None
    try:
        app = read(raw, images)
    except ValidationError:
        if "deletionTimestamp" not in raw["metadata"]:
            return await _unreadable(ports, raw)
        # What runs is on record in the status, and the state stays.
        app = read({**raw, "spec": {**LEAST, "engine": raw["spec"]["engine"]}}, images)
    engine = ENGINES[app.spec.engine]
    try:
        seen = await observe(ports, app, engine)
    except ApiError as error:
        if not error.final:
            raise
        plan = blocked(app, f"what runs cannot be looked at: {error}", datetime.now(UTC))
        await _record(ports, app, plan.status)
        return plan
    return await _carry_out(ports, app, decide(app, engine, seen, datetime.now(UTC)), images)


async def _carry_out(ports: Ports, app: App, plan: Plan, images: Mapping[str, str]) -> Plan | None:
    """Writes the status and runs the actions; the plan, or what a refusal made of it."""
    # An intent is stored before its act; where no intent changes, what the act met is told together with it.
    before, after = app.status, plan.status
    intent_first = (after.attempt, after.checkpoint, after.upgrade) != (
        before.attempt,
        before.checkpoint,
        before.upgrade,
    )
    if intent_first:
        await _record(ports, app, plan.status)
    for action in plan.actions:
        kind = type(action).__name__
        log.info("%s: %s", describe(action), action.because, extra=_fields(app, kind))
        try:
            await ports.act(action)
        except (CallRefused, ApiError) as refusal:
            return await _refused(ports, app, action, refusal, images)
        about = _ref(app.namespace, app.name)
        await _tell(ports, about, app.uid, "Normal", kind, f"{describe(action)}: {action.because}")
    if not intent_first:
        await _record(ports, app, plan.status)
    for action in plan.aside:
        await _aside(ports, app, action, images)
    return plan


async def _aside(ports: Ports, app: App, action: Action, images: Mapping[str, str]) -> None:
    """Runs an action beside the run; a refusal is logged, and answers a savepoint that will never be made."""
    about = _fields(app, type(action).__name__)
    log.info("%s: %s", describe(action), action.because, extra=about)
    try:
        await ports.act(action)
    except (CallRefused, ApiError) as refusal:
        log.warning("%s was refused: %s", describe(action), refusal, extra=about)
        raw = await ports.kube.get(_ref(app.namespace, app.name))
        if isinstance(action, Call) and refusal.final and raw is not None:
            app = read(raw, images)
            answered = app.status.model_copy(update={"checkpoint": savepoints.refused(app, str(refusal))})
            await _record(ports, app, answered)


async def _refused(
    ports: Ports, app: App, action: Action, refusal: CallRefused | ApiError, images: Mapping[str, str]
) -> Plan | None:
    """A refusal that the same act would meet again goes into the status; any other raises, to be tried again.

    A beginning that the engine refused for good ends the attempt; an object that the API server refuses waits for a person.
    """
    if not refusal.final or (isinstance(action, Call) and not action.done):
        raise refusal
    raw = await ports.kube.get(_ref(app.namespace, app.name))
    if raw is None:
        return None
    app = read(raw, images)
    if isinstance(action, Call):
        if app.status.attempt is None or app.status.attempt.intent != "Submitted":
            raise refusal
        plan = refused(app, ENGINES[app.spec.engine].refusal(app, str(refusal)), datetime.now(UTC))
    elif app.deleting and isinstance(refusal, ApiError) and refusal.namespace_goes:
        # What was to be made would only have removed state; the resource goes without that.
        plan = Plan(app.status, done=True)
    else:
        plan = blocked(app, f"{describe(action)}: {refusal}", datetime.now(UTC))
    await _record(ports, app, plan.status)
    return plan


def _ref(namespace: str, name: str) -> Ref:
    return Ref(f"{GROUP}/{VERSION}", KIND, namespace, name)


def read(raw: Manifest, images: Mapping[str, str]) -> App:
    """The resource as the operator works with it; raises ValidationError where its spec cannot be read."""
    spec: Spec = StreamingWordCount.model_validate(raw).spec
    meta = raw["metadata"]
    block = getattr(spec, spec.engine)
    asked = App(
        namespace=meta["namespace"],
        name=meta["name"],
        uid=meta["uid"],
        generation=meta.get("generation", 0),
        spec=spec,
        status=Status.model_validate(raw.get("status") or {}),
        image=(block and block.image) or images[spec.engine],
        deleting_since=meta.get("deletionTimestamp", ""),
        resource_version=meta.get("resourceVersion", ""),
        confirmed=meta.get("annotations", {}).get(CONFIRMED_ANNOTATION, ""),
        savepoint_asked=meta.get("annotations", {}).get(SAVEPOINT_ANNOTATION, ""),
    )
    return in_force(asked)


async def observe(ports: Ports, app: App, engine: Engine) -> Seen:
    """Looks until the engine asks for nothing new."""
    answers: dict[Look, Any] = {}
    answers.update(await ports.look(state_retention.looks(app)))
    while new := [look for look in engine.looks(app, Seen(answers)) if look not in answers]:
        answers.update(await ports.look(new))
    return Seen(answers)


async def _record(ports: Ports, app: App, status: Status) -> None:
    """Writes the status if it changed, and an event if the phase or its reason did."""
    if status == app.status:
        return
    # None goes out as null: in a merge patch that is how a field is removed.
    body = status.model_dump(by_alias=True)
    await ports.kube.write_status(app.namespace, app.name, app.resource_version, body)
    if (status.phase, status.message) != (app.status.phase, app.status.message):
        kind = "Warning" if status.phase in _TROUBLE else "Normal"
        # The attempt is the one that this status speaks of, not the one before it.
        log.info("%s: %s", status.phase, status.message, extra=_fields(replace(app, status=status)))
        await _tell(ports, _ref(app.namespace, app.name), app.uid, kind, status.phase, status.message)


async def _unreadable(ports: Ports, raw: Manifest) -> Plan:
    """A spec that an older version let in: say which field, touch nothing."""
    meta = raw["metadata"]
    sentence = validation.complaint(raw)
    before = Status.model_validate(raw.get("status") or {})
    status = report.unreadable(before, meta.get("generation", 0), sentence, datetime.now(UTC))
    if status != before:
        body = status.model_dump(by_alias=True)
        await ports.kube.write_status(meta["namespace"], meta["name"], meta["resourceVersion"], body)
        attempt = status.attempt.id if status.attempt else ""
        extra = metrics.fields(meta["namespace"], meta["name"], attempt)
        log.info("%s: %s", status.phase, sentence, extra=extra)
        about = _ref(meta["namespace"], meta["name"])
        await _tell(ports, about, meta["uid"], "Warning", status.phase, sentence)
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


def _fields(app: App, action: str = "") -> dict[str, str]:
    attempt = app.status.attempt.id if app.status.attempt else ""
    return metrics.fields(app.namespace, app.name, attempt, action)


async def _tell(ports: Ports, about: Ref, uid: str, kind: str, reason: str, message: str) -> None:
    """Posts an event; one that cannot be posted is only logged, because it changes nothing."""
    now = stamp(datetime.now(UTC))
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
