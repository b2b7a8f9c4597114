"""The picture of `wordcount top`, made of a resource and its most frequent words; pure, so never a cluster and never a clock."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from wordcount_cli.views.format import age
from wordcount_cli.views.status import head
from wordcount_core.top_words import Top, printable
from wordcount_operator.api.v1alpha1 import Status

BAR = 30
LEVELS = "▁▂▃▄▅▆▇█"
REMEMBERED = 30
"""Samples of the rate that are drawn; the operator takes one about every ten seconds."""


@dataclass
class Memory:
    """What the pictures before this one showed: rates by the instant of their sample, and counts."""

    rates: dict[str, float] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def sample(self, status: Status) -> None:
        """Keeps the rate, once a sample."""
        if status.progress.sample_time:
            self.rates[status.progress.sample_time] = status.progress.words_per_second
            self.rates = dict(list(self.rates.items())[-REMEMBERED:])


def picture(found: dict[str, Any], top: Top, note: str, memory: Memory, now: datetime) -> RenderableType:
    """Phase, rates and the words, each with its growth since the picture before; `note` stands where there are no words."""
    status = Status.model_validate(found.get("status") or {})
    memory.sample(status)
    made = Group(
        head(found, status),
        Text(status.message, "dim"),
        _rates(status, memory, now),
        _words(top, note, memory),
    )
    memory.counts = dict(top)
    return made


def _rates(status: Status, memory: Memory, now: datetime) -> Text:
    observed = status.progress
    if not observed.sample_time:
        return Text("no rates yet\n", "dim")
    told = [f"{observed.words_per_second:,.0f} words/s {sparks(list(memory.rates.values()))}"]
    told += [f"{observed.lines_per_second:,.0f} lines/s"]
    told += [] if observed.lag_records is None else [f"lag {observed.lag_records:,}"]
    told += [] if observed.late_lines is None else [f"late {observed.late_lines:,}"]
    return Text(f"{'   '.join(told)}   {age(observed.sample_time, now)} ago\n")


def sparks(rates: list[float]) -> str:
    """One block each, from nothing to the highest."""
    highest = max(rates, default=0) or 1
    return "".join(LEVELS[round(each / highest * (len(LEVELS) - 1))] for each in rates)


def _words(top: Top, note: str, memory: Memory) -> RenderableType:
    if not top:
        return Text(note, "dim")
    table = Table(box=None, pad_edge=False, show_header=False)
    for justify in ("right", "right", "left", "left", "right"):
        table.add_column(justify=justify, no_wrap=True)
    for rank, (word, count) in enumerate(top, 1):
        grown = count - memory.counts.get(word, count)
        bar = Text("█" * max(1, round(BAR * count / top[0][1])), "cyan")
        more = Text(f"+{grown:,}" if grown > 0 else "", "green")
        table.add_row(str(rank), f"{count:,}", printable(word), bar, more)
    return table
