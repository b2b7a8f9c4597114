#!/bin/sh
# Starts the broker on /data/kafka, formatted at its first start by a copy of what the image's build formatted (no second JVM).
set -eu
[ -e /data/kafka/meta.properties ] || cp -r /opt/kafka/formatted /data/kafka
inside=CLUSTER://:9092,POD://:9094,CONTROLLER://127.0.0.1:9093
outside="CLUSTER://kafka:9092,POD://${POD_IP:-127.0.0.1}:9094"
if [ -e /tls/broker.pem ]; then
    inside="$inside,SECURE://:9095" outside="$outside,SECURE://kafka:9095"
fi
exec java @/opt/kafka/class-path "${SHARED_CLASSES:--XX:SharedArchiveFile=/opt/kafka/broker.jsa}" \
    -Xmx400m -XX:+UseSerialGC kafka.Kafka /opt/kafka/server.properties \
    --override "listeners=$inside" --override "advertised.listeners=$outside"
