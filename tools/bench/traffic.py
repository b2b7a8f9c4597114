"""Sends lines to a topic at a steady rate, and measures how soon their counts are in another."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from confluent_kafka import Consumer, Producer

RATE = 50
"""Lines a second, six words each; one of them is in no other line, so its first count is the line's."""


class Times:
    """When each line was written, and when its count was first seen; two threads add to them."""

    def __init__(self) -> None:
        """Nothing was written yet."""
        self.written: dict[str, float] = {}
        self.seen: dict[str, float] = {}

    def first(self) -> float | None:
        """When the first count was seen."""
        return min(list(self.seen.values()), default=None)

    def delays(self, begin: float, end: float) -> list[float]:
        """Milliseconds of each line that was written in between.

        Raises KeyError where one is not counted yet.
        """
        lines = [(word, at) for word, at in list(self.written.items()) if begin <= at < end]
        return [1000 * (self.seen[word] - at) for word, at in lines]


@contextmanager
def traffic(broker: str, lines: str, counts: str) -> Iterator[Times]:
    """Writes lines and looks for their counts, from threads that end with the block."""
    times, over = Times(), threading.Event()
    works = [
        threading.Thread(target=work, args=(times, over, broker, topic))
        for work, topic in ((_write, lines), (_look, counts))
    ]
    for each in works:
        each.start()
    try:
        yield times
    finally:
        over.set()
        for each in works:
            each.join()


def _write(times: Times, over: threading.Event, broker: str, topic: str) -> None:
    producer = Producer({"bootstrap.servers": broker, "linger.ms": 0})
    begun, number = time.monotonic(), 0
    while not over.is_set():
        word = f"line-{number}"
        times.written[word] = time.monotonic()
        producer.produce(topic, f"{word} to be or not to be".encode())
        producer.poll(0)
        number += 1
        time.sleep(max(0.0, begun + number / RATE - time.monotonic()))
    producer.flush(10)


def _look(times: Times, over: threading.Event, broker: str, topic: str) -> None:
    where = {"bootstrap.servers": broker, "group.id": "bench", "auto.offset.reset": "earliest"}
    consumer = Consumer(where | {"fetch.wait.max.ms": 10})
    consumer.subscribe([topic])
    while not over.is_set():
        record = consumer.poll(0.2)
        if record is not None and not record.error():
            times.seen.setdefault((record.key() or b"").decode(), time.monotonic())
    consumer.close()
