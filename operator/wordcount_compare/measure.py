"""Runs one engine's part of a comparison on a target, and records all measurements."""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from wordcount_compare.processes import Usage
from wordcount_compare.target import Target
from wordcount_compare.trial import Trial
from wordcount_operator.api.v1alpha1 import Snapshot

SAMPLE_EVERY = 1.0
REPORT_TIMEOUT = 45.0
"""Seconds until the resource must have reported the late lines: a status is some seconds old."""
PHASES = {
    "start": "starting",
    "warm-up": "warm-up",
    "steady": "lines at a steady rate, for the latency",
    "burst": "a burst of lines, for the throughput",
    "burst-counted": "pause",
    "kill": "killed while lines are produced",
    "check": "checking every count",
    "windows": "starting the variant with windows",
    "late": "late lines",
    "reported": "waiting until the late lines are reported",
}
"""Phase of the probe → what the terminal shows."""
Show = Callable[[str], None]


@dataclass
class Measurements:
    """Everything that was recorded of one engine's run. Times are the probe's, in seconds since 1970."""

    engine: str
    events: list[dict[str, Any]] = field(default_factory=list)
    burst_usage: list[Usage] = field(default_factory=list)
    """The engine's usage before and after the burst."""
    killed_at: float = 0.0
    killed: str = ""
    """What was killed."""
    checkpoints: dict[str, Snapshot] = field(default_factory=dict)
    """Checkpoints of the resource without windows, by location and id."""
    late_lines: int | None = None
    _clock_offset: float = float("inf")
    _sampled: float = 0.0

    def record_event(self, line: str) -> dict[str, Any]:
        """Record an event, and estimate the offset of the probe's clock from the quickest line so far."""
        event: dict[str, Any] = json.loads(line)
        self._clock_offset = min(self._clock_offset, time.time() - event["at"])
        self.events.append(event)
        return event

    def now(self) -> float:
        """Return the time of the probe's clock."""
        return time.time() - self._clock_offset

    def sample(self, target: Target) -> None:
        """Record the newest checkpoint, at most once a second."""
        if time.monotonic() - self._sampled > SAMPLE_EVERY:
            self._sampled = time.monotonic()
            if latest := target.latest():
                self.checkpoints[f"{latest.location} {latest.id}"] = latest


def measure(target: Target, trial: Trial, show: Show) -> Measurements:
    """Run the whole trial, and remove resources and topics in any case. Raises ValueError with a message."""
    measured = Measurements(trial.engine)
    try:
        with target.probe(trial.plan) as lines:
            for line in lines:
                if not line.startswith("{"):  # a library's warning, or the probe's last message
                    print(line.rstrip(), file=sys.stderr)
                    continue
                event = measured.record_event(line)
                if "problem" in event:
                    raise ValueError(f"{trial.engine}: {event['problem']}")
                _respond(event.get("phase", ""), target, trial, measured)
                _show_event(event, show)
        if not measured.events or measured.events[-1].get("phase") != "end":
            raise ValueError(f"{trial.engine}: the probe ended too early; its last output is above")
    finally:
        show("removing its resources and topics")
        target.stop()
        with target.probe(trial.plan.for_cleanup()) as lines:
            for _ in lines:
                pass
    return measured


def _respond(phase: str, target: Target, trial: Trial, measured: Measurements) -> None:
    """Do with the target what the probe's phase requires."""
    windowed = any(event.get("phase") == "windows" for event in measured.events)
    if phase == "start":
        target.start(trial.totals)
    elif phase in ("burst", "burst-counted"):
        measured.burst_usage.append(target.usage())
    elif phase == "kill":
        measured.killed = target.kill()
        measured.killed_at = measured.now()
    elif phase == "windows":
        target.stop()
        target.start(trial.windowed)
    elif phase == "reported":
        measured.late_lines = _late_lines(target, measured.events[-1]["late"])
    elif not windowed:
        measured.sample(target)


def _late_lines(target: Target, sent: int) -> int | None:
    """Wait until the target reports all late lines, and return what it reports in the end."""
    end = time.monotonic() + REPORT_TIMEOUT
    while (reported := target.late_lines()) != sent and time.monotonic() < end:
        time.sleep(0.5)
    return reported


def _show_event(event: dict[str, Any], show: Show) -> None:
    if phase := PHASES.get(event.get("phase", "")):
        show(phase)
    elif "produced" in event:
        show(f"{event['counted']:,} of {event['produced']:,} words counted")
