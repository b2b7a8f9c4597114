"""Draws how far each engine has come and what it has counted; or lines for a log."""

from dataclasses import dataclass, field

from rich.console import Group, RenderableType
from rich.markup import escape

from tools.demo import screen
from wordcount_core.top_words import Top

_COLOURS = {"counting": "green", "checking": "green", "done": "bold green"}


@dataclass(frozen=True)
class View:
    """One engine at one moment: its step, what is said of it, and what it has counted."""

    engine: str
    step: str
    detail: str = ""
    seconds: float = 0
    """How long it has been in this step."""
    words: int | None = None
    rate: float | None = None
    """Words a second; None before the first word and after the last one."""
    top: Top = field(default_factory=list)

    def lasting(self) -> str:
        """Return the step with its seconds, as long as it is under way."""
        return self.step if self.step == "done" else f"{self.step}, {self.seconds:.0f} s"


def render(views: list[View], expected: int, last: str) -> RenderableType:
    """Return the engines side by side; `expected` is how many words the book has."""
    rows = {
        "step": [f"[{_COLOURS.get(view.step, 'yellow')}]{view.lasting()}[/]" for view in views],
        "": [f"[dim]{escape(view.detail)}[/]" for view in views],
        "words/s": ["–" if view.rate is None else f"{view.rate:,.0f}" for view in views],
        "words counted": [
            "–" if view.words is None else screen.share(view.words, expected) for view in views
        ],
    }
    table = screen.facts([view.engine for view in views], rows)
    return Group(table, screen.top_words({view.engine: view.top for view in views}), last)


def line(view: View, expected: int) -> str:
    """Return one line about an engine, for a log."""
    counted = f": {screen.share(view.words, expected)} words" if view.words else ""
    detail = f" ({view.detail})" if view.detail else ""
    return f"{view.engine}: {view.lasting()}{detail}{counted}"
