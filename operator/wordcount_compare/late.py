"""The windowed part of a probe's programme: lines in time, late lines, and what became of each; knows no engine.

The lines bear instants of a made-up day, so that windows of a minute pass in seconds. Which lines are late is beyond doubt: they are sent
after the counts of their windows were published.
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
MIDNIGHT = round(datetime(2026, 1, 1, tzinfo=UTC).timestamp() * 1000)
SIZE, WATERMARK = WINDOW.size_ms or 0, WINDOW.watermark_ms
CLOSED = 3
"""Windows that are published before the late lines are sent."""
EACH = 60
"""Late lines; and so many that come behind others, but within the watermark."""


@dataclass
class Stream:
    """Lines with instants, and the counts of the windows that were published so far."""

    plan: Plan
    made_up: GeneratedLines
    lines: kafka.Lines
    counts: kafka.Counts
    timely: list[tuple[int, str]] = field(default_factory=list)
    published: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def send(self, instant: int, word: str, timely: bool = True) -> None:
        """One line of that instant."""
        line = self.made_up.line([word])
        self.lines.send(f"{definition.iso(instant)} {line}")
        if timely:
            self.timely.append((instant, line))

    def push(self, instant: int) -> None:
        """Time goes on to that instant."""
        self.send(instant, self.made_up.word("c", 0))
        self.lines.flush()

    def expected(self, before: int) -> dict[str, Counter[str]]:
        """What plain Python counts in the windows that end by then."""
        counts = definition.count(self.timely, WINDOW, self.plan.text)
        by_name = {
            definition.name(definition.iso(s), definition.iso(e)): (e, c) for (s, e), c in counts.items()
        }
        return {name: each for name, (end, each) in by_name.items() if end <= before}

    def await_windows(self, before: int) -> bool:
        """Until the windows that end by then are published as they should be; False where they never were."""
        expected, end = self.expected(before), time.monotonic() + CLOSE_TIMEOUT
        while not expected.items() <= self.published.items():
            if time.monotonic() > end:
                return False
            for each in self.counts.read(0.2):
                name = definition.name(each["windowStart"], each["windowEnd"])
                self.published[name][each["word"]] += each["count"]
        return True


def windows(plan: Plan, say: Callable[..., None]) -> None:
    """Announces itself, sends all lines, and says what became of the late ones. Raises TimeoutError where no window ever comes."""
    topics = plan.windows
    stream = Stream(
        plan, GeneratedLines(plan.text), kafka.Lines(plan, topics.lines), kafka.Counts(plan, topics.counts)
    )
    say(phase="windows")
    closed = MIDNIGHT + CLOSED * SIZE
    for n in range(CLOSED * SIZE // 1000):
        stream.send(MIDNIGHT + n * 1000, stream.made_up.word("c", n % 50))
    stream.push(newest := closed + WATERMARK + 10_000)
    if not stream.await_windows(closed):
        raise TimeoutError(
            f"the windows were not published as they should be within {CLOSE_TIMEOUT:.0f} s; see its log"
        )
    say(phase="late", seconds_of_lines=CLOSED * SIZE // 1000)
    for n in range(EACH):
        stream.send(MIDNIGHT + n * CLOSED * SIZE // EACH, stream.made_up.word("l", n), timely=False)
        stream.send(newest - n * WATERMARK // EACH, stream.made_up.word("m", n))
    stream.push(MIDNIGHT + 3 * CLOSED * SIZE)
    exact = stream.await_windows(closed + SIZE)
    found = sum(stream.published.values(), Counter())
    say(
        phase="told",
        late=EACH,
        slipped=sum(found[stream.made_up.word("l", n)] > 0 for n in range(EACH)),
        behind=EACH,
        behind_counted=sum(found[stream.made_up.word("m", n)] > 0 for n in range(EACH)),
        exact=exact,
    )
    stream.lines.close()
    stream.counts.close()
