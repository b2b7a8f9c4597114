"""Makes the pod that deletes state."""

from wordcount_operator.engines.common import pods
from wordcount_operator.model.objects import Manifest, Ref
from wordcount_operator.model.reads import Observed
from wordcount_operator.model.resource import WordCount


def cleanup_pod(resource: WordCount, pvc: Ref, observed: Observed, paths: tuple[str, ...]) -> Manifest | None:
    """Return the pod that deletes these paths of the state, or all of it; None if the PVC is gone.

    It runs in the engine's image, because that is on the node already, and never more than one at a time.
    """
    if resource.volume and observed.object(pvc) is None:
        return None
    container = {
        "name": "main",
        "image": resource.effective_image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["python", "-m", "wordcount_jobs.tools.delete_state", resource.state_root, *paths],
        "securityContext": pods.CONTAINER_SECURITY,
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "128Mi"}},
        "env": pods.environment(resource),
        "volumeMounts": pods.mounts(resource),
    }
    spec = {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": pods.POD_SECURITY,
        "volumes": pods.volumes(resource, pvc.name),
        "containers": [container],
    }
    ref = resource.cleanup_pod
    labels = {**resource.labels, pods.ROLE_LABEL: "cleaner"}
    meta = {
        "name": ref.name,
        "namespace": ref.namespace,
        "labels": labels,
        "ownerReferences": [resource.owner],
    }
    return {"apiVersion": ref.api_version, "kind": ref.kind, "metadata": meta, "spec": spec}
