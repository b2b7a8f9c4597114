"""Creates and removes the topics of a comparison, sends lines and reads counts.

kafka-python must be installed (the extra `probe`), as in the operator's image.
"""

import json
from collections import Counter
from contextlib import suppress
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import NewTopic
from kafka.errors import UnknownTopicOrPartitionError

from wordcount_cli.kube.kafka_client import client_settings
from wordcount_compare.plan import Plan

MAX_IN_FLIGHT = 2000
"""Lines that may be sent without an acknowledgement."""


def create_topics(plan: Plan) -> None:
    """Create the topics of the plan."""
    topics = [NewTopic(name, partitions, -1) for name, partitions in plan.topics.items()]
    admin = KafkaAdminClient(**client_settings(plan.servers, plan.secret))
    try:
        admin.create_topics(topics, wait_for_metadata=True)
    finally:
        admin.close()


def remove_topics(plan: Plan) -> None:
    """Delete the topics of the plan, as far as they exist."""
    admin = KafkaAdminClient(**client_settings(plan.servers, plan.secret))
    try:
        for name in plan.topics:
            with suppress(UnknownTopicOrPartitionError):  # it was not created, or is deleted already
                admin.delete_topics([name])
    finally:
        admin.close()


class Lines:
    """Sends lines to the partitions of a topic in turn, and records how often each line was sent."""

    def __init__(self, plan: Plan, topic: str, linger_ms: int = 0) -> None:
        self._producer = KafkaProducer(
            **client_settings(plan.servers, plan.secret), linger_ms=linger_ms, batch_size=1 << 18
        )
        self._topic, self._partitions = topic, plan.topics[topic]
        self._in_flight: list[Any] = []
        self._number = 0
        self.sent: Counter[str] = Counter()

    def send(self, line: str) -> None:
        """Send one line; with `linger_ms` it may wait for others."""
        partition = self._number % self._partitions
        self._in_flight.append(self._producer.send(self._topic, line.encode(), partition=partition))
        self._number += 1
        self.sent[line] += 1
        if len(self._in_flight) >= MAX_IN_FLIGHT:
            self.flush()

    def flush(self) -> None:
        """Wait until Kafka has acknowledged all lines. Raises KafkaError if it refuses one."""
        self._producer.flush()
        for each in self._in_flight:
            each.get(timeout=0)
        self._in_flight.clear()

    def close(self) -> None:
        """Flush the lines and close the producer."""
        self.flush()
        self._producer.close()


class Counts:
    """Reads the counts that an engine writes to a topic, from the topic's beginning."""

    def __init__(self, plan: Plan, topic: str) -> None:
        self._consumer = KafkaConsumer(
            **client_settings(plan.servers, plan.secret), max_poll_records=5000, enable_auto_commit=False
        )
        self._consumer.assign([TopicPartition(topic, n) for n in range(plan.topics[topic])])
        self._consumer.seek_to_beginning()

    def read(self, seconds: float) -> list[dict[str, Any]]:
        """Return the values that are there, or that come within so many seconds."""
        found = self._consumer.poll(timeout_ms=int(seconds * 1000))
        return [json.loads(record.value) for records in found.values() for record in records]

    def close(self) -> None:
        """Close the consumer."""
        self._consumer.close()
