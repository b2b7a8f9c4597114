"""How the demo looks: what two resources say of themselves and what they counted, as one table."""

from dataclasses import dataclass

from rich.box import SIMPLE
from rich.console import Group, RenderableType
from rich.table import Table

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
    table = Table("", *(view.engine for view in views), box=SIMPLE)
    for column in table.columns[1:]:
        column.justify = "right"
        column.min_width = 16
    table.add_row("phase", *(view.phase for view in views))
    table.add_row("words/s", *(view.figure("wordsPerSecond") for view in views))
    table.add_row("distinct words", *(f"{len(view.counts):,}" for view in views))
    table.add_row("words counted", *(_share(sum(view.counts.values()), expected) for view in views))
    return table


def _share(words: int, expected: int) -> str:
    return f"{words:,} ({words / expected:.0%})"


def _top(views: list[View]) -> Table:
    table = Table(box=SIMPLE)
    for view in views:
        table.add_column(f"{view.engine}: word")
        table.add_column("count", justify="right")
    columns = [sorted(view.counts.items(), key=lambda each: (-each[1], each[0]))[:TOP] for view in views]
    for rank in range(TOP):
        cells: list[str] = []
        for column in columns:
            word, count = column[rank] if rank < len(column) else ("", None)
            cells += [word, "" if count is None else f"{count:,}"]
        table.add_row(*cells)
    return table
