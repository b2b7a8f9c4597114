"""What the pods of every engine have in common: hardening, volumes, the user's template, and what a pod's status says; never an engine's own keys."""

import copy
from collections.abc import Iterable
from typing import Any

from wordcount_operator.api import GROUP
from wordcount_operator.api.v1alpha1 import Volume
from wordcount_operator.domain import (
    HASH_ANNOTATION,
    MOUNT,
    App,
    Cause,
    Get,
    Manifest,
    Problem,
    Ref,
    Seen,
    digest,
)

ROLE_LABEL = f"{GROUP}/role"
USER = 1000
POD_SECURITY = {
    "runAsNonRoot": True,
    "runAsUser": USER,
    "runAsGroup": USER,
    "fsGroup": USER,
    "fsGroupChangePolicy": "OnRootMismatch",
    "seccompProfile": {"type": "RuntimeDefault"},
}
CONTAINER_SECURITY = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"]},
}
STATE_MOUNT = {"name": "state", "mountPath": MOUNT}
_BAD_IMAGE = {"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"}


def marked(manifest: Manifest) -> Manifest:
    """The manifest with the digest of its own content, by which a later pass sees whether it still is what is asked."""
    result = copy.deepcopy(manifest)
    result["metadata"].setdefault("annotations", {})[HASH_ANNOTATION] = digest(manifest)
    return result


def state_volume(claim: str) -> Manifest:
    """The pod volume of that claim, to be mounted by `STATE_MOUNT`."""
    return {"name": "state", "persistentVolumeClaim": {"claimName": claim}}


def claim(volume: Volume, namespace: str, name: str, labels: dict[str, str]) -> Manifest:
    """The claim to be made for the state; without an owner, because state outlives the resource (onDelete: Retain)."""
    spec: Manifest = {
        "accessModes": list(volume.access_modes or ["ReadWriteOnce"]),
        "resources": {"requests": {"storage": volume.size or "1Gi"}},
    }
    if volume.storage_class_name is not None:
        spec["storageClassName"] = volume.storage_class_name
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "spec": spec,
    }


def cleaner(app: App, claim: Ref, seen: Seen, paths: tuple[str, ...]) -> Manifest | None:
    """The pod that removes these paths of the state, or all of it; None where the claim is gone, and the state with it.

    It runs in the engine's image, because that is on the node already, and never more than one at a time.
    """
    if seen.answers.get(Get(claim)) is None:
        return None
    container = {
        "name": "main",
        "image": app.image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["python", "-m", "wordcount_jobs.core.clean", app.state_root, *paths],
        "securityContext": CONTAINER_SECURITY,
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "128Mi"}},
        "volumeMounts": [STATE_MOUNT],
    }
    spec = {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": POD_SECURITY,
        "volumes": [state_volume(claim.name)],
        "containers": [container],
    }
    ref = app.cleaner
    labels = {**app.labels, ROLE_LABEL: "cleaner"}
    meta = {"name": ref.name, "namespace": ref.namespace, "labels": labels, "ownerReferences": [app.owner]}
    return {"apiVersion": ref.api_version, "kind": ref.kind, "metadata": meta, "spec": spec}


def merged(pod: Manifest, template: Manifest | None, main: str = "main") -> Manifest:
    """The pod (metadata and spec) with the user's template on top.

    Maps merge, lists of named things merge by name, anything else is replaced. The user calls the engine's container
    `main`, whatever its real name is.
    """
    if not template:
        return pod
    template = copy.deepcopy(template)
    for container in template.get("spec", {}).get("containers", []):
        if container.get("name") == "main":
            container["name"] = main
    result: Manifest = _over(pod, {key: template[key] for key in ("metadata", "spec") if key in template})
    return result


def _over(base: Any, top: Any) -> Any:
    if isinstance(base, dict) and isinstance(top, dict):
        return {
            key: _over(base[key], top[key])
            if key in base and key in top
            else copy.deepcopy(top.get(key, base.get(key)))
            for key in [*base, *(key for key in top if key not in base)]
        }
    if _named(base) and _named(top):
        extra = {item["name"]: item for item in top}
        kept = [_over(item, extra.pop(item["name"], {})) for item in base]
        return [*kept, *extra.values()]
    return copy.deepcopy(top)


def _named(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) and "name" in item for item in value)


def _outside(app: App) -> str:
    """The local path of spec.source.files if no pod would have a volume there, else empty."""
    files = app.spec.source.files
    if files is None:
        return ""
    template = app.block.pod_template or {}
    mounts = [
        mount.get("mountPath", "")
        for container in template.get("spec", {}).get("containers", [])
        for mount in container.get("volumeMounts", [])
    ]
    inside = any(
        files.path == root or files.path.startswith(root.rstrip("/") + "/")
        for root in [MOUNT, *mounts]
        if root
    )
    return "" if inside else files.path


def problems(app: App, seen: Seen) -> tuple[Problem, ...]:
    """A named claim that does not exist, and a path that no pod would see."""
    found = []
    name = app.spec.checkpoint.storage.volume.claim_name
    wanted = Ref("v1", "PersistentVolumeClaim", app.namespace, name or "")
    if name and Get(wanted) in seen and seen.object(wanted) is None:
        found.append(
            Problem(
                "ClaimNotFound",
                f"spec.checkpoint.storage.volume.claimName: there is no claim {name} in namespace {app.namespace}; "
                "make it, or leave claimName out and the operator makes one",
            )
        )
    if path := _outside(app):
        found.append(
            Problem(
                "PathOutsideVolume",
                f"spec.source.files.path: {path} lies on no volume; put the files on the state volume and write "
                f"a path under /data, or mount a volume with {app.spec.engine}.podTemplate",
            )
        )
    return tuple(found)


def ending(pods: Iterable[Manifest]) -> tuple[Manifest, ...]:
    """Those of the pods that were asked to end."""
    return tuple(pod for pod in pods if "deletionTimestamp" in pod["metadata"])


def obstacle(pods: Iterable[Manifest]) -> tuple[Cause, str] | None:
    """What keeps the first of these pods from starting, with a sentence; None where nothing does (yet)."""
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
            if reason == "CrashLoopBackOff":
                ended = container.get("lastState", {}).get("terminated") or {}
                last = ended.get("message", "").strip().splitlines()[-1:] or [ended.get("reason", "no word")]
                return Cause.USER_CODE, f"the container ends again and again: {last[0][:300]}"
            if reason in ("CreateContainerConfigError", "CreateContainerError", "RunContainerError"):
                return (
                    Cause.USER_CODE,
                    f"the container cannot be made ({reason}): {waiting.get('message', '')[:300]}",
                )
        for condition in status.get("conditions", []):
            if condition.get("type") == "PodScheduled" and condition.get("reason") == "Unschedulable":
                name = pod["metadata"]["name"]
                return (
                    Cause.INFRASTRUCTURE,
                    f"no node takes the pod {name}: {condition.get('message', '')[:300]}",
                )
    return None
