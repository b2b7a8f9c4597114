"""What the status of pods says: why one does not start, why it ended, its last words."""

import json
from collections.abc import Iterable
from typing import Any

from wordcount_core.causes import Cause
from wordcount_operator.engines.common.pods import CREDENTIAL_KEYS
from wordcount_operator.model.objects import Manifest

_CREDENTIALS_FIELD = "spec.checkpoint.storage.s3.credentialsSecret"
_BAD_IMAGE = {"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"}


def pod_cannot_mount_pvc(
    first: Manifest, others: Iterable[Manifest], claim: Manifest | None
) -> tuple[Cause, str] | None:
    """Return what is wrong if a pod waits on another node for a PVC that only one node can mount."""
    modes = (claim or {}).get("spec", {}).get("accessModes", [])
    node = first.get("spec", {}).get("nodeName")
    if not modes or "ReadWriteMany" in modes:
        return None
    for pod in others:
        there = pod.get("spec", {}).get("nodeName") or node
        if there != node and pod.get("status", {}).get("phase") == "Pending":
            return (
                Cause.INFRASTRUCTURE,
                (
                    f"spec.checkpoint.storage.volume: the PVC is {', '.join(modes)}, so the pod"
                    f" {pod['metadata']['name']} cannot mount it on node {there}; write accessModes:"
                    " [ReadWriteMany] or s3, or keep all pods on one node with podTemplate"
                ),
            )
    return None


def from_termination_message(text: str) -> tuple[Cause, str]:
    """Return cause and message from a termination message, which is JSON of ours or the end of a log."""
    try:
        words: Any = json.loads(text)
        return Cause(words["cause"]), str(words["message"])[:500]
    except (ValueError, KeyError, TypeError):
        lines = [line for line in text.strip().splitlines() if line.strip()]
        return Cause.USER_CODE, lines[-1][:300] if lines else ""


def terminating(pods: Iterable[Manifest]) -> tuple[Manifest, ...]:
    """Return those of the pods that were asked to end."""
    return tuple(pod for pod in pods if "deletionTimestamp" in pod["metadata"])


def eviction_reason(pod: Manifest) -> str:
    """Return why the cluster itself ends the pod, such as an eviction; else an empty text."""
    status = pod.get("status", {})
    for each in (status, *status.get("conditions", [])):
        disrupted = each.get("type") == "DisruptionTarget" and each.get("status") == "True"
        if each.get("reason") and (each is status or disrupted):
            return f"{each['reason']}: {each.get('message', '')}"[:300]
    return ""


def killed_by_cluster(pods: Iterable[Manifest], size: str) -> tuple[Cause, str] | None:
    """Return why the cluster ended the first of these pods.

    The sentence names the field `size` if that is too small.
    """
    for pod in pods:
        name = pod["metadata"]["name"]
        if why := eviction_reason(pod):
            return Cause.INFRASTRUCTURE, f"the cluster ended the pod {name} ({why})"
        for container in pod.get("status", {}).get("containerStatuses", []):
            if (container.get("state", {}).get("terminated") or {}).get("reason") == "OOMKilled":
                return Cause.OUT_OF_MEMORY, f"the pod {name} used more memory than its limit; raise {size}"
    return None


def _ended(container: Manifest, first: bool) -> Manifest:
    """Return how a container last ended that ends again and again.

    An init container (`first`) also ends once.
    """
    state: Manifest = container.get("state", {})
    if (state.get("waiting") or {}).get("reason") == "CrashLoopBackOff":
        return container.get("lastState", {}).get("terminated") or {"reason": "no reason given"}
    now: Manifest = state.get("terminated") or {}
    return now if first and now.get("exitCode") else {}


def _state_secrets(pod: Manifest) -> set[str]:
    """Return the names of the Secrets with the keys to the bucket, in quotes as the kubelet writes them."""
    spec = pod.get("spec", {})
    variables = (
        each
        for container in (*spec.get("containers", []), *spec.get("initContainers", []))
        for each in container.get("env", [])
        if each["name"] in CREDENTIAL_KEYS
    )
    references = ((each.get("valueFrom") or {}).get("secretKeyRef") or {} for each in variables)
    return {f'"{reference["name"]}"' for reference in references if reference}


def startup_problem(pods: Iterable[Manifest]) -> tuple[Cause, str] | None:
    """Return what keeps the first of these pods from starting, with a sentence; None if nothing does."""
    for pod in pods:
        status = pod.get("status", {})
        for container in (*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])):
            waiting = container.get("state", {}).get("waiting") or {}
            reason = waiting.get("reason", "")
            if reason in _BAD_IMAGE:
                image = container.get("image", "")
                return (
                    Cause.IMAGE,
                    f"the image {image} cannot be pulled ({reason}); correct the image or make it reachable",
                )
            if ended := _ended(container, container in status.get("initContainerStatuses", [])):
                cause, words = from_termination_message(ended.get("message", ""))
                if cause is not Cause.USER_CODE:
                    return cause, words
                return (
                    cause,
                    (
                        "the container ends each time it starts:"
                        f" {words or ended.get('reason', 'no reason given')}"
                    ),
                )
            if reason in ("CreateContainerConfigError", "CreateContainerError", "RunContainerError"):
                why = waiting.get("message", "")[:300]
                if any(name in why for name in _state_secrets(pod)):
                    return (
                        Cause.STATE_UNAVAILABLE,
                        f"{_CREDENTIALS_FIELD}: {why}; create the Secret with its two keys",
                    )
                return Cause.USER_CODE, f"the container cannot be created ({reason}): {why}"
        for condition in status.get("conditions", []):
            if condition.get("type") == "PodScheduled" and condition.get("reason") == "Unschedulable":
                name = pod["metadata"]["name"]
                return (
                    Cause.INFRASTRUCTURE,
                    f"the pod {name} cannot be scheduled: {condition.get('message', '')[:300]}",
                )
    return None
