"""Types stamped lines, reads the counts, and says what it sees as JSON lines on standard output; knows no engine and no cluster.

`python -m wordcount_compare.probe <plan as JSON>` runs one engine's whole programme, in phases that it announces.
Whoever started it reads along, and starts, kills and stops the engine as the announcements ask. Times are this machine's.
"""

import json
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from kafka.errors import KafkaError

from wordcount_compare import kafka, late
from wordcount_compare.count_checker import CountChecker, counted
from wordcount_compare.generated_lines import LONG, SHORT, GeneratedLines
from wordcount_compare.plan import RATE, Plan

DRAIN_TIMEOUT = 300.0
"""Seconds until an engine must have counted."""
WARM_UP = 5.0
BEFORE = 6.0
"""Seconds of typing before the kill, so that it strikes an engine that counts."""
SAMPLE = 0.25
PAUSE = 2.0
"""Seconds between two phases, in which whoever reads along looks at the engine's clock."""


def say(**event: Any) -> None:
    """One event, with its time."""
    print(json.dumps({"at": round(time.time(), 4), **event}), flush=True)


def main() -> int:
    """0 when the programme was gone through, whatever was counted; 1 with a sentence where it could not be."""
    plan = Plan.from_json(sys.argv[1])
    try:
        if plan.act == "clean":
            kafka.remove_topics(plan)
        else:
            kafka.make_topics(plan)
            totals(plan)
            late.windows(plan, say)
            say(phase="end")
    except KafkaError as error:
        say(problem=f"spec.source.kafka.bootstrapServers: {plan.servers} does not do what is asked: {error}")
        return 1
    except TimeoutError as error:
        say(problem=str(error))
        return 1
    return 0


@dataclass
class LoadSession:
    """Where one types and reads: marked words that were typed wait here until they are seen."""

    lines: kafka.Lines
    counts: kafka.Counts
    made_up: GeneratedLines
    tally: CountChecker = field(default_factory=CountChecker)
    produced: int = 0
    waiting: dict[str, float] = field(default_factory=dict)
    _marks: int = 0
    _sampled: float = 0.0

    def produce_marked(self) -> None:
        """One line, with a word that no other has."""
        line, mark = self.made_up.marked(self._marks)
        self._marks += 1
        self.waiting[mark] = time.time()
        self.lines.send(line)
        self.produced += SHORT

    def produce_for(self, seconds: float, rate: float = RATE) -> None:
        """So many lines a second, for so long."""
        begun, done = time.monotonic(), 0
        while (now := time.monotonic() - begun) < seconds:
            while done <= now * rate:
                self.produce_marked()
                done += 1
            self.read_counts(max(0.001, min(0.05, done / rate - (time.monotonic() - begun))))
        self.lines.flush()

    def read_counts(self, seconds: float) -> None:
        """Takes the counts that come within so many seconds."""
        for each in self.counts.read(seconds):
            self.tally.add(each["word"], each["count"])
            if sent := self.waiting.pop(each["word"], None):
                say(sent=round(sent, 4))
        if time.monotonic() - self._sampled > SAMPLE:
            self._sampled = time.monotonic()
            say(typed=self.produced, counted=self.tally.words)

    def sample(self) -> None:
        """Takes what has come, where it is time for a sample."""
        if time.monotonic() - self._sampled > SAMPLE:
            self.read_counts(0)

    def drain(self) -> None:
        """Until as many words are counted as were typed, or patience is at its end: then the verdict tells."""
        end = time.monotonic() + DRAIN_TIMEOUT
        while self.tally.words < self.produced and time.monotonic() < end:
            self.read_counts(0.1)
        say(typed=self.produced, counted=self.tally.words)


def totals(plan: Plan) -> None:
    """Running totals: start, steady typing, flood, kill, and what is exact in the end. Raises TimeoutError."""
    made_up = GeneratedLines(plan.text)
    desk = LoadSession(kafka.Lines(plan, plan.totals.lines), kafka.Counts(plan, plan.totals.counts), made_up)
    say(phase="start")
    end = time.monotonic() + DRAIN_TIMEOUT
    while not desk.tally.words:
        desk.produce_for(0.5, 2)
        if time.monotonic() > end:
            raise TimeoutError(f"the engine has counted nothing within {DRAIN_TIMEOUT:.0f} s; see its log")
    say(phase="warm-up")
    desk.produce_for(WARM_UP)
    desk.drain()
    say(phase="steady")
    desk.produce_for(plan.seconds)
    desk.drain()
    flooded = flood(plan, desk)
    desk.produce_for(BEFORE)
    say(phase="kill")
    desk.produce_for(plan.seconds)
    desk.drain()
    desk.read_counts(PAUSE)
    say(phase="check", verdict=desk.tally.verdict(counted(desk.lines.sent + flooded, plan.text)))
    desk.lines.close()
    desk.counts.close()


def flood(plan: Plan, desk: LoadSession) -> Counter[str]:
    """Many words at once; the lines that were sent."""
    say(phase="flood", words=plan.flood)
    desk.read_counts(PAUSE)
    lines = kafka.Lines(plan, plan.totals.lines, linger_ms=20)
    for line in desk.made_up.burst(plan.flood):
        lines.send(line)
        desk.produced += LONG
        desk.sample()
    lines.close()
    desk.drain()
    say(phase="flooded")
    desk.read_counts(PAUSE)
    return lines.sent


if __name__ == "__main__":
    sys.exit(main())
