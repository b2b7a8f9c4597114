"""Draws what two engines say of themselves and what they counted, side by side."""

from collections.abc import Mapping
from dataclasses import dataclass

from rich.box import SIMPLE
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

from wordcount_core.top_words import Top, most_frequent, printable

TOP = 10
_COLOURS = {"Running": "green", "Starting": "yellow", "BackingOff": "red", "Stalled": "red", "Failed": "red"}


@dataclass(frozen=True)
class View:
    """One engine at one moment: the resource's status as JSON, and the counts on its topic."""

    engine: str
    status: dict[str, object]
    counts: dict[str, int]

    @property
    def phase(self) -> str:
        """The phase in its colour."""
        phase = str(self.status.get("phase") or "…")
        return f"[{_COLOURS.get(phase, 'yellow')}]{phase}[/]"

    def figure(self, field: str) -> str:
        """A figure of the status' progress; a dash where there is none yet."""
        progress = self.status.get("progress")
        value = progress.get(field) if isinstance(progress, dict) else None
        return "–" if value is None else f"{value:,.0f}"


def render(views: list[View], expected: int) -> RenderableType:
    """Both engines side by side; `expected` is how many words the book has."""
    return Group(_facts(views, expected), _top(views), "Ctrl-C ends the show; the engines go on.")


def _facts(views: list[View], expected: int) -> Table:
    return facts(
        [view.engine for view in views],
        {
            "phase": [view.phase for view in views],
            "words/s": [view.figure("wordsPerSecond") for view in views],
            "distinct words": [f"{len(view.counts):,}" for view in views],
            "words counted": [share(sum(view.counts.values()), expected) for view in views],
        },
    )


def facts(engines: list[str], rows: dict[str, list[str]]) -> Table:
    """Return a table with one column for each engine."""
    table = Table("", *engines, box=SIMPLE)
    for column in table.columns[1:]:
        column.justify = "right"
        column.min_width = 16
    for name, cells in rows.items():
        table.add_row(name, *cells)
    return table


def share(words: int, expected: int) -> str:
    """Return how many words were counted, also in percent."""
    return f"{words:,} ({words / expected:.0%})"


def _top(views: list[View]) -> Table:
    return top_words({view.engine: most_frequent(view.counts.items(), TOP) for view in views})


def top_words(tops: Mapping[str, Top]) -> Table:
    """Return a table of the most frequent words of each engine, side by side."""
    table = Table(box=SIMPLE)
    for engine in tops:
        table.add_column(f"{engine}: word", min_width=12)
        table.add_column("count", justify="right", min_width=7)
    for rank in range(TOP):
        cells: list[str] = []
        for top in tops.values():
            word, count = top[rank] if rank < len(top) else ("", None)
            cells += [escape(printable(word)) if count else "", "" if count is None else f"{count:,}"]
        table.add_row(*cells)
    return table
