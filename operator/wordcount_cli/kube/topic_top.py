"""Reads the counts in a topic and says the most frequent words, a JSON line at a time, until it is ended; knows no engine and no cluster.

`python -m wordcount_cli.kube.topic_top SERVERS TOPIC WORDS [SECRET]`; it needs kafka-python, which the operator's image has.
"""

import json
import sys
import time
from collections.abc import Iterable, Iterator
from typing import Any

from wordcount_cli.kube.kafka_client import client_settings
from wordcount_core import top_words

EVERY = 2.0
"""Seconds between two pictures."""


class Counts:
    """The newest count of each word; with windows, in the newest window that was published."""

    def __init__(self) -> None:
        self.window = ""
        self._words: dict[str, int] = {}

    def take(self, value: dict[str, Any]) -> None:
        """One record's value, as docs/reference/resource.md has it."""
        window = str(value.get("windowStart", ""))
        if window > self.window:
            self.window = window
            self._words.clear()
        if window == self.window:
            self._words[value["word"]] = value["count"]

    def picture(self, n: int) -> str:
        """The n most frequent words, as a line of JSON."""
        return top_words.document(top_words.most_frequent(self._words.items(), n), self.window)


def pictures(polls: Iterable[list[bytes]], n: int) -> Iterator[str]:
    """One for each poll, of all that came so far."""
    counts = Counts()
    for values in polls:
        for value in values:
            counts.take(json.loads(value))
        yield counts.picture(n)


def polls(consumer: Any) -> Iterator[list[bytes]]:
    """What comes in EVERY seconds, for ever; records without a value delete a word that is no count any more."""
    while True:
        end, values = time.monotonic() + EVERY, list[bytes]()
        while (left := end - time.monotonic()) > 0:
            found = consumer.poll(timeout_ms=int(left * 1000))
            values += [record.value for records in found.values() for record in records if record.value]
        yield values


def main(servers: str, topic: str, words: str, secret: str | None = None) -> None:
    """From the topic's beginning on, without a group, so that nobody's offsets change."""
    from kafka import KafkaConsumer, TopicPartition  # noqa: PLC0415 - only the operator's image must have it

    settings = {"isolation_level": "read_committed", "enable_auto_commit": False, "max_poll_records": 5000}
    consumer = KafkaConsumer(**client_settings(servers, secret), **settings)
    consumer.assign([TopicPartition(topic, n) for n in consumer.partitions_for_topic(topic) or ()])
    consumer.seek_to_beginning()
    for picture in pictures(polls(consumer), int(words)):
        print(picture, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
