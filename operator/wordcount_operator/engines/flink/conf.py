"""Flink's configuration: the keys of a session, of a job, and those that only the operator sets."""

import math
from collections.abc import Mapping

from wordcount_core.storage_uris import with_scheme
from wordcount_operator.api.rules import amount, seconds
from wordcount_operator.engines.flink.info import INFO
from wordcount_operator.model.job import Problem
from wordcount_operator.model.resource import WordCount

MEBI = 1024**2
UPLOADS = "/tmp/flink-web"  # noqa: S108 - a volume of the pod
"""Where the image's start script puts the empty jar by which jobs are submitted."""
HA = "ha"
"""Folder of the sessions' own records beside the resources' state."""
JAVA_OPTIONS = "-Dfile.encoding=UTF-8"
"""Lines from a socket are decoded by this; all else that Java must be told is in the image."""
_JOB_LEVEL = ("execution.", "pipeline.", "table.", "restart-strategy", "state.", "python.", "sql-client.")
_FIELD = {
    "kubernetes.container.image": "write spec.flink.image",
    "kubernetes.pod-template-file": "write spec.flink.podTemplate",
    "kubernetes.jobmanager.cpu": "write spec.resources.driver.cpu",
    "kubernetes.taskmanager.cpu": "write spec.resources.worker.cpu",
    "jobmanager.memory.process.size": "write spec.resources.driver.memory",
    "taskmanager.memory.process.size": "write spec.resources.worker.memory",
    "parallelism.default": "write spec.parallelism",
    "execution.checkpointing.interval": "write spec.checkpoint.interval",
    "execution.checkpointing.dir": "write spec.checkpoint.storage",
    "execution.checkpointing.savepoint-dir": "write spec.checkpoint.storage",
    "state.checkpoints.dir": "write spec.checkpoint.storage",
    "state.savepoints.dir": "write spec.checkpoint.storage",
    "s3.endpoint": "write spec.checkpoint.storage.s3.endpoint",
    "s3.region": "write spec.checkpoint.storage.s3.region",
    "s3.path-style-access": "write spec.checkpoint.storage.s3.pathStyle",
    "s3.access-key": "write spec.checkpoint.storage.s3.credentialsSecret",
    "s3.secret-key": "write spec.checkpoint.storage.s3.credentialsSecret",
}
_OWNED = (
    "$internal.",
    "execution.attached",
    "execution.checkpointing.externalized-checkpoint-retention",
    "execution.checkpointing.num-retained",
    "execution.runtime-mode",
    "execution.state-recovery.",
    "execution.target",
    "high-availability",
    "kubernetes.cluster-id",
    "kubernetes.entry.path",
    "kubernetes.flink.conf.dir",
    "kubernetes.namespace",
    "kubernetes.rest-service.",
    "kubernetes.service-account",
    "pipeline.name",
    "rest.",
    "web.",
)


def cluster_level(user: Mapping[str, str]) -> dict[str, str]:
    """Return the user's keys that hold for a whole session."""
    return {key: value for key, value in user.items() if not key.startswith(_JOB_LEVEL)}


def job_level(user: Mapping[str, str]) -> dict[str, str]:
    """Return the user's keys that hold for one job."""
    return {key: value for key, value in user.items() if key.startswith(_JOB_LEVEL)}


def reserved(resource: WordCount) -> tuple[Problem, ...]:
    """Return the user's keys that only the operator sets, each with what to do instead."""
    found = []
    for key in resource.engine_block.conf:
        remedy = next((text for prefix, text in _FIELD.items() if key.startswith(prefix)), "")
        if remedy or key.startswith(_OWNED):
            sentence = f"spec.flink.conf: {key} is set by the operator; remove it"
            found.append(Problem("ReservedConf", f"{sentence} and {remedy}" if remedy else sentence))
    return tuple(found)


def mebibytes(memory: str) -> int:
    """Return the whole MiB of a Kubernetes quantity."""
    return int(amount(memory) / MEBI)


