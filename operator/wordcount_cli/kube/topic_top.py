"""Reads the counts in a topic and prints the most frequent words as JSON lines, until stopped.

`python -m wordcount_cli.kube.topic_top SERVERS TOPIC WORDS [SECRET]` needs kafka-python, which
the operator's image has.
"""

import json
import sys
import time
from collections.abc import Iterable, Iterator
from typing import Any

from wordcount_cli.kube.kafka_client import client_settings
from wordcount_core import top_words

INTERVAL = 2.0
"""Seconds between two printed lines."""


class Counts:
    """The newest count of each word; with windows, the counts of the newest published window."""

    def __init__(self) -> None:
        self.window = ""
        self._words: dict[str, int] = {}

    def add(self, value: dict[str, Any]) -> None:
        """Take the value of one record, in the format of docs/reference/resource.md."""
        window = str(value.get("windowStart", ""))
        if window > self.window:
            self.window = window
            self._words.clear()
        if window == self.window:
            self._words[value["word"]] = value["count"]

    def to_json(self, n: int) -> str:
        """Return the n most frequent words as a line of JSON."""
        return top_words.document(top_words.most_frequent(self._words.items(), n), self.window)


def top_lines(polls: Iterable[list[bytes]], n: int) -> Iterator[str]:
    """Yield a line of JSON for each poll, about all records so far."""
    counts = Counts()
    for values in polls:
        for value in values:
            counts.add(json.loads(value))
        yield counts.to_json(n)


def polls(consumer: Any) -> Iterator[list[bytes]]:
    """Yield the values that come in each interval, for ever, without those of deleted words."""
    while True:
        end, values = time.monotonic() + INTERVAL, list[bytes]()
        while (left := end - time.monotonic()) > 0:
            found = consumer.poll(timeout_ms=int(left * 1000))
            values += [record.value for records in found.values() for record in records if record.value]
        yield values


def main(servers: str, topic: str, words: str, secret: str | None = None) -> None:
    """Read the topic from its beginning, without a consumer group, so that no offsets change."""
    from kafka import KafkaConsumer, TopicPartition  # noqa: PLC0415 - only the operator's image must have it

    settings = {"isolation_level": "read_committed", "enable_auto_commit": False, "max_poll_records": 5000}
    consumer = KafkaConsumer(**client_settings(servers, secret), **settings)
    consumer.assign([TopicPartition(topic, n) for n in consumer.partitions_for_topic(topic) or ()])
    consumer.seek_to_beginning()
    for line in top_lines(polls(consumer), int(words)):
        print(line, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
