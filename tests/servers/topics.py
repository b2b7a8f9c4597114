"""Topics of a real broker as tests use them: made, written line by line, and read as the upserts that they hold."""

import json
import time
from collections.abc import Iterable, Iterator

from confluent_kafka import Consumer, Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic


def make(address: str, partitions: int, *names: str) -> None:
    """New topics."""
    admin = AdminClient({"bootstrap.servers": address, "log_level": 4})
    for made in admin.create_topics([NewTopic(name, partitions, 1) for name in names]).values():
        made.result(30)


def write(address: str, topic: str, lines: Iterable[str]) -> None:
    """The lines, which are in the topic when this returns."""
    producer = Producer({"bootstrap.servers": address})
    for line in lines:
        producer.produce(topic, line.encode())
    producer.flush(30)


def upserts(address: str, topic: str, seconds: float) -> Iterator[tuple[str, int]]:
    """Words with their newest counts as they come, from the first on, for so many seconds."""
    where = {"bootstrap.servers": address, "group.id": "tests", "enable.auto.commit": False}
    consumer = Consumer(where | {"auto.offset.reset": "earliest", "fetch.wait.max.ms": 10})
    consumer.subscribe([topic])
    end = time.monotonic() + seconds
    try:
        while time.monotonic() < end:
            if (record := consumer.poll(0.5)) is not None and not record.error():
                value = json.loads(record.value() or b"")
                assert (record.key() or b"").decode() == value["word"]
                yield value["word"], value["count"]
    finally:
        consumer.close()
