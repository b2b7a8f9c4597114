"""Produces marked lines and reads their counts, and prints as events when each line was counted."""

import json
import time
from dataclasses import dataclass, field
from typing import Any

from wordcount_compare import kafka
from wordcount_compare.count_checker import CountChecker
from wordcount_compare.generated_lines import STEADY_LINE_WORDS, GeneratedLines
from wordcount_compare.plan import RATE

DRAIN_TIMEOUT = 300.0
"""Seconds until an engine must have counted all lines."""
SAMPLE_INTERVAL = 0.25
"""Seconds between two samples of produced and counted words."""


def emit(**event: Any) -> None:
    """Print one event, with its time."""
    print(json.dumps({"at": round(time.time(), 4), **event}), flush=True)


@dataclass
class LoadSession:
    """Produces lines and reads counts; a marker word waits in `pending` until its count is read."""

    lines: kafka.Lines
    counts: kafka.Counts
    generated: GeneratedLines
    checker: CountChecker = field(default_factory=CountChecker)
    produced: int = 0
    pending: dict[str, float] = field(default_factory=dict)
    _marked: int = 0
    _sampled_at: float = 0.0

    def produce_marked(self) -> None:
        """Send one line, with a marker word that no other line has."""
        line, marker = self.generated.marked(self._marked)
        self._marked += 1
        self.pending[marker] = time.time()
        self.lines.send(line)
        self.produced += STEADY_LINE_WORDS

    def produce_for(self, seconds: float, rate: float = RATE) -> None:
        """Send marked lines at this rate for so many seconds."""
        start, done = time.monotonic(), 0
        while (now := time.monotonic() - start) < seconds:
            while done <= now * rate:
                self.produce_marked()
                done += 1
            self.read_counts(max(0.001, min(0.05, done / rate - (time.monotonic() - start))))
        self.lines.flush()

    def read_counts(self, seconds: float) -> None:
        """Read the counts that come within so many seconds."""
        for each in self.counts.read(seconds):
            self.checker.add(each["word"], each["count"])
            if sent := self.pending.pop(each["word"], None):
                emit(sent=round(sent, 4))
        if time.monotonic() - self._sampled_at > SAMPLE_INTERVAL:
            self._sampled_at = time.monotonic()
            emit(produced=self.produced, counted=self.checker.words)

    def sample(self) -> None:
        """Read the counts that are there, if a sample is due."""
        if time.monotonic() - self._sampled_at > SAMPLE_INTERVAL:
            self.read_counts(0)

    def drain(self) -> None:
        """Read counts until all produced words are counted, or until the timeout; the verdict shows which."""
        end = time.monotonic() + DRAIN_TIMEOUT
        while self.checker.words < self.produced and time.monotonic() < end:
            self.read_counts(0.1)
        emit(produced=self.produced, counted=self.checker.words)
