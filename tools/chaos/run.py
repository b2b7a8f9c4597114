"""Runs a schedule of faults against both engines, then compares all counts with the input."""

import subprocess
import time
from contextlib import ExitStack, suppress

from tools.chaos.faults import Undo, inject, supervise, with_retries
from tools.chaos.figures import verdict
from tools.chaos.live import LiveCounts
from tools.chaos.report import InjectedFault, Report
from tools.chaos.schedule import faults, targets
from tools.cluster.terminal import console
from tools.testbed import ENGINES
from tools.testbed.kube import Refused, Space, until
from tools.testbed.pair import TOPIC
from tools.testbed.topic import Counts, Lines, end
from wordcount_core import tokenizer
from wordcount_core.options import Text

QUIET = 180.0
"""Seconds after the last fault in which every count has to be exact."""
FAILURES = (AssertionError, Refused, subprocess.TimeoutExpired)


def run(space: Space, storage: str, seed: int, number: int) -> Report:
    """The report of so many faults; a failure is in it, not raised."""
    report = Report(seed, storage)
    with LiveCounts(space) as live:
        report.samples = live.samples
        try:
            until(live.counting, 60, "both engines count")
            _strike(space, report, number, live)
            _settle(space, report, live)
        except FAILURES as error:
            report.problem = str(error)
            with suppress(*FAILURES):
                report.diagnosis = "\n\n".join(space.diagnosis(f"chaos-{engine}") for engine in ENGINES)
    return report


def _strike(space: Space, report: Report, number: int, live: LiveCounts) -> None:
    """Strikes so often, then waits until all is undone; a fault whose target is not there is not counted."""
    undoing: list[Undo] = []
    begun = live.now()
    try:
        for fault in faults(report.seed, targets(report.storage)):
            if len(report.struck) == number:
                break
            if dead := supervise():
                report.died.append((live.now(), dead))
            time.sleep(max(0.0, begun + fault.at - live.now()))
            injected = inject(space, fault)
            if injected is None:
                report.absent.append(fault)
                continue
            report.struck.append(InjectedFault(live.now(), fault, injected.did))
            undoing += [injected.undoing] if injected.undoing else []
            count = f"{len(report.struck):3}/{number}"
            console.print(
                f"{live.now():7.1f} s {count} {fault.act:9} {fault.target:15} {injected.did}",
                markup=False,
                soft_wrap=True,
            )
    finally:
        failed = [each.args for each in undoing if each.wait()]
    assert not failed, f"not undone: {failed}"


def _settle(space: Space, report: Report, live: LiveCounts) -> None:
    """Delete the producer, read all three topics from their beginnings, and wait until the counts are those
    of the lines.
    """
    begun = live.now()
    with_retries(space, "delete", "pod", "producer", "--ignore-not-found")
    with ExitStack() as stack:
        lines = Lines(space, TOPIC)
        stack.callback(lines.close)
        counts = {engine: Counts(space, f"counts-{engine}") for engine in ENGINES}
        for follower in counts.values():
            stack.callback(follower.close)
        produced = end(space, TOPIC)
        until(lambda: len(lines.all) == produced, QUIET, f"all {produced} lines of {TOPIC} are read again")
        expected = tokenizer.count(lines.all, Text())
        try:
            for engine in ENGINES:
                until(
                    lambda engine=engine: counts[engine].equal(expected),  # type: ignore[misc]
                    max(0.0, begun + QUIET - live.now()),
                    f"the counts of {engine} equal the truth",
                    lambda engine=engine: counts[engine].difference(expected),  # type: ignore[misc]
                )
            report.settled = round(live.now() - begun, 1)
        finally:
            report.verdicts = {
                engine: verdict(expected, dict(seen.latest), dict(seen.highest))
                for engine, seen in counts.items()
            }
