"""The page of `wordcount status`, made of a resource and its events; pure, so never a cluster and never a clock."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from wordcount_cli.views.format import age, megabytes, span
from wordcount_cli.views.next_steps import CAUSES, next_step
from wordcount_operator.api.v1alpha1 import Condition, Status

EVENTS = 8
UNSEEN = 120
"""Seconds after which what a status says of a run is not news any more."""
COLOURS = {"Ready": "green", "Reconciling": "yellow", "Stalled": "red"}
ASSURANCES = ("CheckpointFresh", "ExactlyOnce", "Fenced")
Row = tuple[str, str]


def page(found: dict[str, Any], events: list[dict[str, Any]], now: datetime) -> RenderableType:
    """What it is, why, what to do, how it counts, what can be begun from, what went wrong, what happened lately."""
    status = Status.model_validate(found.get("status") or {})
    conditions = {each.type: each for each in status.conditions}
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")  # a path is whole, so that it can be copied
    rows = (
        *_standing(found, status, now),
        *_counting(status, now),
        *_history(status, conditions, now),
    )
    for label, text in rows:
        grid.add_row(label, Text(text))
    return Group(head(found, status), grid, *_recent(events, now))


def head(found: dict[str, Any], status: Status) -> Text:
    """Its name, its engine and its phase, in the colour of how it is."""
    metadata, engine, now_true = found["metadata"], found["spec"]["engine"], _now_true(status)
    colour = COLOURS[now_true.type] if now_true else "yellow"
    name = f"{metadata['namespace']}/{metadata['name']} on {engine}: "
    return Text.assemble((name, "bold"), (status.phase or "not seen yet", f"bold {colour}"))


def _now_true(status: Status) -> Condition | None:
    """The condition that says how it is."""
    conditions = {each.type: each for each in status.conditions if each.status == "True"}
    return next((conditions[kind] for kind in COLOURS if kind in conditions), None)


def _standing(found: dict[str, Any], status: Status, now: datetime) -> Iterator[Row]:
    metadata, now_true = found["metadata"], _now_true(status)
    ready = next((each for each in status.conditions if each.type == "Ready"), None)
    if status.message:
        yield "why", status.message
    if now_true and now_true.last_transition_time:
        at = now_true.last_transition_time
        yield "since", f"{age(at, now)} ({at})"
    yield (
        "do",
        _unseen(status, now) or next_step(status.phase, ready.reason if ready else "", metadata["name"]),
    )
    refused = status.phase == "Stalled" and ready is not None and ready.reason not in CAUSES
    if refused and status.attempt and status.attempt.intent == "Running":
        yield "meanwhile", "the run that was there before counts on"
    if status.phase and status.observed_generation < metadata.get("generation", 0):
        yield "edit", "the newest one is not taken up yet; where it stays so, see that the operator runs"


def _unseen(status: Status, now: datetime) -> str:
    """What to do where what is shown is old: the operator looks at a run that counts several times a minute."""
    at = status.progress.sample_time
    if status.phase != "Running" or not at or (now - datetime.fromisoformat(at)).total_seconds() < UNSEEN:
        return ""
    return f"see that the operator runs: nobody has looked for {age(at, now)}"


def _counting(status: Status, now: datetime) -> Iterator[Row]:
    observed, latest = status.progress, status.checkpoint.latest
    if observed.sample_time:
        yield (
            "rates",
            f"{observed.lines_per_second:,.0f} lines/s, {observed.words_per_second:,.0f} words/s, {age(observed.sample_time, now)} ago",
        )
        distinct = (
            "" if observed.distinct_words is None else f"; {observed.distinct_words:,} different words in all"
        )
        yield "this run", f"{observed.lines:,} lines, {observed.words:,} words{distinct}"
    if observed.lag_records is not None:
        yield "lag", f"{observed.lag_records:,} records of Kafka are not counted yet"
    if observed.late_lines is not None:
        yield (
            "not counted",
            f"{observed.late_lines:,} lines came too late, {observed.bad_lines or 0:,} had no instant",
        )
    if latest:
        took = f", made in {latest.duration_ms:,} ms" if latest.duration_ms else ""
        size = f", {megabytes(latest.bytes)}" if latest.bytes else ""
        yield (
            "checkpoint",
            f"{age(latest.completion_time, now)} ago{size}{took}, {latest.origin}: {latest.location}",
        )
    if status.checkpoint.savepoints:
        yield (
            "savepoints",
            f"{len(status.checkpoint.savepoints)}, the newest {status.checkpoint.savepoints[-1].location}",
        )


def _history(status: Status, conditions: dict[str, Condition], now: datetime) -> Iterator[Row]:
    attempt, restarts = status.attempt, status.restarts
    if attempt:
        yield "attempt", f"{attempt.id}, begun {age(attempt.start_time, now)} ago"
    if restarts.count or restarts.last_reason:
        row = f", {restarts.in_a_row} in a row" if restarts.in_a_row else ""
        yield (
            "restarts",
            f"{restarts.count} in all{row}; last cause {restarts.last_reason}: {restarts.last_message}",
        )
    if restarts.next_attempt_time:
        ahead = (datetime.fromisoformat(restarts.next_attempt_time) - now).total_seconds()
        yield "next", f"attempt in {span(ahead)} ({restarts.next_attempt_time})"
    if status.upgrade.message and status.upgrade.message != status.message:
        yield "rolled back", status.upgrade.message
    for kind in ASSURANCES:
        if (each := conditions.get(kind)) and each.status != "True":
            yield f"not {kind}", each.message or each.reason
    if status.links.ui:
        yield "pages", f"{status.links.ui}, from outside by `wordcount ui`"


def _recent(events: list[dict[str, Any]], now: datetime) -> Iterator[RenderableType]:
    """The newest first."""
    told = sorted(events, key=_moment, reverse=True)[:EVENTS]
    if not told:
        return
    table = Table.grid(padding=(0, 2))
    for each in told:
        colour = "yellow" if each.get("type") == "Warning" else ""
        reason = Text(each.get("reason", ""), colour)
        table.add_row(f"  {age(_moment(each), now)}", reason, Text(each.get("message", "")))
    yield Text("events", "dim")
    yield table


def _moment(event: dict[str, Any]) -> str:
    return (
        event.get("lastTimestamp")
        or event.get("eventTime")
        or event["metadata"].get("creationTimestamp")
        or ""
    )
