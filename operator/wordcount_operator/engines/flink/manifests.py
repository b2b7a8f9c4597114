"""The Kubernetes objects of a session cluster in Flink's native mode.

A job has no objects: it is sent to the JobManager (`job.py`), which makes the TaskManagers' pods itself.
"""

import copy
from typing import Any

import yaml

from wordcount_operator.api import GROUP
from wordcount_operator.engines.common import pods
from wordcount_operator.engines.common.pod_template import with_template
from wordcount_operator.engines.flink import conf
from wordcount_operator.engines.flink.info import INFO
from wordcount_operator.engines.flink.session import Session, desired_session
from wordcount_operator.engines.flink.sharing import annotations
from wordcount_operator.model.objects import MANAGED_BY, Manifest, Ref, digest
from wordcount_operator.model.resource import WordCount

CONF_DIR = "/opt/flink/conf"
TEMPLATE_DIR = "/opt/flink/pod-template"
TEMPLATE_FILE = "taskmanager-pod-template.yaml"
"""Flink reads the template from this file in this folder and from nowhere else."""
LOG4J = """\
# Logs go to the container's output only: the root file system is read-only.
monitorInterval = 30
rootLogger.level = INFO
rootLogger.appenderRef.console.ref = console
appender.console.name = console
appender.console.type = CONSOLE
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{yyyy-MM-dd HH:mm:ss,SSS} %-5p %c{1.} %x - %m%n
logger.kafka.name = org.apache.kafka
logger.kafka.level = WARN
logger.pekko.name = org.apache.pekko
logger.pekko.level = WARN
# Flink registers a sink's gauge of committables anew with each checkpoint, and warns each time.
logger.groups.name = org.apache.flink.metrics.MetricGroup
logger.groups.level = ERROR
"""


def claim(resource: WordCount) -> Ref:
    """Return the reference of the PVC that holds the state."""
    return Ref("v1", "PersistentVolumeClaim", resource.namespace, claim_name(resource))


def claim_name(resource: WordCount) -> str:
    """Return the name of the PVC with the state: the user's, else one for all resources that ask alike.

    Not one a session: state must be found again when an edit moves the resource into another session.
    """
    volume = resource.volume
    made = f"flink-state-{digest(volume.model_dump(exclude_defaults=True))}" if volume else ""
    return (volume and volume.claim_name) or made


def base_objects(resource: WordCount) -> tuple[Manifest, ...]:
    """Return the objects of the session that the resource asks for, in creation order."""
    session = desired_session(resource)
    volume = resource.volume
    # No session's: it outlives them.
    made = (
        volume
        and not volume.claim_name
        and pods.state_claim(volume, resource.namespace, claim_name(resource), MANAGED_BY)
    )
    config = _config(resource, session)
    return (
        *((made,) if made else ()),
        _made(session.account, session),
        _binding(session),
        config,
        _service(session),
        _deployment(resource, session, digest(config["data"])),
    )


def _made(ref: Ref, session: Session, **parts: Any) -> Manifest:
    meta = {"name": ref.name, "namespace": ref.namespace, "labels": session.labels}
    return {"apiVersion": ref.api_version, "kind": ref.kind, "metadata": meta, **parts}


def _binding(session: Session) -> Manifest:
    account = session.account
    return _made(
        session.binding,
        session,
        roleRef={"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": INFO.cluster_role},
        subjects=[{"kind": account.kind, "name": account.name, "namespace": account.namespace}],
    )


def _config(resource: WordCount, session: Session) -> Manifest:
    keys = conf.session(resource, session.name, session.account.name, CONF_DIR)
    data = {
        "config.yaml": yaml.safe_dump(keys, width=10_000),
        "log4j-console.properties": LOG4J,
        TEMPLATE_FILE: yaml.safe_dump(_taskmanager(resource), width=10_000),
    }
    return _made(session.config, session, data=data)


def _service(session: Session) -> Manifest:
    ports = [{"name": "rest", "port": INFO.rest_port, "targetPort": INFO.rest_port}]
    return _made(session.service, session, spec={"selector": _selector(session), "ports": ports})


def _selector(session: Session) -> dict[str, str]:
    return {"app": session.name, "component": "jobmanager"}


def _deployment(resource: WordCount, session: Session, config: str) -> Manifest:
    pod = _jobmanager(resource, session, config)
    spec = {
        "replicas": 1,
        # Two JobManagers at once would only wait for each other's lease.
        "strategy": {"type": "Recreate", "rollingUpdate": None},
        "revisionHistoryLimit": 1,
        "selector": {"matchLabels": _selector(session)},
        "template": pod,
    }
    made = _made(session.deployment, session, spec=spec)
    return {**made, "metadata": {**made["metadata"], "annotations": annotations(resource)}}


