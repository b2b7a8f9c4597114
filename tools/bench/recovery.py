"""How soon each engine counts again after one fault at a time, seen from its topic.

The first word that was produced after the fault ends the clock. Where nothing died a word waits for the next
micro-batch or mini-batch too, so an engine that a fault does not touch shows that wait: `none` is that
figure.
"""

import time
from functools import partial
from typing import Any

from tools.chaos import setup
from tools.chaos.faults import inject, with_retries
from tools.chaos.figures import median_and_max, recovery
from tools.chaos.live import LiveCounts
from tools.chaos.schedule import Fault, targets
from tools.cluster.terminal import step
from tools.testbed import ENGINES
from tools.testbed.kube import Space, until

ROUNDS = 3
NONE = "none"
REST = 5.0
"""Seconds between all being well and the next fault."""
DELETED = ("driver", "executor", "JobManager", "TaskManager", "operator")
"""Targets whose pod is deleted: a process that is killed comes back in its pod after a pause that grows with
each time.
"""
KILLED = ("API server", "Kafka", "S3")


def measure() -> dict[str, Any]:
    """Fault → engine → median and maximum of `ROUNDS`, in seconds; and the rounds."""
    figures: dict[str, Any] = {}
    with setup.installed(), setup.prepared(setup.USUAL) as space, LiveCounts(space) as live:
        until(live.counting, 60, "both engines count")
        for target in (NONE, *DELETED, *KILLED):
            if target == NONE or target in targets(setup.USUAL):
                with step(f"recovery: {target}, {ROUNDS} times"):
                    rounds = [_once(space, live, target) for _ in range(ROUNDS)]
                by_engine = {engine: [each[engine] for each in rounds] for engine in ENGINES}
                summary = {engine: median_and_max(seconds) for engine, seconds in by_engine.items()}
                figures[target] = {**summary, "rounds": by_engine}
    return figures


def _once(space: Space, live: LiveCounts, target: str) -> dict[str, float]:
    """Inject a fault when all is well; return by engine the seconds until later words are counted."""
    with_retries(space, "get", "--raw", "/readyz")
    for engine in ENGINES:
        space.wait_phase(f"chaos-{engine}", "Running")
    time.sleep(REST)
    fault = (
        inject(space, Fault(0, target, "delete" if target in DELETED else "kill")) if target != NONE else None
    )
    struck = live.now()
    assert fault or target == NONE, f"there is no {target}"
    seconds = {engine: _recovered(live, engine, struck) for engine in ENGINES}
    if fault and fault.undoing:
        assert not fault.undoing.wait(), f"not undone: {fault.undoing.args!r}"
    return seconds


def _recovered(live: LiveCounts, engine: str, struck: float) -> float:
    seen = partial(recovery, live.samples, engine, struck)
    until(lambda: seen() is not None, 180, f"{engine} counts again")
    return seen() or 0.0
