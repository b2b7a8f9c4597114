"""Runs a short-lived pod of the operator's image, for what only pods can reach."""

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
    secret_volumes_and_mounts,
)
from wordcount_operator.model.objects import Manifest

OPERATOR_SELECTOR = "app.kubernetes.io/name=streaming-wordcount-operator"
START_TIMEOUT = 120.0
POLL_INTERVAL = 0.5
MAX_LIFETIME = 86400
"""Seconds after which Kubernetes ends a pod whose verb was killed before it could delete it."""


def manifest(name: str, image: str, verb: str, command: list[str], secret: str | None) -> Manifest:
    """Return a pod that runs a Python module; a namespace with Pod Security `restricted` accepts it."""
    volumes, mounts = secret_volumes_and_mounts([secret] if secret else [])
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
        "activeDeadlineSeconds": MAX_LIFETIME,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": POD_SECURITY,
        "volumes": [SCRATCH, *volumes],
        "containers": [container],
    }
    labels = {"app.kubernetes.io/name": f"wordcount-{verb}"}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": labels}, "spec": spec}


def operator_image(apps: AppsV1Api) -> str:
    """Return the image of the running operator. Raises ValueError if its Deployment cannot be read."""
    try:
        found = apps.list_deployment_for_all_namespaces(label_selector=OPERATOR_SELECTOR).items
    except ApiException:
        found = []
    if not found:
        raise ValueError(
            "--image: write the operator's image; there is no operator in this cluster, "
            "or you do not have permission to list Deployments"
        )
    image: str = found[0].spec.template.spec.containers[0].image
    return image


@contextmanager
def pod_output(core: CoreV1Api, namespace: str, pod: Manifest) -> Iterator[Iterator[str]]:
    """Create the pod, give the lines of its log until it ends, and delete it.

    Raises ApiException, and ValueError if the pod does not start.
    """
    name = pod["metadata"]["name"]
    core.create_namespaced_pod(namespace, pod)
    try:
        _await_start(core, namespace, name)
        yield Watch().stream(core.read_namespaced_pod_log, name=name, namespace=namespace)
    finally:
        core.delete_namespaced_pod(name, namespace, grace_period_seconds=0)


def _await_start(core: CoreV1Api, namespace: str, name: str) -> None:
    end = time.monotonic() + START_TIMEOUT
    while (pod := core.read_namespaced_pod(name, namespace)).status.phase == "Pending":
        if time.monotonic() > end:
            raise ValueError(f"the pod {name} does not start: {_waiting(pod)}")
        time.sleep(POLL_INTERVAL)


def _waiting(pod: Any) -> str:
    """Return why the pod has not started, as far as Kubernetes reports it."""
    states = (each.state.waiting for each in pod.status.container_statuses or [])
    reasons = [f"{each.reason}: {each.message}" for each in states if each]
    reasons += [
        each.message for each in pod.status.conditions or [] if each.status == "False" and each.message
    ]
    return "; ".join(reasons) or "it is not scheduled to a node yet"
