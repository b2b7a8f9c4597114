"""Generates a comparison's lines: the same for each engine, under the resource's text rules."""

import itertools
import random
from collections.abc import Iterator, Sequence

from wordcount_core import tokenizer
from wordcount_core.options import WHITESPACE, Text

VOCABULARY = 1000
STEADY_LINE_WORDS = 10
"""Words in a line at the steady rate."""
BURST_LINE_WORDS = 100
"""Words in a line of the burst: long lines, so that words cause the cost and not records."""
BURST_LINES = 500
"""Different lines of the burst; they are repeated."""


class GeneratedLines:
    """Words and lines under the text rules of one resource."""

    def __init__(self, text: Text) -> None:
        """Raise a ValueError if the rules would change the generated words."""
        self._joiner = " " if text.separator == WHITESPACE else text.separator
        self._digits = max(6, text.min_length - 1)
        words = [self.word(kind, n) for kind in "mcl" for n in (0, 1)]
        if tokenizer.words(self.line(words), text) != words:
            raise ValueError(
                "spec.text: these rules change the words that compare generates (a letter and digits); "
                "use a separator that is no letter or digit, and no such stop words"
            )

    def word(self, kind: str, n: int) -> str:
        """Return the n-th word of a kind: a lower-case letter and digits."""
        return f"{kind}{n:0{self._digits}d}"

    def line(self, words: Sequence[str]) -> str:
        """Return these words as a line."""
        return self._joiner.join(words)

    def marked(self, n: int) -> tuple[str, str]:
        """Return the n-th line of the steady rate, and the word in it that no other line has."""
        marker = self.word("m", n)
        return self.line([marker, *(self.word("c", (n * 9 + k) % VOCABULARY) for k in range(9))]), marker

    def burst(self, words: int) -> Iterator[str]:
        """Yield lines with so many words in total, frequent and rare ones as in a real text (Zipf's law)."""
        generator = random.Random(1)  # noqa: S311 - a text, not a secret
        known = [self.word("c", n) for n in range(VOCABULARY)]
        weights = list(itertools.accumulate(1 / (n + 1) for n in range(VOCABULARY)))
        pool = [
            self.line(generator.choices(known, cum_weights=weights, k=BURST_LINE_WORDS))
            for _ in range(BURST_LINES)
        ]
        return itertools.islice(itertools.cycle(pool), words // BURST_LINE_WORDS)
