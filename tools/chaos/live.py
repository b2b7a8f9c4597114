"""Follows input and counts while faults hit everything else, and notes how far both are."""

import json
import subprocess
import threading
import time
from contextlib import suppress

from tools.chaos.containers import entered, find
from tools.chaos.figures import Sample, Total
from tools.testbed import ENGINES
from tools.testbed.kube import Space
from tools.testbed.pair import TOPIC
from tools.testbed.topic import POD, consumer
from wordcount_core import tokenizer
from wordcount_core.options import Text

STEP = 0.25
"""Seconds between two samples."""
_ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/tmp", "LANG": "C.UTF-8"}


class LiveCounts:
    """Samples of the topics; a context manager that takes them while it is open."""

    def __init__(self, space: Space) -> None:
        self.samples: list[Sample] = []
        self._space = space
        self._start = time.monotonic()
        self._produced = Total()
        self._counted = {engine: Total() for engine in ENGINES}
        self._programs: dict[str, subprocess.Popen[bytes]] = {}
        self._closing = threading.Event()
        names = [TOPIC, *(f"counts-{engine}" for engine in ENGINES)]
        self._threads = [threading.Thread(target=self._follow, args=(name,), daemon=True) for name in names]
        self._threads.append(threading.Thread(target=self._sample, daemon=True))

    def now(self) -> float:
        """Seconds since the beginning."""
        return round(time.monotonic() - self._start, 2)

    def counting(self) -> bool:
        """Whether something of both engines was seen."""
        return all(total.words for total in self._counted.values())

    def __enter__(self) -> "LiveCounts":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        for thread in self._threads:
            # A program that was just started gets its end of input in the next round.
            while thread.is_alive():
                for program in list(self._programs.values()):
                    assert program.stdin
                    program.stdin.close()
                thread.join(0.2)

    def _sample(self) -> None:
        while not self._closing.wait(STEP):
            counted = {engine: total.words for engine, total in self._counted.items()}
            self.samples.append(Sample(self.now(), self._produced.words, counted))

    def _follow(self, topic: str) -> None:
        """A consumer that ended is started again: what it reads again adds nothing."""
        while not self._closing.is_set():
            container = find(self._space.name, POD)
            assert container, f"the pod {POD} does not run"
            words = entered(container, *consumer(topic, "partition", "offset", "key"))
            with subprocess.Popen(
                words,
                env=_ENVIRONMENT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            ) as program:
                self._programs[topic] = program
                assert program.stdout
                for record in program.stdout:
                    self._read(topic, record.decode().rstrip("\n"))
            self._closing.wait(1)

    def _read(self, topic: str, record: str) -> None:
        """A record is `Partition:0 ⇥ Offset:7 ⇥ key ⇥ value`."""
        partition, offset, key, value = record.split("\t", 3)
        if topic == TOPIC:
            self._produced.record(f"{partition} {offset}", len(tokenizer.words(value, Text())))
        else:
            with suppress(ValueError, KeyError):  # the checker names what is no count
                self._counted[topic.removeprefix("counts-")].record(key, int(json.loads(value)["count"]))
