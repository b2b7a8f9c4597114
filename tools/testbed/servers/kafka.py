"""A real Kafka broker on free ports of this machine, with what tests send to it and read from it.

When secure, it also listens with SASL_SSL: `words` may come in by PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512. A
second such listener shows a certificate that has expired, and a third takes clients by their certificate.
"""

import json
import socket
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from confluent_kafka import Consumer, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewPartitions, NewTopic

from tools.testbed.kube import until
from tools.testbed.servers import broker


@dataclass(frozen=True)
class Kafka:
    """A broker and its addresses.

    `folder` has the certificates ca.crt and, for clients, client.crt and client.key.
    """

    folder: Path
    process: broker.Process
    plain: str
    secure: str = ""
    expired: str = ""
    mutual: str = ""

    @property
    def _client(self) -> dict[str, str | int | float | bool]:
        # The client would report a broker that is gone for as long as the test run lasts.
        return {"bootstrap.servers": self.plain, "log_level": 2}

    @cached_property
    def admin(self) -> AdminClient:
        """Kafka's own administration."""
        return AdminClient(self._client)

    def wait(self) -> None:
        """Until it answers."""
        until(lambda: _answers(self), 60, "Kafka answers", (self.folder / broker.LOG).read_text)

    def kill(self) -> None:
        """The broker dies; what it had stays."""
        self.process.kill()

    def start(self) -> None:
        """It is started again, and answers."""
        self.process.start()
        self.wait()

    def create(self, *topics: str, partitions: int = 1, **config: str) -> None:
        """Makes topics."""
        asked = [NewTopic(each, partitions, 1, config=config) for each in topics]
        for done in self.admin.create_topics(asked).values():
            done.result(30)

    def grow(self, topic: str, partitions: int) -> None:
        """Gives a topic more partitions."""
        for done in self.admin.create_partitions([NewPartitions(topic, partitions)]).values():
            done.result(30)

    def send(  # noqa: PLR0913 - each is a part of a Kafka record
        self,
        topic: str,
        values: Iterable[str | bytes | None],
        *,
        key: str | None = None,
        headers: Mapping[str, str | bytes | None] | None = None,
        partition: int = -1,
        timestamp: int = 0,
        commit: bool | None = None,
    ) -> None:
        """Sends records and waits until Kafka has them.

        Where `commit` is said, in a transaction that is committed or taken back.
        """
        config = self._client | {"linger.ms": 5}
        if commit is not None:
            config["transactional.id"] = uuid.uuid4().hex
        producer = Producer(config)
        if commit is not None:
            producer.init_transactions(30)
            producer.begin_transaction()
        for value in values:
            producer.produce(topic, value, key, partition, timestamp=timestamp, headers=dict(headers or {}))
            producer.poll(0)
        assert producer.flush(30) == 0, f"Kafka did not take all records for {topic}"
        if commit is not None:
            (producer.commit_transaction if commit else producer.abort_transaction)(30)

    def records(self, topic: str, isolation: str = "read_committed") -> list[Message]:
        """All that the topic holds now, each partition in its order."""
        config = self._client | {
            "group.id": uuid.uuid4().hex,
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "isolation.level": isolation,
        }
        consumer = Consumer(config)
        try:
            partitions = consumer.list_topics(topic, 30).topics[topic].partitions
            consumer.assign([TopicPartition(topic, each, 0) for each in partitions])
            return list(_to_the_ends(consumer, len(partitions)))
        finally:
            consumer.close()

    def upserts(self, topic: str, seconds: float) -> Iterator[tuple[str, int]]:
        """Words with their newest counts as they come, from the first on, for so many seconds."""
        config = {**self._client, "group.id": uuid.uuid4().hex, "enable.auto.commit": False}
        consumer = Consumer({**config, "auto.offset.reset": "earliest", "fetch.wait.max.ms": 10})
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


def _to_the_ends(consumer: Consumer, partitions: int) -> Iterator[Message]:
    while partitions:
        message = consumer.poll(30)
        assert message is not None, "Kafka is silent"
        if message.error() is None:
            yield message
        else:  # the end of a partition is reported as an error
            partitions -= 1


@contextmanager
def kafka(folder: Path, secure: bool = False) -> Iterator[Kafka]:
    """A broker that answers and keeps all it has in `folder`."""
    with broker.process(folder, secure) as process:
        up = Kafka(folder, process, **process.addresses)
        up.wait()
        yield up


def _answers(up: Kafka) -> bool:
    host, _, port = up.plain.partition(":")
    try:
        socket.create_connection((host, int(port)), 1).close()
    except OSError:
        return False
    return bool(up.admin.list_topics(timeout=30).brokers)
