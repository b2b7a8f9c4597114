"""The Spark configuration of a run, and the keys that only the operator sets."""

import math

from wordcount_core.options import REALTIME_PARTITIONS
from wordcount_operator.api.rules import amount
from wordcount_operator.api.v1alpha1 import Attempt
from wordcount_operator.engines.common import pods
from wordcount_operator.engines.spark import names
from wordcount_operator.model.job import Problem
from wordcount_operator.model.objects import ATTEMPT_LABEL, STATE_MOUNT_PATH
from wordcount_operator.model.resource import WordCount

MEBI = 1024**2
DRIVER_OVERHEAD = 480
"""MiB of a driver pod that are not heap: the Python process, metaspace, code cache, threads."""
EXECUTOR_OVERHEAD = 384
"""MiB of an executor pod that are not heap: Spark's own minimum (`spark.executor.minMemoryOverhead`)."""
_RESERVED = (
    "spark.master",
    "spark.submit.",
    "spark.driver.host",
    "spark.driver.port",
    "spark.driver.bindAddress",
    "spark.driver.blockManager.port",
    "spark.driver.memory",
    "spark.executor.memory",
    "spark.executor.instances",
    "spark.executor.cores",
    "spark.kubernetes.namespace",
    "spark.kubernetes.container.image",
    "spark.kubernetes.driver.pod.name",
    "spark.kubernetes.executor.label.",
    "spark.kubernetes.executor.podNamePrefix",
    "spark.kubernetes.executor.podTemplateFile",
    "spark.kubernetes.executor.volumes.persistentVolumeClaim.state.",
    "spark.hadoop.fs.s3a.endpoint",
    "spark.hadoop.fs.s3a.path.style.access",
    "spark.hadoop.fs.s3a.access.key",
    "spark.hadoop.fs.s3a.secret.key",
    "spark.hadoop.fs.s3a.session.token",
)


def reserved(resource: WordCount) -> tuple[Problem, ...]:
    """Return the user's keys that only the operator sets."""
    return tuple(
        Problem(
            "ReservedConf",
            f"spec.spark.conf: {key} is set by the operator; remove it and use the resource's own fields",
        )
        for key in resource.engine_block.conf
        if key.startswith(_RESERVED)
    )


def conf(resource: WordCount, attempt: Attempt) -> dict[str, str]:
    """Return all keys of a run: what Spark on Kubernetes in client mode needs, then the user's."""
    worker = resource.effective_spec.resources.worker
    labels = {**resource.labels, ATTEMPT_LABEL: attempt.id, pods.ROLE_LABEL: "executor"}
    return {
        "spark.master": "k8s://https://kubernetes.default.svc",
        "spark.driver.host": f"{names.driver(resource)}.{resource.namespace}.svc",
        "spark.driver.bindAddress": "0.0.0.0",  # noqa: S104 - within the pod
        # Else executors would be sent to the address above (the default since Spark 4.3).
        "spark.kubernetes.executor.useDriverPodIP": "false",
        "spark.driver.port": "7078",
        "spark.driver.blockManager.port": "7079",
        "spark.driver.memory": _heap(resource.effective_spec.resources.driver.memory, DRIVER_OVERHEAD),
        "spark.executor.instances": str(worker.replicas),
        **_places(resource),
        "spark.executor.memory": _heap(worker.memory, EXECUTOR_OVERHEAD),
        "spark.executor.memoryOverhead": f"{_overhead(worker.memory, EXECUTOR_OVERHEAD)}m",
        "spark.kubernetes.executor.request.cores": worker.cpu,
        "spark.kubernetes.namespace": resource.namespace,
        "spark.kubernetes.container.image": resource.effective_image,
        "spark.kubernetes.container.image.pullPolicy": "IfNotPresent",
        "spark.kubernetes.driver.pod.name": names.driver(resource),
        "spark.kubernetes.executor.podNamePrefix": f"{resource.name}-{attempt.number}",
        "spark.kubernetes.executor.podTemplateFile": names.TEMPLATE_FILE,
        # Executors are asked for in one go and at once; the default waits a second between batches of five.
        # Spark refuses 100ms and less.
        "spark.kubernetes.allocation.batch.size": str(max(worker.replicas, 5)),
        "spark.kubernetes.allocation.batch.delay": "200ms",
        # An executor's pod that is removed at once, as after the loss of its node, is missed by this poll
        # alone: the watch reports it as one that runs. The default is 30 s; the answer comes from the API
        # server's cache.
        "spark.kubernetes.executor.apiPollingInterval": "5s",
        "spark.kubernetes.executor.enablePollingWithResourceVersion": "true",
        # Services and PVCs are the operator's: the driver has no permission for them, and needs none.
        "spark.kubernetes.driver.service.deleteOnTermination": "false",
        "spark.kubernetes.driver.ownPersistentVolumeClaim": "false",
        "spark.kubernetes.driver.reusePersistentVolumeClaim": "false",
        # Tells how the driver and its executors do; by this the driver's pod is annotated.
        "spark.ui.prometheus.enabled": "true",
        **{f"spark.kubernetes.executor.label.{key}": value for key, value in labels.items()},
        **_storage(resource),
        **resource.engine_block.conf,
    }


def _places(resource: WordCount) -> dict[str, str]:
    """Return how many tasks an executor runs side by side, and whether the query waits for the executors."""
    spec = resource.effective_spec
    if spec.latency == "low":
        # All tasks run at once or Spark refuses the query, also where an executor is missing: each has room
        # for all.
        return {
            "spark.executor.cores": str(spec.parallelism + REALTIME_PARTITIONS),
            "spark.scheduler.minRegisteredResourcesRatio": "1",
            "spark.scheduler.maxRegisteredResourcesWaitingTime": "1h",
        }
    return {
        # Tasks of one micro-batch run side by side even where a worker asks for less than a core for each.
        "spark.executor.cores": str(math.ceil(spec.parallelism / spec.resources.worker.replicas)),
        # The query is planned while the executors start, instead of after.
        "spark.scheduler.minRegisteredResourcesRatio": "0",
    }


def _storage(resource: WordCount) -> dict[str, str]:
    """Return how executors mount the PVC, or how driver and executors reach the bucket."""
    s3 = resource.effective_spec.checkpoint.storage.s3
    if s3 is None:
        state = "spark.kubernetes.executor.volumes.persistentVolumeClaim.state"
        return {f"{state}.options.claimName": names.claim(resource), f"{state}.mount.path": STATE_MOUNT_PATH}
    found = {
        "spark.hadoop.fs.s3a.endpoint.region": s3.region,
        "spark.hadoop.fs.s3a.path.style.access": str(s3.path_style).lower(),
        # A store that is away is for the restart's backoff to wait for; the default would hide it for many
        # minutes.
        "spark.hadoop.fs.s3a.attempts.maximum": "3",
        "spark.hadoop.fs.s3a.retry.limit": "3",
    }
    return found | ({"spark.hadoop.fs.s3a.endpoint": s3.endpoint} if s3.endpoint else {})


def _overhead(memory: str, least: int) -> int:
    return max(least, int(amount(memory) / MEBI / 10))


def _heap(memory: str, least: int) -> str:
    return f"{int(amount(memory) / MEBI) - _overhead(memory, least)}m"
