"""What the pods of every engine have in common: hardening, volumes, Secrets, the user's template; never an engine's own keys."""

import copy
from collections.abc import Sequence
from typing import Any

from wordcount_jobs.common.mounted_secrets import FOLDER
from wordcount_operator.api import GROUP
from wordcount_operator.api.v1alpha1 import Volume
from wordcount_operator.model.job import Problem
from wordcount_operator.model.objects import CONTENT_HASH_ANNOTATION, STATE_MOUNT_PATH, Manifest, Ref, digest
from wordcount_operator.model.reads import GetObject, Observed
from wordcount_operator.model.resource import WordCount

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
STATE_MOUNT = {"name": "state", "mountPath": STATE_MOUNT_PATH}
SCRATCH = {"name": "scratch", "emptyDir": {}}
SCRATCH_MOUNT = {"name": "scratch", "mountPath": "/tmp"}  # noqa: S108 - a path in the pod, on its own volume
_SECRETS = "secret-"
CREDENTIAL_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


def with_content_hash(manifest: Manifest) -> Manifest:
    """The manifest with the digest of its own content, by which a later pass sees whether it still is what is asked."""
    result = copy.deepcopy(manifest)
    result["metadata"].setdefault("annotations", {})[CONTENT_HASH_ANNOTATION] = digest(manifest)
    return result


def secrets(names: Sequence[str]) -> tuple[list[Manifest], list[Manifest]]:
    """Volumes and mounts of the Secrets of those names, each in a folder of its name.

    Optional, so that the program itself says which field names a Secret that is missing; what appears later it finds.
    """
    return (
        [
            {"name": f"{_SECRETS}{n}", "secret": {"secretName": name, "optional": True}}
            for n, name in enumerate(names)
        ],
        [
            {"name": f"{_SECRETS}{n}", "mountPath": f"{FOLDER}/{name}", "readOnly": True}
            for n, name in enumerate(names)
        ],
    )


def scrape_annotations(port: int, path: str) -> dict[str, str]:
    """Annotations by which Prometheus, as it is commonly set up, finds an engine's own metrics; a template may take them back."""
    return {
        "prometheus.io/scrape": "true",
        "prometheus.io/port": str(port),
        "prometheus.io/path": path,
    }


def volumes(resource: WordCount, claim: str) -> list[Manifest]:
    """A pod's volumes: scratch, and the state's claim where there is one."""
    state = {"name": "state", "persistentVolumeClaim": {"claimName": claim}}
    return [SCRATCH, state] if resource.volume else [SCRATCH]


def mounts(resource: WordCount) -> list[Manifest]:
    """Where a container sees those volumes."""
    return [SCRATCH_MOUNT, STATE_MOUNT] if resource.volume else [SCRATCH_MOUNT]


def environment(resource: WordCount) -> list[Manifest]:
    """What a container must know of the store that keeps the state; keys only by the name of their Secret."""
    s3 = resource.effective_spec.checkpoint.storage.s3
    if s3 is None:
        return []
    plain = {"AWS_REGION": s3.region, "S3_PATH_STYLE": str(s3.path_style).lower()}
    if s3.endpoint:
        plain["AWS_ENDPOINT_URL_S3"] = s3.endpoint
    found: list[Manifest] = [{"name": name, "value": value} for name, value in plain.items()]
    for key in CREDENTIAL_KEYS if s3.credentials_secret else ():
        reference = {"name": s3.credentials_secret, "key": key, "optional": key == "AWS_SESSION_TOKEN"}
        found.append({"name": key, "valueFrom": {"secretKeyRef": reference}})
    return found


def state_claim(volume: Volume, namespace: str, name: str, labels: dict[str, str]) -> Manifest:
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


def cleanup_pod(
    resource: WordCount, claim: Ref, observed: Observed, paths: tuple[str, ...]
) -> Manifest | None:
    """The pod that removes these paths of the state, or all of it; None where the claim is gone, and the state with it.

    It runs in the engine's image, because that is on the node already, and never more than one at a time.
    """
    if resource.volume and observed.answers.get(GetObject(claim)) is None:
        return None
    container = {
        "name": "main",
        "image": resource.effective_image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["python", "-m", "wordcount_jobs.tools.delete_state", resource.state_root, *paths],
        "securityContext": CONTAINER_SECURITY,
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "128Mi"}},
        "env": environment(resource),
        "volumeMounts": mounts(resource),
    }
    spec = {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": POD_SECURITY,
        "volumes": volumes(resource, claim.name),
        "containers": [container],
    }
    ref = resource.cleanup_pod
    labels = {**resource.labels, ROLE_LABEL: "cleaner"}
    meta = {
        "name": ref.name,
        "namespace": ref.namespace,
        "labels": labels,
        "ownerReferences": [resource.owner],
    }
    return {"apiVersion": ref.api_version, "kind": ref.kind, "metadata": meta, "spec": spec}


def with_template(pod: Manifest, template: Manifest | None, main: str = "main") -> Manifest:
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


def _path_outside_volumes(resource: WordCount) -> tuple[str, str]:
    """The field with a local path where no pod would have a volume, and the path; else two empty texts."""
    template = resource.engine_block.pod_template or {}
    mounts = [
        mount.get("mountPath", "")
        for container in template.get("spec", {}).get("containers", [])
        for mount in container.get("volumeMounts", [])
    ]
    roots = [root.rstrip("/") for root in [*([STATE_MOUNT_PATH] if resource.volume else []), *mounts] if root]
    for part, files in (
        ("source", resource.effective_spec.source.files),
        ("sink", resource.effective_spec.sink.files),
    ):
        inside = files and any(f"{files.path}/".startswith(f"{root}/") for root in roots)
        if files and not inside and files.path.startswith("/"):
            return f"spec.{part}.files.path", files.path
    return "", ""


def _timestamp_problems(resource: WordCount) -> list[Problem]:
    """What CEL cannot say, because it cannot look at a field that is a text or a block."""
    instant = resource.effective_spec.window.timestamp if resource.effective_spec.window else "ingest"
    source, field = resource.effective_spec.source, "spec.window.timestamp"
    if instant == "kafka" and source.kafka is None:
        sentence = f"{field}: only records of spec.source.kafka have a timestamp; write ingest or {{prefix: iso8601}}"
        return [Problem("NoTimestamp", sentence)]
    if isinstance(instant, dict) and source.rate is not None:
        return [
            Problem("NoTimestamp", f"{field}: lines of spec.source.rate begin with no instant; write ingest")
        ]
    return []


def problems(resource: WordCount, observed: Observed) -> tuple[Problem, ...]:
    """A named claim that does not exist, a path that no pod would see, and an instant that no line has."""
    found = _timestamp_problems(resource)
    name = resource.volume.claim_name if resource.volume else None
    wanted = Ref("v1", "PersistentVolumeClaim", resource.namespace, name or "")
    if name and GetObject(wanted) in observed and observed.object(wanted) is None:
        found.append(
            Problem(
                "ClaimNotFound",
                f"spec.checkpoint.storage.volume.claimName: there is no claim {name} in namespace {resource.namespace}; "
                "make it, or leave claimName out and the operator makes one",
            )
        )
    own = "put the files on the state volume and write a path under /data, or " if resource.volume else ""
    field, path = _path_outside_volumes(resource)
    if path:
        found.append(
            Problem(
                "PathOutsideVolume",
                f"{field}: {path} lies on no volume; {own}mount a volume with {resource.effective_spec.engine}.podTemplate",
            )
        )
    return tuple(found)
