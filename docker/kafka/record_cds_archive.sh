#!/bin/sh
# Formats the storage, then runs the broker once while the image is built: one record in, one out, and it leaves its class archive.
set -eu
tool="java @/opt/kafka/class-path -XX:TieredStopAtLevel=1"
# The one user of the listener SECURE; what tests keep there needs no protection.
$tool kafka.tools.StorageTool format --cluster-id wordcountwordcountwordA --config /opt/kafka/server.properties \
    --add-scram 'SCRAM-SHA-512=[name=words,password=only-for-tests]'
mv /data/kafka /opt/kafka/formatted
SHARED_CLASSES=-XX:ArchiveClassesAtExit=/opt/kafka/broker.jsa /opt/kafka/start.sh & broker=$!
trap "kill $broker 2>/dev/null || true" EXIT
echo line | $tool org.apache.kafka.tools.ConsoleProducer --bootstrap-server 127.0.0.1:9094 --topic recording
$tool org.apache.kafka.tools.consumer.ConsoleConsumer --bootstrap-server 127.0.0.1:9094 --topic recording \
    --from-beginning --max-messages 1 --timeout-ms 60000
kill $broker; wait $broker || true
test -s /opt/kafka/broker.jsa
rm -rf /data/kafka /opt/kafka/record_cds_archive.sh
