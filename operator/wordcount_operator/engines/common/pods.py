"""What the pods of every engine have in common: security, volumes, Secrets, environment."""

import copy
from collections.abc import Sequence

from wordcount_core.pod_paths import SECRETS_FOLDER
from wordcount_operator.api import GROUP
from wordcount_operator.api.v1alpha1 import Volume
from wordcount_operator.engines.info import MetricsEndpoint
from wordcount_operator.model.objects import CONTENT_HASH_ANNOTATION, STATE_MOUNT_PATH, Manifest, digest
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
    """Return the manifest with the digest of its own content; a later reconcile compares that digest."""
    result = copy.deepcopy(manifest)
    result["metadata"].setdefault("annotations", {})[CONTENT_HASH_ANNOTATION] = digest(manifest)
    return result


def secret_volumes_and_mounts(names: Sequence[str]) -> tuple[list[Manifest], list[Manifest]]:
    """Return volumes and mounts of the Secrets of those names, each in a folder of its name.

    Optional, so that the program itself says which field names a Secret that is missing; what appears later
    it finds.
    """
    return (
        [
            {"name": f"{_SECRETS}{n}", "secret": {"secretName": name, "optional": True}}
            for n, name in enumerate(names)
        ],
        [
            {"name": f"{_SECRETS}{n}", "mountPath": f"{SECRETS_FOLDER}/{name}", "readOnly": True}
            for n, name in enumerate(names)
        ],
    )


def scrape_annotations(metrics: MetricsEndpoint) -> dict[str, str]:
    """Return the annotations by which a common Prometheus finds an engine's own metrics."""
    return {
        "prometheus.io/scrape": "true",
        "prometheus.io/port": str(metrics.port),
        "prometheus.io/path": metrics.path,
    }


def volumes(resource: WordCount, pvc: str) -> list[Manifest]:
    """Return a pod's volumes: scratch, and the PVC with the state if there is one."""
    state = {"name": "state", "persistentVolumeClaim": {"claimName": pvc}}
    return [SCRATCH, state] if resource.volume else [SCRATCH]


def mounts(resource: WordCount) -> list[Manifest]:
    """Return where a container mounts the pod's volumes."""
    return [SCRATCH_MOUNT, STATE_MOUNT] if resource.volume else [SCRATCH_MOUNT]


def environment(resource: WordCount) -> list[Manifest]:
    """Return the environment by which a container reaches the bucket with the state.

    Keys come from their Secret.
    """
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
    """Return the PVC to create for the state.

    It has no owner, because state outlives the resource (onDelete: Retain).
    """
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
