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

from wordcount_cli.comparison.plan import Plan
from wordcount_jobs.core import secrets
from wordcount_jobs.core.kafka import (
    AUTHORITY,
    CERTIFICATE,
    KEY,
    PASSWORD,
    USERNAME,
    holds,
    mechanism,
    protocol,
)

AT_ONCE = 2000
"""Lines that may be under way."""


def reached(plan: Plan) -> dict[str, Any]:
    """How the servers are reached, with what the Secret has for TLS and SASL."""
    found: dict[str, Any] = {"bootstrap_servers": plan.servers.split(",")}
    if plan.secret is None:
        return found
    found["security_protocol"] = protocol(plan.secret)
    folder = secrets.folder(plan.secret)
    if holds(plan.secret, USERNAME):
        found["sasl_mechanism"] = mechanism(plan.secret)
        found["sasl_plain_username"] = secrets.value(plan.secret, USERNAME)
        found["sasl_plain_password"] = secrets.value(plan.secret, PASSWORD)
    for setting, key in (("ssl_cafile", AUTHORITY), ("ssl_certfile", CERTIFICATE), ("ssl_keyfile", KEY)):
        if holds(plan.secret, key):
            found[setting] = str(folder / key)
    return found


def make_topics(plan: Plan) -> None:
    """Empty topics, as `Plan.topics` says."""
    topics = [NewTopic(name, partitions, -1) for name, partitions in plan.topics.items()]
    admin = KafkaAdminClient(**reached(plan))
    try:
        admin.create_topics(topics, wait_for_metadata=True)
    finally:
        admin.close()


def remove_topics(plan: Plan) -> None:
    """Those that are there."""
    admin = KafkaAdminClient(**reached(plan))
    try:
        for name in plan.topics:
            with suppress(UnknownTopicOrPartitionError):  # it was not made, or is gone already
                admin.delete_topics([name])
    finally:
        admin.close()


class Lines:
    """Sends lines to a topic, to its partitions in turn, and keeps how often it sent which."""

    def __init__(self, plan: Plan, topic: str, linger_ms: int = 0) -> None:
        self._producer = KafkaProducer(**reached(plan), linger_ms=linger_ms, batch_size=1 << 18)
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
        self._consumer = KafkaConsumer(**reached(plan), max_poll_records=5000, enable_auto_commit=False)
        self._consumer.assign([TopicPartition(topic, n) for n in range(plan.topics[topic])])
        self._consumer.seek_to_beginning()

    def read(self, seconds: float) -> list[dict[str, Any]]:
        """The values that have come, or that come within so many seconds."""
        found = self._consumer.poll(timeout_ms=int(seconds * 1000))
        return [json.loads(record.value) for records in found.values() for record in records]

    def close(self) -> None:
        """Ends reading."""
        self._consumer.close()
