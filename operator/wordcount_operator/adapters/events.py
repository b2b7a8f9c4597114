"""Posts Kubernetes events about a resource."""

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from wordcount_operator import metrics
from wordcount_operator.adapters.kube import Kube
from wordcount_operator.model.objects import Ref
from wordcount_operator.model.timestamps import to_rfc3339

log = logging.getLogger("wordcount_operator")
MAX_MESSAGE = 1000
"""Characters of a message; the API server refuses an event with more than 1024."""


@dataclass(frozen=True)
class Event:
    """One event: `type` is Normal or Warning, `reason` one word."""

    type: str
    reason: str
    message: str


async def record_event(kube: Kube, about: Ref, uid: str, event: Event) -> None:
    """Post an event; one that cannot be posted is only logged, because it changes nothing."""
    try:
        await kube.event(_manifest(about, uid, event))
    except Exception as error:
        fields = metrics.fields(about.namespace, about.name, action="Event")
        log.warning("an event could not be posted: %s", error, extra=fields)


def _manifest(about: Ref, uid: str, event: Event) -> dict[str, Any]:
    now = to_rfc3339(datetime.now(UTC))
    return {
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
        "type": event.type,
        "reason": event.reason,
        "message": event.message[:MAX_MESSAGE],
        "source": {"component": "streaming-wordcount-operator"},
        "firstTimestamp": now,
        "lastTimestamp": now,
        "count": 1,
    }
