"""Puts the book into a folder piece by piece, and knows what the plain definition counts in it."""

import time
from collections import Counter
from pathlib import Path

from tools.testbed import deployment
from wordcount_core import tokenizer
from wordcount_core.options import Text

PIECES = 40
DURATION = 20.0
"""Seconds in which the book comes, so that one can watch it being counted."""


class Book:
    """The King James Bible, and a folder into which it comes."""

    def __init__(self, folder: Path) -> None:
        """Put the first piece into `folder/lines`, so that an engine that has started has words to show."""
        self.lines = deployment.book()
        self.expected: Counter[str] = tokenizer.count(self.lines, Text())
        self.words = self.expected.total()
        self.folder = folder / "lines"
        self._unfinished = folder / "unfinished"
        self._pieces = 0
        self._start: float | None = None
        self.folder.mkdir()
        self._put()

    @property
    def complete(self) -> bool:
        """Whether all pieces are in the folder."""
        return self._pieces >= PIECES

    def come(self) -> None:
        """Put the pieces into the folder that are due; the first call starts the clock."""
        self._start = self._start or time.monotonic()
        due = (time.monotonic() - self._start) / DURATION * PIECES
        while self._pieces < min(due, PIECES):
            self._put()

    def _put(self) -> None:
        """Write a piece beside the folder and move it there, so that nobody reads half of it."""
        size = -(-len(self.lines) // PIECES)
        part = self.lines[self._pieces * size :][:size]
        self._unfinished.write_text("".join(f"{line}\n" for line in part))
        self._unfinished.rename(self.folder / f"{self._pieces:02}.txt")
        self._pieces += 1
