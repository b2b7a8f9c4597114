"""Produces marked lines, reads the counts, and prints what it sees as JSON lines on standard output.

`python -m wordcount_compare.probe <plan as JSON>` runs one engine's whole trial, in phases that it announces. The
process that started it reads the announcements, and starts, kills and stops the engine. Times are this machine's.
"""

import json
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from kafka.errors import KafkaError

from wordcount_compare import kafka, late
from wordcount_compare.count_checker import CountChecker, expected_counts
from wordcount_compare.generated_lines import BURST_LINE_WORDS, STEADY_LINE_WORDS, GeneratedLines
from wordcount_compare.plan import RATE, Plan

DRAIN_TIMEOUT = 300.0
"""Seconds until an engine must have counted."""
WARM_UP = 5.0
"""Seconds of lines before the first measurement."""
BEFORE_KILL = 6.0
"""Seconds of lines before the kill, so that the engine counts when it is killed."""
SAMPLE_INTERVAL = 0.25
"""Seconds between two samples of produced and counted words."""
PAUSE = 2.0
"""Seconds between two phases, in which the reader of the announcements measures the engine's usage."""


def emit(**event: Any) -> None:
    """Print one event, with its time."""
    print(json.dumps({"at": round(time.time(), 4), **event}), flush=True)


def main() -> int:
    """Run the plan. Return 0 if it was completed, whatever was counted, or 1 after printing the problem."""
    plan = Plan.from_json(sys.argv[1])
    try:
        if plan.task == "clean":
            kafka.remove_topics(plan)
        else:
            kafka.create_topics(plan)
            totals(plan)
            late.windows(plan, emit)
            emit(phase="end")
    except KafkaError as error:
        emit(problem=f"spec.source.kafka.bootstrapServers: a request to {plan.servers} failed: {error}")
        return 1
    except TimeoutError as error:
        emit(problem=str(error))
        return 1
    return 0


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


def totals(plan: Plan) -> None:
    """Measure running totals: start, steady rate, burst, kill and exactness. Raises TimeoutError."""
    topics = plan.totals
    session = LoadSession(
        kafka.Lines(plan, topics.lines), kafka.Counts(plan, topics.counts), GeneratedLines(plan.text)
    )
    emit(phase="start")
    end = time.monotonic() + DRAIN_TIMEOUT
    while not session.checker.words:
        session.produce_for(0.5, 2)
        if time.monotonic() > end:
            raise TimeoutError(
                f"the engine has counted nothing within {DRAIN_TIMEOUT:.0f} s; see the engine's log"
            )
    emit(phase="warm-up")
    session.produce_for(WARM_UP)
    session.drain()
    emit(phase="steady")
    session.produce_for(plan.seconds)
    session.drain()
    burst_lines = burst(plan, session)
    session.produce_for(BEFORE_KILL)
    emit(phase="kill")
    session.produce_for(plan.seconds)
    session.drain()
    session.read_counts(PAUSE)
    expected = expected_counts(session.lines.sent + burst_lines, plan.text)
    emit(phase="check", verdict=session.checker.verdict(expected))
    session.lines.close()
    session.counts.close()


def burst(plan: Plan, session: LoadSession) -> Counter[str]:
    """Send many words at once, wait until they are counted, and return the lines that were sent."""
    emit(phase="burst", words=plan.burst_words)
    session.read_counts(PAUSE)
    lines = kafka.Lines(plan, plan.totals.lines, linger_ms=20)
    for line in session.generated.burst(plan.burst_words):
        lines.send(line)
        session.produced += BURST_LINE_WORDS
        session.sample()
    lines.close()
    session.drain()
    emit(phase="burst-counted")
    session.read_counts(PAUSE)
    return lines.sent


if __name__ == "__main__":
    sys.exit(main())
