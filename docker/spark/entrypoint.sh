#!/bin/bash
# PID 1's only child in the Spark image: `executor` becomes an executor's JVM, anything else is run as it stands.
# Must never stay around as a parent itself (exec everywhere): a SIGTERM has to reach the process that can act on it.
set -eu
[ "${1:-}" = executor ] || exec "$@"

options=()
for name in ${!SPARK_JAVA_OPT_@}; do options+=("${!name}"); done
exec java @/opt/spark/class-path "${SHARED_CLASSES_EXECUTOR:--XX:SharedArchiveFile=/opt/spark/executor.jsa}" "${options[@]}" \
    "-Xms$SPARK_EXECUTOR_MEMORY" "-Xmx$SPARK_EXECUTOR_MEMORY" \
    org.apache.spark.scheduler.cluster.k8s.KubernetesExecutorBackend \
    --driver-url "$SPARK_DRIVER_URL" --executor-id "$SPARK_EXECUTOR_ID" --cores "$SPARK_EXECUTOR_CORES" \
    --app-id "$SPARK_APPLICATION_ID" --hostname "$SPARK_EXECUTOR_POD_IP" \
    --resourceProfileId "$SPARK_RESOURCE_PROFILE_ID" --podName "$SPARK_EXECUTOR_POD_NAME"
