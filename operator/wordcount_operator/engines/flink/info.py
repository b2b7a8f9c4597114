"""Flink, as data."""

from wordcount_operator.engines.info import EngineInfo, MetricsEndpoint

COMPONENTS = ("jobmanager", "taskmanager")
"""Values of the label `component` of a session's pods."""

INFO = EngineInfo(
    name="flink",
    title="Flink",
    download="about 830 MB",
    container="flink-main-container",
    # Pods belong to the session, so other resources of the same session run in them too.
    pod_selector=f"app={{session}},component in ({','.join(COMPONENTS)})",
    cluster_role="streaming-wordcount-flink",
    rest_port=8081,
    metrics=MetricsEndpoint(9249, "/metrics"),
    dashboard_metrics={
        "flink_jobmanager_job_lastCheckpointDuration": (
            "how long the newest checkpoint took, in milliseconds."
        ),
        "flink_jobmanager_job_numberOfCompletedCheckpoints": (
            "checkpoints finished since the JobManager began."
        ),
        "flink_jobmanager_job_numberOfFailedCheckpoints": (
            "checkpoints that failed since the JobManager began."
        ),
        "flink_jobmanager_job_numRestarts": "restarts by Flink itself, which the operator does not count.",
        "flink_jobmanager_Status_JVM_Memory_Heap_Used": "heap in use of the JobManager, in bytes.",
        "flink_taskmanager_Status_JVM_Memory_Heap_Used": "heap in use of a TaskManager, in bytes.",
        "flink_taskmanager_job_task_busyTimeMsPerSecond": (
            "milliseconds of a second in which a subtask was busy."
        ),
        "flink_taskmanager_job_task_numRecordsInPerSecond": "records that a subtask takes in a second.",
    },
    connectors={
        "kafka": ("org.apache.flink:flink-sql-connector-kafka:5.0.0-2.2",),
        "files": (
            "org.apache.flink:flink-sql-parquet:2.3.0",
            "org.apache.hadoop:hadoop-client-api:3.4.2",
            "org.apache.hadoop:hadoop-client-runtime:3.4.2",
        ),
        "postgres": (
            "org.apache.flink:flink-connector-jdbc-core:4.0.0-2.0",
            "org.apache.flink:flink-connector-jdbc-postgres:4.0.0-2.0",
            "org.postgresql:postgresql:42.7.14",
        ),
    },
    jars_key="pipeline.jars",
    jars_separator=";",
    jars_as_uris=True,
    local_conf={},
)
