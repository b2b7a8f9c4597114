"""Goes through one engine's programme on a ground and takes down what is said and seen; never works anything out of it."""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from wordcount_compare.plan import Trial
from wordcount_compare.processes import Usage
from wordcount_compare.target import Target
from wordcount_operator.api.v1alpha1 import Snapshot

SAMPLE_EVERY = 1.0
REPORTED_WITHIN = 45.0
"""Seconds until the late lines must be told: a status is some seconds old."""
PHASES = {
    "start": "it starts",
    "warm-up": "warm-up",
    "steady": "steady typing, for the latency",
    "flood": "a flood, for the throughput",
    "flooded": "a pause",
    "kill": "killed while lines are typed",
    "check": "every count is checked",
    "windows": "the windowed variant starts",
    "late": "late lines",
    "told": "are they accounted for?",
}
Show = Callable[[str], None]


@dataclass
class Measurements:
    """All that was taken down of one engine's run. Times are the probe's, in seconds since 1970."""

    engine: str
    events: list[dict[str, Any]] = field(default_factory=list)
    flood: list[Usage] = field(default_factory=list)
    """Before and after it."""
    struck: float = 0.0
    killed: str = ""
    checkpoints: dict[str, Snapshot] = field(default_factory=dict)
    """Of the running totals, by id."""
    late_lines: int | None = None
    _behind: float = float("inf")
    _sampled: float = 0.0

    def record_event(self, line: str) -> dict[str, Any]:
        """Takes an event, and learns how far apart the two clocks are: by no more than the quickest line took."""
        event: dict[str, Any] = json.loads(line)
        self._behind = min(self._behind, time.time() - event["at"])
        self.events.append(event)
        return event

    def now(self) -> float:
        """The probe's time."""
        return time.time() - self._behind

    def sample(self, ground: Target) -> None:
        """Takes down the newest checkpoint, once a second at most."""
        if time.monotonic() - self._sampled > SAMPLE_EVERY:
            self._sampled = time.monotonic()
            if latest := ground.latest():
                self.checkpoints[f"{latest.location} {latest.id}"] = latest


def measure(ground: Target, trial: Trial, show: Show) -> Measurements:
    """The whole programme; whatever happens, the resources and topics are removed. Raises ValueError with a sentence."""
    taken = Measurements(trial.engine)
    try:
        with ground.probe(trial.plan) as said:
            for line in said:
                if not line.startswith("{"):  # a warning of a library, or what it ended with
                    print(line.rstrip(), file=sys.stderr)
                    continue
                event = taken.record_event(line)
                if "problem" in event:
                    raise ValueError(f"{trial.engine}: {event['problem']}")
                _act(event.get("phase", ""), ground, trial, taken)
                _show_event(event, show)
        if not taken.events or taken.events[-1].get("phase") != "end":
            raise ValueError(f"{trial.engine}: the probe ended before it was done; its last words are above")
    finally:
        show("it is removed")
        ground.stop()
        with ground.probe(trial.plan.cleaning()) as said:
            for _ in said:
                pass
    return taken


def _act(phase: str, ground: Target, trial: Trial, taken: Measurements) -> None:
    """What an announcement asks for."""
    windowed = any(event.get("phase") == "windows" for event in taken.events)
    if phase == "start":
        ground.start(trial.totals)
    elif phase in ("flood", "flooded"):
        taken.flood.append(ground.usage())
    elif phase == "kill":
        taken.killed = ground.kill()
        taken.struck = taken.now()
    elif phase == "windows":
        ground.stop()
        ground.start(trial.windowed)
    elif phase == "told":
        taken.late_lines = _late_lines(ground, taken.events[-1]["late"])
    elif not windowed:
        taken.sample(ground)


def _late_lines(ground: Target, sent: int) -> int | None:
    end = time.monotonic() + REPORTED_WITHIN
    while (told := ground.late_lines()) != sent and time.monotonic() < end:
        time.sleep(0.5)
    return told


def _show_event(event: dict[str, Any], show: Show) -> None:
    if phase := PHASES.get(event.get("phase", "")):
        show(phase)
    elif "typed" in event:
        show(f"{event['counted']:,} of {event['typed']:,} words counted")