def session(resource: WordCount, name: str, account: str, pod_conf_dir: str) -> dict[str, str]:
    """Return the configuration of a session: what the operator needs, then the user's keys.

    Memory is split for small pods: Flink's defaults would leave a 1 GiB TaskManager 26 MB of heap, and SQL on
    the heap state backend uses next to no managed memory.
    """
    worker, driver = resource.effective_spec.resources.worker, resource.effective_spec.resources.driver
    cores = float(amount(worker.cpu))
    return {
        "kubernetes.cluster-id": name,
        "kubernetes.namespace": resource.namespace,
        "kubernetes.service-account": account,
        "kubernetes.container.image.ref": resource.effective_image,
        "kubernetes.container.image.pull-policy": "IfNotPresent",
        "kubernetes.flink.conf.dir": pod_conf_dir,
        "kubernetes.entry.path": "/usr/bin/env",
        "kubernetes.taskmanager.cpu.amount": str(cores),
        # Flink knows no CPU request without a limit; far above the request it is none, which start-up needs.
        "kubernetes.taskmanager.cpu.limit-factor": "10",
        "jobmanager.memory.process.size": f"{mebibytes(driver.memory)}m",
        "jobmanager.bind-host": "0.0.0.0",  # noqa: S104 - within the pod
        "jobmanager.scheduler": "Adaptive",
        "taskmanager.memory.process.size": f"{mebibytes(worker.memory)}m",
        "taskmanager.memory.jvm-metaspace.size": "160m",
        "taskmanager.memory.jvm-overhead.min": "128m",
        "taskmanager.memory.jvm-overhead.max": "128m",
        "taskmanager.memory.managed.fraction": "0.1",
        "taskmanager.bind-host": "0.0.0.0",  # noqa: S104
        # Two tasks a core: reading and counting wait for each other. So parallelism 2, the default, fits one
        # TaskManager.
        "taskmanager.numberOfTaskSlots": str(2 * math.ceil(cores)),
        # One TaskManager always there: it starts beside the JobManager, and a job that begins again finds it
        # warm.
        "slotmanager.min-total-resource.cpu": str(cores),
        "resourcemanager.taskmanager-timeout": "30s",
        "high-availability.type": "kubernetes",
        "high-availability.storageDir": (
            f"{with_scheme(resource.storage_root)}/{HA}/{resource.namespace}/{name}"
        ),
        # A JobManager that died holds the lease for this long; one that is alive renews it in time even on a
        # slow API.
        "high-availability.kubernetes.leader-election.lease-duration": "8s",
        "high-availability.kubernetes.leader-election.renew-deadline": "6s",
        "high-availability.kubernetes.leader-election.retry-period": "1s",
        # Flink takes this from the session alone. One would be gone whenever a newer one is not known of yet.
        "execution.checkpointing.num-retained": "3",
        "heartbeat.interval": "2s",
        "heartbeat.timeout": "12s",
        # Ports of a pod are named in advance, so none may be chosen at random.
        "taskmanager.rpc.port": "6122",
        "blob.server.port": "6124",
        "rest.bind-address": "0.0.0.0",  # noqa: S104
        "web.upload.dir": UPLOADS,
        # The operator may be away when a job ends or a savepoint is done; what they said must still be there
        # then.
        "rest.async.store-duration": "7d",
        "completed-application-store.expiration-time": "7d",
        # What the REST API reports may be this old, in ms; three seconds would hide that a job runs.
        "web.refresh-interval": "500",
        "metrics.fetcher.update-interval": "1000",
        # An image without this plugin logs that it is missing, and works.
        "metrics.reporter.prometheus.factory.class": (
            "org.apache.flink.metrics.prometheus.PrometheusReporterFactory"
        ),
        "metrics.reporter.prometheus.port": str(INFO.metrics.port),
        # Else the job `my-words` is `my_words` there.
        "metrics.reporter.prometheus.filterLabelValueCharacters": "false",
        **_store(resource),
        **cluster_level(resource.engine_block.conf),
    }


def _store(resource: WordCount) -> dict[str, str]:
    """Return how JobManager and TaskManagers reach the bucket; its keys come from the environment."""
    s3 = resource.effective_spec.checkpoint.storage.s3
    if s3 is None:
        return {}
    found = {"s3.region": s3.region, "s3.path-style-access": str(s3.path_style).lower()}
    return found | ({"s3.endpoint": s3.endpoint} if s3.endpoint else {})


def jobmanager_jvm(resource: WordCount) -> str:
    """Return the JobManager's JVM options: its heap is what metaspace, overhead and off-heap memory leave."""
    total = mebibytes(resource.effective_spec.resources.driver.memory)
    heap = total - 256 - min(max(192, total // 10), 1024) - 128
    return f"-Xms{heap}m -Xmx{heap}m -XX:MaxMetaspaceSize=256m"


def job(resource: WordCount) -> dict[str, str]:
    """Return the configuration of one job: the user's keys for a job, then what the operator promises."""
    folder = with_scheme(resource.state_path)
    return {
        # Tasks come back at once after a lost TaskManager, and a source that stays away is not hammered.
        "restart-strategy.type": (
            "disable" if resource.effective_spec.restart.policy == "Never" else "exponential-delay"
        ),
        "restart-strategy.exponential-delay.initial-backoff": "100ms",
        "restart-strategy.exponential-delay.backoff-multiplier": "2",
        "restart-strategy.exponential-delay.max-backoff": "30s",
        "restart-strategy.exponential-delay.reset-backoff-threshold": "1min",
        **job_level(resource.engine_block.conf),
        "pipeline.name": resource.name,
        "execution.checkpointing.interval": (
            f"{round(seconds(resource.effective_spec.checkpoint.interval) * 1000)}ms"
        ),
        "execution.checkpointing.dir": folder,
        "execution.checkpointing.savepoint-dir": f"{folder}/savepoints",
        "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
    }