def _jobmanager(resource: WordCount, session: Session, config: str) -> Manifest:
    driver = resource.effective_spec.resources.driver
    mounts = [{"name": "config", "mountPath": path} for path in (CONF_DIR, TEMPLATE_DIR)]
    pod = _pod(resource, _environment(resource, "jobmanager"))
    pod["metadata"] = {
        "labels": {**session.labels, **_selector(session)},
        "annotations": {**pod["metadata"]["annotations"], f"{GROUP}/config": config},
    }
    spec, container = pod["spec"], pod["spec"]["containers"][0]
    spec["serviceAccountName"] = session.account.name
    spec["volumes"].append({"name": "config", "configMap": {"name": session.config.name}})
    container["volumeMounts"] += mounts
    container |= {
        "image": resource.effective_image,
        "imagePullPolicy": "IfNotPresent",
        "args": ["kubernetes-jobmanager.sh", "kubernetes-session"],
        "ports": [{"name": "rest", "containerPort": INFO.rest_port}],
        "resources": {
            "requests": {"cpu": driver.cpu, "memory": driver.memory},
            "limits": {"memory": driver.memory},
        },
        "readinessProbe": {
            "httpGet": {"path": "/overview", "port": INFO.rest_port},
            "periodSeconds": 1,
            # A busy JobManager is late; one whose process died is unready at once, without the probe.
            "timeoutSeconds": 5,
            "failureThreshold": 10,
        },
        # One that hangs would neither run its jobs nor let go of them; a new one brings them back.
        "livenessProbe": {
            "httpGet": {"path": "/config", "port": INFO.rest_port},
            "initialDelaySeconds": 60,
            "periodSeconds": 10,
            "timeoutSeconds": 10,
            "failureThreshold": 6,
        },
    }
    if resource.effective_spec.checkpoint.storage.s3:
        spec["initContainers"] = [_bucket_check(resource)]
    return with_template(pod, resource.engine_block.pod_template, INFO.container)


def _bucket_check(resource: WordCount) -> Manifest:
    """Return the container that checks the bucket first: without it the JobManager only crashes."""
    return {
        "name": "reach",
        "image": resource.effective_image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["python", "-m", "wordcount_jobs.tools.check_bucket", resource.storage_root],
        "securityContext": pods.CONTAINER_SECURITY,
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "resources": {"requests": {"cpu": "10m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}},
        "env": pods.environment(resource),
        "volumeMounts": pods.mounts(resource),
    }


def _taskmanager(resource: WordCount) -> Manifest:
    """Return the TaskManagers' template.

    Flink adds image, command, ports, sizes, its configuration and the owner.
    """
    pod = _pod(resource, _environment(resource, "taskmanager"))
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        **with_template(pod, resource.engine_block.pod_template, INFO.container),
    }


def _pod(resource: WordCount, environment: dict[str, str]) -> Manifest:
    """Return what JobManager and TaskManagers have in common."""
    secret_volumes, secret_mounts = pods.secret_volumes_and_mounts(resource.connection_secrets)
    container = {
        "name": INFO.container,
        "securityContext": pods.CONTAINER_SECURITY,
        "env": [
            {"name": "_POD_IP_ADDRESS", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
            {"name": "LANG", "value": "C.UTF-8"},
            *({"name": name, "value": value} for name, value in environment.items() if value),
            *pods.environment(resource),
        ],
        "volumeMounts": [*pods.mounts(resource), *secret_mounts],
    }
    spec = {
        "securityContext": pods.POD_SECURITY,
        "enableServiceLinks": False,
        "containers": [container],
        "volumes": [*pods.volumes(resource, claim_name(resource)), *secret_volumes],
    }
    metadata = {"annotations": pods.scrape_annotations(INFO.metrics)}
    return copy.deepcopy({"metadata": metadata, "spec": spec})


def _environment(resource: WordCount, role: str) -> dict[str, str]:
    """Return the JVM's options for the image's start scripts, which cannot read config.yaml without a JVM."""
    user = resource.engine_block.conf
    short = {"jobmanager": "JM", "taskmanager": "TM"}[role]
    return {
        "FLINK_ENV_JAVA_OPTS": f"{conf.JAVA_OPTIONS} {user.get('env.java.opts.all', '')}".strip(),
        f"FLINK_ENV_JAVA_OPTS_{short}": user.get(f"env.java.opts.{role}", ""),
        "JVM_ARGS": conf.jobmanager_jvm(resource) if role == "jobmanager" else "",
    }
