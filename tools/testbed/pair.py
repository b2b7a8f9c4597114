"""A Spark and a Flink resource that count the same Kafka topic, and the producer that fills it."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle, islice
from typing import Any

from tools.testbed import ENGINES
from tools.testbed.deployment import book
from tools.testbed.kube import Object, Space, until
from tools.testbed.resource_timeline import ResourceTimeline
from tools.testbed.topic import SERVER, Counts, Producer
from wordcount_core import tokenizer
from wordcount_core.options import Text

TOPIC = "typed"
SMALL = {"driver": {"cpu": "100m"}, "worker": {"cpu": "200m"}}


def resource(name: str, engine: str, **spec: Any) -> Object:
    """A resource as small as the examples', which counts made-up lines into its log unless the test says
    otherwise.
    """
    return {
        "apiVersion": "streaming.wordcount.dev/v1alpha1",
        "kind": "StreamingWordCount",
        "metadata": {"name": name},
        "spec": {
            "engine": engine,
            "source": {"rate": {"linesPerSecond": 10}},
            "sink": {"console": {}},
            "checkpoint": {"interval": "2s"},
            "resources": SMALL,
            **spec,
        },
    }


def topic(name: str) -> Object:
    """A source or sink block for that topic."""
    where = {"topics": [name]} if name == TOPIC else {"topic": name}
    return {"kafka": {"bootstrapServers": SERVER, **where}}


@dataclass
class Pair:
    """The two resources `pair-spark` and `pair-flink`, what was produced for them, and what they counted."""

    space: Space
    history: ResourceTimeline
    producer: Producer
    counts: dict[str, Counts]
    _marks: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def producing(self) -> Iterator[None]:
        """Send lines of the book, 40 a second, for as long as the block lasts."""
        stop = threading.Event()
        source = islice(cycle(book()), len(self.producer.lines), None)

        def send_lines() -> None:
            while not stop.wait(0.5):
                self.producer.send(islice(source, 20))

        thread = threading.Thread(target=send_lines)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def settle(self, *engines: str, seconds: float = 60) -> None:
        """Wait until the counts on the topics are exactly those of all produced lines.

        Raises NotSeen with the difference.
        """
        for engine in engines or ENGINES:
            self._settle(engine, tokenizer.count(self.producer.lines, Text()), seconds)

    def _settle(self, engine: str, expected: Counter[str], seconds: float) -> None:
        counts, name = self.counts[engine], f"pair-{engine}"
        until(
            lambda: counts.equal(expected),
            seconds,
            f"the counts of {name} equal the truth",
            lambda: f"{counts.difference(expected)}\n{self.space.diagnosis(name)}",
        )

    def pods(self) -> list[str]:
        """Return the uids of the pods that count."""
        session = self.space.status("pair-flink")["session"]
        selectors = ("streaming.wordcount.dev/name=pair-spark", f"app={session}")
        return [pod["metadata"]["uid"] for each in selectors for pod in self.space.all("pods", each)]

    def mark(self) -> None:
        """Let `since` return the phases from here on."""
        self._marks = {engine: self.history.mark(f"pair-{engine}") for engine in ENGINES}

    def since(self, engine: str) -> list[str]:
        """Return the phases since the last mark, the one at the mark first."""
        return self.history.phases(f"pair-{engine}", self._marks[engine])

    def back(self, engine: str, *through: str, seconds: float = 180) -> Object:
        """Waits until the resource, having been in the phases `through`, is Running again.

        Returns its status.
        """
        name = f"pair-{engine}"
        until(
            lambda: set(through) <= set(self.since(engine)) and self.since(engine)[-1] == "Running",
            seconds,
            f"{name} is Running again after {', '.join(through) or 'all'}",
            lambda: f"phases: {self.since(engine)}\n{self.space.diagnosis(name)}",
        )
        return self.space.status(name)
