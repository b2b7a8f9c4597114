"""Whether a pod that should have ended may still write; never takes silence for an end.

A pod on a node that nobody reaches stays in the API server, and whether it runs nobody knows. A second writer would
corrupt the state, so the operator waits, says so, and leaves the word to a person.
"""

from dataclasses import dataclass
from datetime import datetime

from wordcount_operator.model.actions import Delete
from wordcount_operator.model.objects import CONFIRM_GONE_ANNOTATION, Manifest, Ref
from wordcount_operator.model.resource import WordCount
from wordcount_operator.planning.timestamps import seconds_since

TERMINATION_OVERDUE = 30.0
"""Seconds after its time of grace when a pod should have been gone; a kubelet that lives needs one or two."""


@dataclass(frozen=True)
class Fence:
    """The pod that is waited for, in a sentence, and what removes it where a person allowed that."""

    sentence: str
    removal: tuple[Delete, ...] = ()


def overdue_pod(resource: WordCount, ending: tuple[Manifest, ...], now: datetime) -> Fence | None:
    """What is known of the first pod that should have been gone; None where there is none.

    `deletionTimestamp` is when the time of grace ends, not when the deletion was asked for.
    """
    for pod in ending:
        meta = pod["metadata"]
        if seconds_since(meta["deletionTimestamp"], now) < TERMINATION_OVERDUE:
            continue
        node = pod.get("spec", {}).get("nodeName", "its node")
        sentence = (
            f"pod {meta['name']} should have ended at {meta['deletionTimestamp']}, and {node} does not say that it has; "
            "nothing else is started, because two writers would corrupt the state. When the node is back, this heals "
            f"by itself. If you know that the pod does not run any more: kubectl -n {resource.namespace} annotate swc "
            f"{resource.name} --overwrite {CONFIRM_GONE_ANNOTATION}={meta['uid']}"
        )
        if resource.confirmed_gone_uid != meta["uid"]:
            return Fence(sentence)
        ref = Ref("v1", "Pod", resource.namespace, meta["name"])
        because = "a person confirmed that it does not run any more"
        return Fence(sentence, (Delete(ref, because, uid=meta["uid"], grace=0),))
    return None
