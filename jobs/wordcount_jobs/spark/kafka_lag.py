"""Asks Kafka how many records of the topics are not counted yet, from a thread beside the query.

Spark's own numbers (`offsetsBehindLatest`) are taken when a micro-batch is planned, which then reads all
there is: they are always 0. In real-time mode they are taken when a batch ends, so there they are used
(`kafka_offsets.lag_records`).
"""

from __future__ import annotations

import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from wordcount_jobs.common.kafka_properties import properties
from wordcount_jobs.spark.kafka_offsets import Offsets, counted_offsets, records_behind

if TYPE_CHECKING:
    from pyspark.sql import SparkSession
    from pyspark.sql.streaming.query import StreamingQuery

    from wordcount_core.options import KafkaSource
    from wordcount_jobs.spark.progress import Meter

INTERVAL = 5.0
"""Seconds between two requests to Kafka: the operator takes a sample as often."""
_REQUEST_TIMEOUT = 5
_BYTES = "org.apache.kafka.common.serialization.ByteArrayDeserializer"


def follow(spark: SparkSession, query: StreamingQuery, source: KafkaSource, meter: Meter) -> None:
    """Set the meter's lag every `INTERVAL` seconds while the query runs; None if Kafka does not answer."""

    def ask() -> None:
        consumer = None
        while query.isActive:
            try:
                consumer = consumer or _consumer(spark, source)
                if last := query.lastProgress:
                    counted = counted_offsets(last)
                    meter.lag = records_behind(counted, _ends(spark, consumer, counted))
            except Exception as error:  # without the lag, the query goes on
                print(f"the lag is not known: {error}", file=sys.stderr)
                meter.lag = None
            time.sleep(INTERVAL)

    threading.Thread(target=ask, daemon=True).start()


def _consumer(spark: SparkSession, source: KafkaSource) -> Any:
    java = spark._jvm
    settings = java.java.util.Properties()
    wanted = properties(source) | {"key.deserializer": _BYTES, "value.deserializer": _BYTES}
    for key, value in wanted.items():
        settings.setProperty(key, value)
    return java.org.apache.kafka.clients.consumer.KafkaConsumer(settings)


def _ends(spark: SparkSession, consumer: Any, counted: Offsets) -> Offsets:
    java = spark._jvm
    partitions = java.java.util.ArrayList()
    for topic, partition in counted:
        partitions.add(java.org.apache.kafka.common.TopicPartition(topic, partition))
    found = consumer.endOffsets(partitions, java.java.time.Duration.ofSeconds(_REQUEST_TIMEOUT))
    return {(each.topic(), each.partition()): found[each] for each in found}
