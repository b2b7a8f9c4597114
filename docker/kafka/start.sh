#!/bin/sh
# Starts the broker on /data/kafka, formatted at its first start by a copy of what the image's build formatted (no second JVM).
set -eu
[ -e /data/kafka/meta.properties ] || cp -r /opt/kafka/formatted /data/kafka
exec java @/opt/kafka/class-path "${SHARED_CLASSES:--XX:SharedArchiveFile=/opt/kafka/broker.jsa}" \
    -Xmx400m -XX:+UseSerialGC kafka.Kafka /opt/kafka/server.properties \
    --override "advertised.listeners=CLUSTER://kafka:9092,POD://${POD_IP:-127.0.0.1}:9094"
