"""The Kubernetes objects of a Spark application."""

from collections.abc import Sequence

import yaml

from wordcount_operator.api.v1alpha1 import Attempt
from wordcount_operator.engines.common import pods
from wordcount_operator.engines.common.job_options import job_options
from wordcount_operator.engines.common.pod_template import with_template
from wordcount_operator.engines.spark import names
from wordcount_operator.engines.spark.conf import conf
from wordcount_operator.engines.spark.info import INFO
from wordcount_operator.model.objects import ATTEMPT_LABEL, Manifest
from wordcount_operator.model.resource import WordCount

GRACE = 60
"""Seconds that a driver has to finish its micro-batch before it is killed."""


def progress_url(resource: WordCount) -> str:
    """Return the address at which the driver reports its progress."""
    return f"{_endpoint(resource)}/progress"


def savepoint_url(resource: WordCount) -> str:
    """Return the address at which the driver takes the request for a savepoint and reports how it does."""
    return f"{_endpoint(resource)}/savepoints/{resource.savepoint_due}"


def _endpoint(resource: WordCount) -> str:
    return f"http://{names.driver(resource)}.{resource.namespace}.svc:{names.PROGRESS_PORT}"


def base_objects(resource: WordCount) -> tuple[Manifest, ...]:
    """Return the objects beside the pods, in creation order."""
    volume = resource.volume
    made = (
        volume
        and not volume.claim_name
        and pods.state_claim(volume, resource.namespace, names.claim(resource), resource.labels)
    )
    return (
        *((made,) if made else ()),
        *map(
            pods.with_content_hash,
            (_account(resource), _binding(resource), _service(resource), _executor_template(resource)),
        ),
    )


def _meta(resource: WordCount, name: str) -> Manifest:
    return {
        "name": name,
        "namespace": resource.namespace,
        "labels": resource.labels,
        "ownerReferences": [resource.owner],
    }


def _account(resource: WordCount) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": _meta(resource, names.account(resource)),
    }


def _binding(resource: WordCount) -> Manifest:
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": _meta(resource, names.account(resource)),
        "roleRef": {
            "apiGroup": "rbac.authorization.k8s.io",
            "kind": "ClusterRole",
            "name": INFO.cluster_role,
        },
        "subjects": [
            {"kind": "ServiceAccount", "name": names.account(resource), "namespace": resource.namespace}
        ],
    }


def _service(resource: WordCount) -> Manifest:
    ports = {"rpc": 7078, "blocks": 7079, "ui": names.UI_PORT, "progress": names.PROGRESS_PORT}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": _meta(resource, names.driver(resource)),
        "spec": {
            "clusterIP": "None",
            # Executors look the driver up while it is still starting.
            "publishNotReadyAddresses": True,
            "selector": {**resource.labels, pods.ROLE_LABEL: "driver"},
            "ports": [{"name": name, "port": port, "targetPort": port} for name, port in ports.items()],
        },
    }


def _executor_template(resource: WordCount) -> Manifest:
    """Return the ConfigMap with the executors' template; Spark uses its first container and adds the rest."""
    secret_volumes, secret_mounts = pods.secret_volumes_and_mounts(resource.connection_secrets)
    pod: Manifest = {
        "metadata": {},
        "spec": {
            "automountServiceAccountToken": False,
            "securityContext": pods.POD_SECURITY,
            "volumes": [pods.SCRATCH, *secret_volumes],  # Spark itself adds the PVC with the state
            "containers": [
                {
                    "name": names.CONTAINER,
                    "securityContext": pods.CONTAINER_SECURITY,
                    "env": pods.environment(resource),
                    "volumeMounts": [pods.SCRATCH_MOUNT, *secret_mounts],
                }
            ],
        },
    }
    template = {
        "apiVersion": "v1",
        "kind": "Pod",
        **with_template(pod, resource.engine_block.pod_template),
    }
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": _meta(resource, names.template(resource)),
        "data": {"executor.yaml": yaml.safe_dump(template)},
    }


def driver(resource: WordCount, attempt: Attempt) -> Manifest:
    """Return the driver pod of an attempt.

    Kubernetes never restarts it, because only the operator knows if it may.
    """
    job = job_options(
        resource.name,
        resource.effective_spec,
        checkpoint_dir=resource.state_path,
        restore_from=resource.restore_from or None,
        continues=resource.status.checkpoint.latest is not None,
        conf=conf(resource, attempt),
        progress_port=names.PROGRESS_PORT,
    )
    labels = {**resource.labels, ATTEMPT_LABEL: attempt.id, pods.ROLE_LABEL: "driver"}
    pod: Manifest = {
        "metadata": {
            **_meta(resource, names.driver(resource)),
            "labels": labels,
            "annotations": pods.scrape_annotations(INFO.metrics),
        },
        "spec": {
            "serviceAccountName": names.account(resource),
            "terminationGracePeriodSeconds": GRACE,
            "securityContext": pods.POD_SECURITY,
            "volumes": [
                *pods.volumes(resource, names.claim(resource)),
                *pods.secret_volumes_and_mounts(resource.connection_secrets)[0],
                {"name": "template", "configMap": {"name": names.template(resource)}},
            ],
            "containers": [_program(resource, job.main_args())],
        },
    }
    result = with_template(pod, resource.engine_block.pod_template)
    result["spec"]["restartPolicy"] = "Never"  # whatever the template says
    return {"apiVersion": "v1", "kind": "Pod", **result}


def _program(resource: WordCount, arguments: Sequence[str]) -> Manifest:
    """Return the driver's one container."""
    size = resource.effective_spec.resources.driver
    return {
        "name": names.CONTAINER,
        "image": resource.effective_image,
        "imagePullPolicy": "IfNotPresent",
        "args": ["python", "-m", "wordcount_jobs.spark.main", *arguments],
        "securityContext": pods.CONTAINER_SECURITY,
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "resources": {
            "requests": {"cpu": size.cpu, "memory": size.memory},
            "limits": {"memory": size.memory},
        },
        "ports": [{"name": "ui", "containerPort": names.UI_PORT}],
        "env": pods.environment(resource),
        "volumeMounts": [
            *pods.mounts(resource),
            *pods.secret_volumes_and_mounts(resource.connection_secrets)[1],
            {"name": "template", "mountPath": names.TEMPLATE_FOLDER, "readOnly": True},
        ],
    }
