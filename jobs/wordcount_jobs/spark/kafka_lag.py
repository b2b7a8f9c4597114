"""How many records of the topics are not counted yet, asked of Kafka beside the query; never reads a record.

Spark's own numbers (`offsetsBehindLatest`) are taken when a micro-batch is planned, which then takes in all there is: they
are always 0. In real-time mode they are taken when a batch ends, and are what is asked for (`left`).
"""

from __future__ import annotations

import json
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from wordcount_jobs.common.kafka_properties import properties

if TYPE_CHECKING:
    from pyspark.sql import SparkSession
    from pyspark.sql.streaming.query import StreamingQuery

    from wordcount_core.options import KafkaSource
    from wordcount_jobs.spark.progress import Meter

EVERY = 5.0
"""Seconds between two questions: one sample of the operator's."""
_REQUEST_TIMEOUT = 5
_BYTES = "org.apache.kafka.common.serialization.ByteArrayDeserializer"


def follow(spark: SparkSession, query: StreamingQuery, source: KafkaSource, meter: Meter) -> None:
    """Sets the meter's lag every `EVERY` seconds, from a thread that ends with the query; None while Kafka does not say."""

    def ask() -> None:
        consumer = None
        while query.isActive:
            try:
                consumer = consumer or _consumer(spark, source)
                if last := query.lastProgress:
                    done = counted_offsets(last)
                    meter.lag = records_behind(done, _ends(spark, consumer, done))
            except Exception as error:  # it costs the lag and never the query
                print(f"the lag is not known: {error}", file=sys.stderr)
                meter.lag = None
            time.sleep(EVERY)

    threading.Thread(target=ask, daemon=True).start()


Offsets = dict[tuple[str, int], int]
"""Topic and partition → the offset of the next record."""


def counted_offsets(progress: Any) -> Offsets:
    """Where the last finished micro-batch ended."""
    ends = json.loads(progress["sources"][0]["endOffset"]) or {}  # null before the first batch
    return {
        (topic, int(partition)): offset for topic, each in ends.items() for partition, offset in each.items()
    }


def records_behind(counted: Offsets, ends: Offsets) -> int:
    """Records between the two."""
    return sum(max(0, ends[each] - counted[each]) for each in counted.keys() & ends.keys())


def lag_records(progress: Any) -> int | None:
    """What a batch of real-time mode left behind at its end, when Spark asks Kafka once more; None where it does not say."""
    (source,) = progress["sources"]
    each = source["metrics"].get("avgOffsetsBehindLatest")
    return None if each is None else round(float(each) * len(counted_offsets(progress)))


def _consumer(spark: SparkSession, source: KafkaSource) -> Any:
    java = spark._jvm
    settings = java.java.util.Properties()
    asked = properties(source) | {"key.deserializer": _BYTES, "value.deserializer": _BYTES}
    for key, value in asked.items():
        settings.setProperty(key, value)
    return java.org.apache.kafka.clients.consumer.KafkaConsumer(settings)


def _ends(spark: SparkSession, consumer: Any, known: Offsets) -> Offsets:
    java = spark._jvm
    asked = java.java.util.ArrayList()
    for topic, partition in known:
        asked.add(java.org.apache.kafka.common.TopicPartition(topic, partition))
    found = consumer.endOffsets(asked, java.java.time.Duration.ofSeconds(_REQUEST_TIMEOUT))
    return {(each.topic(), each.partition()): found[each] for each in found}
