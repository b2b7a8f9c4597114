#!/bin/bash
# Stands where Flink looks for its own script of this name, and starts the JobManager's JVM at once: no helper JVMs before it.
# Reads no configuration file: heap and options come in JVM_ARGS, FLINK_ENV_JAVA_OPTS and FLINK_ENV_JAVA_OPTS_JM.
set -eu
# A session job names a jar by its file in the upload folder; the root file system is read-only, so the folder is made in /tmp.
mkdir -p /tmp/flink-web/flink-web-upload
cp /opt/flink/wordcount.jar /tmp/flink-web/flink-web-upload/
# A JobManager only plans and coordinates: the quick compiler and the simple collector shorten its start, and it is no bottleneck.
exec java @/opt/flink/class-path @/opt/flink/java-options \
    "${SHARED_CLASSES:--XX:SharedArchiveFile=/opt/flink/jobmanager.jsa}" -XX:TieredStopAtLevel=1 -XX:+UseSerialGC \
    ${JVM_ARGS:-} ${FLINK_ENV_JAVA_OPTS:-} ${FLINK_ENV_JAVA_OPTS_JM:-} \
    "-Dlog4j.configurationFile=file:$FLINK_CONF_DIR/log4j-console.properties" -Dlog.file=/tmp/flink.log \
    org.apache.flink.kubernetes.entrypoint.KubernetesSessionClusterEntrypoint "${@:2}"
