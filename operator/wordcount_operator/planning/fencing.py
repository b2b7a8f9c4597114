"""Finds a pod that should have ended and may still write.

A pod on an unreachable node stays in the API server, and nobody knows whether it runs. A second writer would
corrupt the state, so the operator waits, reports that, and lets a person decide.
"""

from dataclasses import dataclass
from datetime import datetime

from wordcount_operator.model.actions import Delete
from wordcount_operator.model.objects import CONFIRM_GONE_ANNOTATION, Manifest, Ref
from wordcount_operator.model.resource import WordCount
from wordcount_operator.model.timestamps import seconds_since

TERMINATION_OVERDUE = 30.0
"""Seconds after its grace period in which a pod has to be gone; a working kubelet needs one or two."""


@dataclass(frozen=True)
class OverduePod:
    """A sentence about the pod that is waited for, and its removal if a person allowed that."""

    sentence: str
    removal: tuple[Delete, ...] = ()


def overdue_pod(resource: WordCount, terminating: tuple[Manifest, ...], now: datetime) -> OverduePod | None:
    """Return what is known of the first pod that should be gone, None if there is none.

    `deletionTimestamp` is when the grace period ends, not when the deletion was requested.
    """
    for pod in terminating:
        meta = pod["metadata"]
        if seconds_since(meta["deletionTimestamp"], now) < TERMINATION_OVERDUE:
            continue
        node = pod.get("spec", {}).get("nodeName", "its node")
        sentence = (
            f"pod {meta['name']} should have ended at {meta['deletionTimestamp']}, and {node} does not report"
            " that it has; nothing else is started, because two writers would corrupt the state. When the"
            " node is back, it continues automatically. If you know that the pod does not run any more:"
            f" kubectl -n {resource.namespace} annotate swc {resource.name} --overwrite"
            f" {CONFIRM_GONE_ANNOTATION}={meta['uid']}"
        )
        if resource.confirmed_gone_uid != meta["uid"]:
            return OverduePod(sentence)
        ref = Ref("v1", "Pod", resource.namespace, meta["name"])
        because = "a person confirmed that it does not run any more"
        return OverduePod(sentence, (Delete(ref, because, uid=meta["uid"], grace=0),))
    return None
