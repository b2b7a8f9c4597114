#!/bin/bash
# Stands where Flink looks for its own script of this name, and starts the TaskManager's JVM at once: no helper JVMs before it.
# Reads no configuration file: memory comes from the JobManager in FLINK_TM_JVM_MEM_OPTS, options in FLINK_ENV_JAVA_OPTS(_TM).
set -eu
exec java @/opt/flink/class-path @/opt/flink/java-options \
    "${SHARED_CLASSES:--XX:SharedArchiveFile=/opt/flink/taskmanager.jsa}" \
    ${JVM_ARGS:-} ${FLINK_TM_JVM_MEM_OPTS:-} ${FLINK_ENV_JAVA_OPTS:-} ${FLINK_ENV_JAVA_OPTS_TM:-} \
    "-Dlog4j.configurationFile=file:$FLINK_CONF_DIR/log4j-console.properties" -Dlog.file=/tmp/flink.log \
    org.apache.flink.kubernetes.taskmanager.KubernetesTaskExecutorRunner --configDir "$FLINK_CONF_DIR" "$@"
