"""The Kubernetes objects of a Spark application; pure functions from a resource to manifests."""

from collections.abc import Sequence

import yaml

from wordcount_operator.api.v1alpha1 import Attempt
from wordcount_operator.domain import ATTEMPT_LABEL, App, Manifest
from wordcount_operator.engines.common import pods
from wordcount_operator.engines.common.job_options import options
from wordcount_operator.engines.spark import names
from wordcount_operator.engines.spark.conf import conf

GRACE = 60
"""Seconds that a driver has to finish its micro-batch before it is killed."""


def progress_url(app: App) -> str:
    """Where the driver tells its progress."""
    return f"http://{names.driver(app)}.{app.namespace}.svc:{names.PROGRESS_PORT}/progress"


def savepoint_url(app: App) -> str:
    """Where the driver is asked for the savepoint that is due, and tells how it does."""
    return (
        f"http://{names.driver(app)}.{app.namespace}.svc:{names.PROGRESS_PORT}/savepoints/{app.savepoint_due}"
    )


def standing(app: App) -> tuple[Manifest, ...]:
    """What exists beside the pods, in the order to make it."""
    volume = app.volume
    made = (
        volume and not volume.claim_name and pods.claim(volume, app.namespace, names.claim(app), app.labels)
    )
    return (
        *((made,) if made else ()),
        *map(pods.marked, (_account(app), _binding(app), _service(app), _executor_template(app))),
    )


def _meta(app: App, name: str) -> Manifest:
    return {"name": name, "namespace": app.namespace, "labels": app.labels, "ownerReferences": [app.owner]}


def _account(app: App) -> Manifest:
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": _meta(app, names.account(app))}


def _binding(app: App) -> Manifest:
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": _meta(app, names.account(app)),
        "roleRef": {
            "apiGroup": "rbac.authorization.k8s.io",
            "kind": "ClusterRole",
            "name": names.CLUSTER_ROLE,
        },
        "subjects": [{"kind": "ServiceAccount", "name": names.account(app), "namespace": app.namespace}],
    }


def _service(app: App) -> Manifest:
    ports = {"rpc": 7078, "blocks": 7079, "ui": names.UI_PORT, "progress": names.PROGRESS_PORT}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": _meta(app, names.driver(app)),
        "spec": {
            "clusterIP": "None",
            # Executors look the driver up while it is still starting.
            "publishNotReadyAddresses": True,
            "selector": {**app.labels, pods.ROLE_LABEL: "driver"},
            "ports": [{"name": name, "port": port, "targetPort": port} for name, port in ports.items()],
        },
    }


def _executor_template(app: App) -> Manifest:
    """Spark fills in the rest of an executor; it takes the first container of the template for its own."""
    secret_volumes, secret_mounts = pods.secrets(app.secrets)
    pod: Manifest = {
        "metadata": {},
        "spec": {
            "automountServiceAccountToken": False,
            "securityContext": pods.POD_SECURITY,
            "volumes": [pods.SCRATCH, *secret_volumes],  # Spark itself adds the state's claim
            "containers": [
                {
                    "name": "main",
                    "securityContext": pods.CONTAINER_SECURITY,
                    "env": pods.environment(app),
                    "volumeMounts": [pods.SCRATCH_MOUNT, *secret_mounts],
                }
            ],
        },
    }
    template = {"apiVersion": "v1", "kind": "Pod", **pods.merged(pod, app.block.pod_template)}
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": _meta(app, names.template(app)),
        "data": {"executor.yaml": yaml.safe_dump(template)},
    }


def driver(app: App, attempt: Attempt) -> Manifest:
    """The driver pod of an attempt; it never restarts by itself, because only the operator knows whether it may."""
    job = options(
        app.name,
        app.spec,
        checkpoint_dir=app.state_path,
        restore_from=app.restore_from or None,
        continues=app.status.checkpoint.latest is not None,
        conf=conf(app, attempt),
        progress_port=names.PROGRESS_PORT,
    )
    labels = {**app.labels, ATTEMPT_LABEL: attempt.id, pods.ROLE_LABEL: "driver"}
    pod: Manifest = {
        "metadata": {
            **_meta(app, names.driver(app)),
            "labels": labels,
            # The driver tells of its executors too.
            "annotations": pods.scraped(names.UI_PORT, "/metrics/executors/prometheus"),
        },
        "spec": {
            "serviceAccountName": names.account(app),
            "terminationGracePeriodSeconds": GRACE,
            "securityContext": pods.POD_SECURITY,
            "volumes": [
                *pods.volumes(app, names.claim(app)),
                *pods.secrets(app.secrets)[0],
                {"name": "template", "configMap": {"name": names.template(app)}},
            ],
            "containers": [_program(app, job.main_args())],
        },
    }
    result = pods.merged(pod, app.block.pod_template)
    result["spec"]["restartPolicy"] = "Never"  # whatever the template says
    return {"apiVersion": "v1", "kind": "Pod", **result}


def _program(app: App, arguments: Sequence[str]) -> Manifest:
    """The driver's one container."""
    size = app.spec.resources.driver
    return {
        "name": "main",
        "image": app.image,
        "imagePullPolicy": "IfNotPresent",
        "args": ["python", "-m", "wordcount_jobs.spark.main", *arguments],
        "securityContext": pods.CONTAINER_SECURITY,
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "resources": {
            "requests": {"cpu": size.cpu, "memory": size.memory},
            "limits": {"memory": size.memory},
        },
        "ports": [{"name": "ui", "containerPort": names.UI_PORT}],
        "env": pods.environment(app),
        "volumeMounts": [
            *pods.mounts(app),
            *pods.secrets(app.secrets)[1],
            {"name": "template", "mountPath": "/opt/wordcount/pod-template", "readOnly": True},
        ],
    }
