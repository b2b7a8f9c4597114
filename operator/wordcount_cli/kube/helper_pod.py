"""A pod of the operator's image that helps a verb to reach what only the cluster reaches, and ends with it; never anything of an engine's."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kubernetes.client import ApiException, AppsV1Api, CoreV1Api
from kubernetes.watch import Watch

from wordcount_operator.engines.common.pods import (
    CONTAINER_SECURITY,
    POD_SECURITY,
    SCRATCH,
    SCRATCH_MOUNT,
    secrets,
)
from wordcount_operator.model.objects import Manifest

OPERATOR = "app.kubernetes.io/name=streaming-wordcount-operator"
STARTS_WITHIN = 120.0
PAUSE = 0.5
DAY = 86400
"""Seconds after which a pod ends whose verb was killed before it could remove it."""


def manifest(name: str, image: str, verb: str, command: list[str], secret: str | None) -> Manifest:
    """A pod that any namespace takes, Pod Security `restricted` too; it needs neither the API server nor a claim."""
    volumes, mounts = secrets([secret] if secret else [])
    container = {
        "name": "helper",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["python", "-m", *command],
        "securityContext": CONTAINER_SECURITY,
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "1Gi"}},
        "volumeMounts": [SCRATCH_MOUNT, *mounts],
    }
    spec = {
        "restartPolicy": "Never",
        "activeDeadlineSeconds": DAY,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": POD_SECURITY,
        "volumes": [SCRATCH, *volumes],
        "containers": [container],
    }
    labels = {"app.kubernetes.io/name": f"wordcount-{verb}"}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": labels}, "spec": spec}


def operator_image(apps: AppsV1Api) -> str:
    """The image that the operator runs from. Raises ValueError where it cannot be seen."""
    try:
        found = apps.list_deployment_for_all_namespaces(label_selector=OPERATOR).items
    except ApiException:
        found = []
    if not found:
        raise ValueError(
            "--image: write the operator's image; there is no operator in this cluster, or you may not see its Deployment"
        )
    image: str = found[0].spec.template.spec.containers[0].image
    return image


@contextmanager
def pod_output(core: CoreV1Api, namespace: str, pod: Manifest) -> Iterator[Iterator[str]]:
    """What the pod says, line by line, until it ends; it is gone afterwards. Raises ApiException, and ValueError where it does not start."""
    name = pod["metadata"]["name"]
    core.create_namespaced_pod(namespace, pod)
    try:
        _await_start(core, namespace, name)
        yield Watch().stream(core.read_namespaced_pod_log, name=name, namespace=namespace)
    finally:
        core.delete_namespaced_pod(name, namespace, grace_period_seconds=0)


def _await_start(core: CoreV1Api, namespace: str, name: str) -> None:
    end = time.monotonic() + STARTS_WITHIN
    while (pod := core.read_namespaced_pod(name, namespace)).status.phase == "Pending":
        if time.monotonic() > end:
            raise ValueError(f"the pod {name} does not start: {_waiting(pod)}")
        time.sleep(PAUSE)


def _waiting(pod: Any) -> str:
    """Why a pod has not started, as far as Kubernetes says."""
    states = (each.state.waiting for each in pod.status.container_statuses or [])
    told = [f"{each.reason}: {each.message}" for each in states if each]
    told += [each.message for each in pod.status.conditions or [] if each.status == "False" and each.message]
    return "; ".join(told) or "no node has taken it yet"
