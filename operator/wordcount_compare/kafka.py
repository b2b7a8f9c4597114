"""The only code of ours that speaks to Kafka: makes and removes topics, sends lines, reads counts; decides nothing.

Needs kafka-python (the extra `probe`), which the operator's image has.
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

AT_ONCE = 2000
"""Lines that may be under way."""


def make_topics(plan: Plan) -> None:
    """Empty topics, as `Plan.topics` says."""
    topics = [NewTopic(name, partitions, -1) for name, partitions in plan.topics.items()]
    admin = KafkaAdminClient(**client_settings(plan.servers, plan.secret))
    try:
        admin.create_topics(topics, wait_for_metadata=True)
    finally:
        admin.close()


def remove_topics(plan: Plan) -> None:
    """Those that are there."""
    admin = KafkaAdminClient(**client_settings(plan.servers, plan.secret))
    try:
        for name in plan.topics:
            with suppress(UnknownTopicOrPartitionError):  # it was not made, or is gone already
                admin.delete_topics([name])
    finally:
        admin.close()


class Lines:
    """Sends lines to a topic, to its partitions in turn, and keeps how often it sent which."""

    def __init__(self, plan: Plan, topic: str, linger_ms: int = 0) -> None:
        self._producer = KafkaProducer(
            **client_settings(plan.servers, plan.secret), linger_ms=linger_ms, batch_size=1 << 18
        )
        self._topic, self._partitions = topic, plan.topics[topic]
        self._waiting: list[Any] = []
        self._number = 0
        self.sent: Counter[str] = Counter()

    def send(self, line: str) -> None:
        """Sends one, at once unless lines are to linger."""
        partition = self._number % self._partitions
        self._waiting.append(self._producer.send(self._topic, line.encode(), partition=partition))
        self._number += 1
        self.sent[line] += 1
        if len(self._waiting) >= AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Waits until Kafka has them all; raises KafkaError where it does not take one."""
        self._producer.flush()
        for each in self._waiting:
            each.get(timeout=0)
        self._waiting.clear()

    def close(self) -> None:
        """Sends what is left."""
        self.flush()
        self._producer.close()


class Counts:
    """Reads what an engine writes to a topic, from its beginning on, each record once."""

    def __init__(self, plan: Plan, topic: str) -> None:
        self._consumer = KafkaConsumer(
            **client_settings(plan.servers, plan.secret), max_poll_records=5000, enable_auto_commit=False
        )
        self._consumer.assign([TopicPartition(topic, n) for n in range(plan.topics[topic])])
        self._consumer.seek_to_beginning()

    def read(self, seconds: float) -> list[dict[str, Any]]:
        """The values that have come, or that come within so many seconds."""
        found = self._consumer.poll(timeout_ms=int(seconds * 1000))
        return [json.loads(record.value) for records in found.values() for record in records]

    def close(self) -> None:
        """Ends reading."""
        self._consumer.close()
