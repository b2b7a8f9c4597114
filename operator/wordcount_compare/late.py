"""The probe's part with windows: sends lines in time and late lines, and checks what was counted.

The lines have timestamps of a generated day, so that windows of a minute pass in seconds. It is certain which
lines are late: they are sent after the counts of their windows were published.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from wordcount_compare import kafka
from wordcount_compare.generated_lines import GeneratedLines
from wordcount_compare.plan import WINDOW, Plan
from wordcount_core import windows as definition

CLOSE_TIMEOUT = 300.0
"""Seconds until the counts of a closed window must be published."""
MIDNIGHT = round(datetime(2026, 1, 1, tzinfo=UTC).timestamp() * 1000)
SIZE, WATERMARK = WINDOW.size_ms or 0, WINDOW.watermark_ms
CLOSED = 3
"""Windows that are published before the late lines are sent."""
LATE_LINES = 60
"""Late lines, and as many lines that are out of order but within the watermark."""


@dataclass
class Stream:
    """Lines with timestamps, and the counts of the windows that were published so far."""

    plan: Plan
    generated: GeneratedLines
    lines: kafka.Lines
    counts: kafka.Counts
    timely: list[tuple[int, str]] = field(default_factory=list)
    published: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def send(self, timestamp: int, word: str, timely: bool = True) -> None:
        """Send a line with that timestamp."""
        line = self.generated.line([word])
        self.lines.send(f"{definition.iso(timestamp)} {line}")
        if timely:
            self.timely.append((timestamp, line))

    def advance_to(self, timestamp: int) -> None:
        """Advance the watermark by a line with that timestamp."""
        self.send(timestamp, self.generated.word("c", 0))
        self.lines.flush()

    def expected(self, before: int) -> dict[str, Counter[str]]:
        """Return the counts of the windows that end by then, computed in plain Python."""
        counts = definition.count(self.timely, WINDOW, self.plan.text)
        by_name = {
            definition.name(definition.iso(s), definition.iso(e)): (e, c) for (s, e), c in counts.items()
        }
        return {name: each for name, (end, each) in by_name.items() if end <= before}

    def await_windows(self, before: int) -> bool:
        """Return whether the windows that end by then are published with the expected counts in time."""
        expected, end = self.expected(before), time.monotonic() + CLOSE_TIMEOUT
        while not expected.items() <= self.published.items():
            if time.monotonic() > end:
                return False
            for each in self.counts.read(0.2):
                name = definition.name(each["windowStart"], each["windowEnd"])
                self.published[name][each["word"]] += each["count"]
        return True


def windows(plan: Plan, emit: Callable[..., None]) -> None:
    """Send all lines, and emit what happened to the late ones. Raises TimeoutError without windows."""
    topics = plan.windows
    stream = Stream(
        plan, GeneratedLines(plan.text), kafka.Lines(plan, topics.lines), kafka.Counts(plan, topics.counts)
    )
    emit(phase="windows")
    closed = MIDNIGHT + CLOSED * SIZE
    for n in range(CLOSED * SIZE // 1000):
        stream.send(MIDNIGHT + n * 1000, stream.generated.word("c", n % 50))
    stream.advance_to(newest := closed + WATERMARK + 10_000)
    if not stream.await_windows(closed):
        raise TimeoutError(
            f"the windows were not published with the expected counts within {CLOSE_TIMEOUT:.0f} s; "
            "see the engine's log"
        )
    emit(phase="late", seconds_of_lines=CLOSED * SIZE // 1000)
    for n in range(LATE_LINES):
        stream.send(MIDNIGHT + n * CLOSED * SIZE // LATE_LINES, stream.generated.word("l", n), timely=False)
        stream.send(newest - n * WATERMARK // LATE_LINES, stream.generated.word("m", n))
    stream.advance_to(MIDNIGHT + 3 * CLOSED * SIZE)
    exact = stream.await_windows(closed + SIZE)
    found = sum(stream.published.values(), Counter())
    emit(
        phase="reported",
        late=LATE_LINES,
        slipped=sum(found[stream.generated.word("l", n)] > 0 for n in range(LATE_LINES)),
        behind=LATE_LINES,
        behind_counted=sum(found[stream.generated.word("m", n)] > 0 for n in range(LATE_LINES)),
        exact=exact,
    )
    stream.lines.close()
    stream.counts.close()
