"""Spark, as data."""

from wordcount_operator.engines.common.pods import ROLE_LABEL
from wordcount_operator.engines.info import EngineInfo, MetricsEndpoint
from wordcount_operator.engines.spark import names
from wordcount_operator.model.objects import UID_LABEL

INFO = EngineInfo(
    name="spark",
    title="Spark",
    download="about 550 MB",
    container=names.CONTAINER,
    pod_selector=f"{UID_LABEL}={{uid}},{ROLE_LABEL}!=cleaner",
    cluster_role="streaming-wordcount-spark",
    rest_port=names.PROGRESS_PORT,
    # The driver reports its executors too.
    metrics=MetricsEndpoint(names.UI_PORT, "/metrics/executors/prometheus"),
    dashboard_metrics={
        "metrics_executor_activeTasks": "tasks under way.",
        "metrics_executor_maxTasks": "tasks that could be under way at once.",
        "metrics_executor_completedTasks_total": "tasks that ended well.",
        "metrics_executor_failedTasks_total": "tasks that failed.",
        "metrics_executor_totalGCTime_seconds_total": "time that tasks lost to garbage collection.",
        "metrics_executor_JVMHeapMemory_bytes": "the most heap that was in use.",
    },
    connectors={
        # There is none of 4.3, and Spark 4.3 works with it, in its real-time mode too.
        "kafka": (
            "org.apache.spark:spark-sql-kafka-0-10_2.13:4.2.0",
            "org.apache.spark:spark-token-provider-kafka-0-10_2.13:4.2.0",
            "org.apache.kafka:kafka-clients:3.9.2",
            "org.apache.commons:commons-pool2:2.13.1",
        ),
    },
    jars_key="spark.jars",
    jars_separator=",",
    jars_as_uris=False,
    local_conf={"spark.ui.enabled": "false", "spark.driver.host": "localhost", "spark.log.level": "WARN"},
)
