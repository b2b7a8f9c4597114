"""Writes the rows of `wordcount status`: why, what to do, rates, checkpoints and restarts."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from wordcount_cli.views.format import age, megabytes, span
from wordcount_cli.views.headline import current_condition
from wordcount_cli.views.next_steps import CAUSES, next_step
from wordcount_operator.api.v1alpha1 import Condition, Status

STALE_AFTER = 120
"""Seconds after which the sample of a run is too old: the operator takes one several times a minute."""
ASSURANCES = ("CheckpointFresh", "ExactlyOnce", "Fenced")
"""Conditions that get a row while they are not true."""
Row = tuple[str, str]
"""A label and its text."""


def rows(metadata: dict[str, Any], status: Status, now: datetime) -> Iterator[Row]:
    """Yield all rows in the order of the page; what is not known has no row."""
    yield from _condition(metadata, status, now)
    yield from _counts(status, now)
    yield from _checkpoints(status, now)
    yield from _attempts(status, now)
    yield from _assurances(status)
    if status.links.ui:
        yield "web UI", f"{status.links.ui}, from outside by `wordcount ui`"


def _condition(metadata: dict[str, Any], status: Status, now: datetime) -> Iterator[Row]:
    condition, ready = current_condition(status), _ready(status)
    if status.message:
        yield "why", status.message
    if condition and condition.last_transition_time:
        yield "since", f"{age(condition.last_transition_time, now)} ({condition.last_transition_time})"
    reason = ready.reason if ready else ""
    yield "do", _stale(status, now) or next_step(status.phase, reason, metadata["name"])
    refused = status.phase == "Stalled" and ready is not None and ready.reason not in CAUSES
    if refused and status.attempt and status.attempt.intent == "Running":
        yield "meanwhile", "the run from before this edit still counts"
    if status.phase and status.observed_generation < metadata.get("generation", 0):
        yield "edit", "the newest edit is not applied yet; if this lasts, check that the operator runs"


def _ready(status: Status) -> Condition | None:
    return next((each for each in status.conditions if each.type == "Ready"), None)


def _stale(status: Status, now: datetime) -> str:
    """Return what to do if the status of a running resource is old, else nothing."""
    time = status.progress.sample_time
    if (
        status.phase != "Running"
        or not time
        or (now - datetime.fromisoformat(time)).total_seconds() < STALE_AFTER
    ):
        return ""
    return f"check that the operator runs: it has not updated the rates for {age(time, now)}"


def _counts(status: Status, now: datetime) -> Iterator[Row]:
    progress = status.progress
    if progress.sample_time:
        rates = f"{progress.lines_per_second:,.0f} lines/s, {progress.words_per_second:,.0f} words/s"
        yield "rates", f"{rates}, {age(progress.sample_time, now)} ago"
        words = progress.distinct_words
        distinct = "" if words is None else f"; {words:,} different words in all"
        yield "this run", f"{progress.lines:,} lines, {progress.words:,} words{distinct}"
    if progress.lag_records is not None:
        yield "lag", f"{progress.lag_records:,} records of Kafka are not counted yet"
    if progress.late_lines is not None:
        late, bad = progress.late_lines, progress.bad_lines or 0
        yield "not counted", f"{late:,} lines came too late, {bad:,} had no timestamp"


def _checkpoints(status: Status, now: datetime) -> Iterator[Row]:
    latest, savepoints = status.checkpoint.latest, status.checkpoint.savepoints
    if latest:
        size = f", {megabytes(latest.bytes)}" if latest.bytes else ""
        took = f", made in {latest.duration_ms:,} ms" if latest.duration_ms else ""
        facts = f"{age(latest.completion_time, now)} ago{size}{took}, {latest.origin}"
        yield "checkpoint", f"{facts}: {latest.location}"
    if savepoints:
        yield "savepoints", f"{len(savepoints)}, the newest {savepoints[-1].location}"


def _attempts(status: Status, now: datetime) -> Iterator[Row]:
    attempt, restarts = status.attempt, status.restarts
    if attempt:
        yield "attempt", f"{attempt.id}, started {age(attempt.start_time, now)} ago"
    if restarts.count or restarts.last_reason:
        in_a_row = f", {restarts.in_a_row} in a row" if restarts.in_a_row else ""
        last = f"last cause {restarts.last_reason}: {restarts.last_message}"
        yield "restarts", f"{restarts.count} in all{in_a_row}; {last}"
    if restarts.next_attempt_time:
        ahead = (datetime.fromisoformat(restarts.next_attempt_time) - now).total_seconds()
        yield "next", f"attempt in {span(ahead)} ({restarts.next_attempt_time})"
    if status.upgrade.message and status.upgrade.message != status.message:
        yield "rolled back", status.upgrade.message


def _assurances(status: Status) -> Iterator[Row]:
    conditions = {each.type: each for each in status.conditions}
    for kind in ASSURANCES:
        if (each := conditions.get(kind)) and each.status != "True":
            yield f"not {kind}", each.message or each.reason
