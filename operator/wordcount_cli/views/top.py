"""Draws the screen of `wordcount top` from a resource and its most frequent words."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from wordcount_cli.views.format import age
from wordcount_cli.views.headline import head
from wordcount_core.top_words import Top, printable
from wordcount_operator.api.v1alpha1 import Status

BAR_WIDTH = 30
LEVELS = "▁▂▃▄▅▆▇█"
MAX_SAMPLES = 30
"""How many samples of the rate are drawn; the operator takes one about every ten seconds."""


@dataclass
class History:
    """What the screens before this one showed: rates by the time of their sample, and counts."""

    rates: dict[str, float] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def sample(self, status: Status) -> None:
        """Keep the rate, once for each sample."""
        if status.progress.sample_time:
            self.rates[status.progress.sample_time] = status.progress.words_per_second
            self.rates = dict(list(self.rates.items())[-MAX_SAMPLES:])


def picture(found: dict[str, Any], top: Top, note: str, history: History, now: datetime) -> RenderableType:
    """Return phase, rates and words with their growth since the last screen; without words, the note."""
    status = Status.model_validate(found.get("status") or {})
    history.sample(status)
    shown = Group(
        head(found, status),
        Text(status.message, "dim"),
        _rates(status, history, now),
        _words(top, note, history),
    )
    history.counts = dict(top)
    return shown


def _rates(status: Status, history: History, now: datetime) -> Text:
    observed = status.progress
    if not observed.sample_time:
        return Text("no rates yet\n", "dim")
    parts = [f"{observed.words_per_second:,.0f} words/s {sparks(list(history.rates.values()))}"]
    parts += [f"{observed.lines_per_second:,.0f} lines/s"]
    parts += [] if observed.lag_records is None else [f"lag {observed.lag_records:,}"]
    parts += [] if observed.late_lines is None else [f"late {observed.late_lines:,}"]
    return Text(f"{'   '.join(parts)}   {age(observed.sample_time, now)} ago\n")


def sparks(rates: list[float]) -> str:
    """Return a block character for each rate; the highest rate has the highest block."""
    highest = max(rates, default=0) or 1
    return "".join(LEVELS[round(each / highest * (len(LEVELS) - 1))] for each in rates)


def _words(top: Top, note: str, history: History) -> RenderableType:
    if not top:
        return Text(note, "dim")
    table = Table(box=None, pad_edge=False, show_header=False)
    for justify in ("right", "right", "left", "left", "right"):
        table.add_column(justify=justify, no_wrap=True)
    for rank, (word, count) in enumerate(top, 1):
        grown = count - history.counts.get(word, count)
        bar = Text("█" * max(1, round(BAR_WIDTH * count / top[0][1])), "cyan")
        more = Text(f"+{grown:,}" if grown > 0 else "", "green")
        table.add_row(str(rank), f"{count:,}", printable(word), bar, more)
    return table
