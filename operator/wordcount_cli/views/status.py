"""Draws the page of `wordcount status` from a resource and its events."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from wordcount_cli.views.format import age
from wordcount_cli.views.headline import head
from wordcount_cli.views.status_rows import rows
from wordcount_operator.api.v1alpha1 import Status

MAX_EVENTS = 8


def page(found: dict[str, Any], events: list[dict[str, Any]], now: datetime) -> RenderableType:
    """Return the page: the headline, the rows about the resource, and the newest events."""
    status = Status.model_validate(found.get("status") or {})
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")  # a path is shown whole, so that it can be copied
    for label, text in rows(found["metadata"], status, now):
        grid.add_row(label, Text(text))
    return Group(head(found, status), grid, *_recent(events, now))


def _recent(events: list[dict[str, Any]], now: datetime) -> Iterator[RenderableType]:
    """Yield the newest events, the newest first."""
    newest = sorted(events, key=_time, reverse=True)[:MAX_EVENTS]
    if not newest:
        return
    table = Table.grid(padding=(0, 2))
    for each in newest:
        colour = "yellow" if each.get("type") == "Warning" else ""
        reason = Text(each.get("reason", ""), colour)
        table.add_row(f"  {age(_time(each), now)}", reason, Text(each.get("message", "")))
    yield Text("events", "dim")
    yield table


def _time(event: dict[str, Any]) -> str:
    return (
        event.get("lastTimestamp")
        or event.get("eventTime")
        or event["metadata"].get("creationTimestamp")
        or ""
    )
