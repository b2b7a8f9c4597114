"""The probe as a pod that any namespace takes, Pod Security `restricted` too; never anything of an engine's."""

from typing import Any

from kubernetes.client import ApiException, AppsV1Api

from wordcount_cli.comparison.plan import Plan
from wordcount_operator.domain import Manifest
from wordcount_operator.engines.pods import (
    CONTAINER_SECURITY,
    POD_SECURITY,
    SCRATCH,
    SCRATCH_MOUNT,
    secrets,
)

OPERATOR = "app.kubernetes.io/name=streaming-wordcount-operator"


def manifest(name: str, image: str, plan: Plan) -> Manifest:
    """It ends by itself, and needs neither the API server nor a claim."""
    volumes, mounts = secrets([plan.secret] if plan.secret else [])
    container = {
        "name": "probe",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["python", "-m", "wordcount_cli.comparison.probe", plan.to_json()],
        "securityContext": CONTAINER_SECURITY,
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "1Gi"}},
        "volumeMounts": [SCRATCH_MOUNT, *mounts],
    }
    spec = {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": POD_SECURITY,
        "volumes": [SCRATCH, *volumes],
        "containers": [container],
    }
    labels = {"app.kubernetes.io/name": "wordcount-compare"}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": labels}, "spec": spec}


def operator_image(apps: AppsV1Api) -> str:
    """The image that the operator runs from, which holds the probe. Raises ValueError where it cannot be seen."""
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


def waiting(pod: Any) -> str:
    """Why a pod has not started, as far as Kubernetes says."""
    states = (each.state.waiting for each in pod.status.container_statuses or [])
    told = [f"{each.reason}: {each.message}" for each in states if each]
    told += [each.message for each in pod.status.conditions or [] if each.status == "False" and each.message]
    return "; ".join(told) or "no node has taken it yet"
