"""Writes a status that changed, and reports the change by a log line and an event."""

import logging
from dataclasses import replace
from datetime import UTC, datetime

from wordcount_operator import metrics
from wordcount_operator.adapters import Adapters
from wordcount_operator.adapters.events import Event, record_event
from wordcount_operator.api import validation
from wordcount_operator.api.v1alpha1 import Status
from wordcount_operator.model.actions import Action, describe, kind_of
from wordcount_operator.model.objects import Manifest
from wordcount_operator.model.plan import Plan
from wordcount_operator.model.resource import WordCount
from wordcount_operator.planning.status import unreadable
from wordcount_operator.reading import ref_of

log = logging.getLogger("wordcount_operator")
_WARNING_PHASES = ("Stalled", "Failed", "BackingOff", "Degraded")


def log_fields(resource: WordCount, action: str = "") -> dict[str, str]:
    """Return the fields of a log line about the resource."""
    attempt = resource.status.attempt.id if resource.status.attempt else ""
    return metrics.fields(resource.namespace, resource.name, attempt, action)


async def record(adapters: Adapters, resource: WordCount, status: Status | None) -> None:
    """Write the status if it changed, and report its phase and message if these changed."""
    if status is None or status == resource.status:
        return
    # None goes out as null: in a merge patch that is how a field is removed.
    body = status.model_dump(by_alias=True)
    await adapters.kube.write_status(resource.namespace, resource.name, resource.resource_version, body)
    if (status.phase, status.message) != (resource.status.phase, resource.status.message):
        # The line names the attempt of this status, not the one before it.
        log.info("%s: %s", status.phase, status.message, extra=log_fields(replace(resource, status=status)))
        event = Event(
            "Warning" if status.phase in _WARNING_PHASES else "Normal", status.phase, status.message
        )
        await record_event(adapters.kube, ref_of(resource.namespace, resource.name), resource.uid, event)


async def record_action(adapters: Adapters, resource: WordCount, action: Action) -> None:
    """Report an action that was carried out."""
    event = Event("Normal", kind_of(action), f"{describe(action)}: {action.because}")
    await record_event(adapters.kube, ref_of(resource.namespace, resource.name), resource.uid, event)


async def record_unreadable(adapters: Adapters, raw: Manifest) -> Plan:
    """Report which field of a spec cannot be read, which an older CRD let in, and change nothing else."""
    meta, sentence = raw["metadata"], validation.first_error(raw)
    before = Status.model_validate(raw.get("status") or {})
    status = unreadable(before, meta.get("generation", 0), sentence, datetime.now(UTC))
    if status != before:
        body = status.model_dump(by_alias=True)
        await adapters.kube.write_status(meta["namespace"], meta["name"], meta["resourceVersion"], body)
        attempt = status.attempt.id if status.attempt else ""
        fields = metrics.fields(meta["namespace"], meta["name"], attempt)
        log.info("%s: %s", status.phase, sentence, extra=fields)
        event = Event("Warning", status.phase, sentence)
        await record_event(adapters.kube, ref_of(meta["namespace"], meta["name"]), meta["uid"], event)
    return Plan(status)
