"""The made-up text of a comparison: the same lines for every engine, of words that come through the resource's own rules; never sends any."""

import itertools
import random
from collections.abc import Iterator, Sequence

from wordcount_core import tokenizer
from wordcount_core.options import WHITESPACE, Text

VOCABULARY = 1000
SHORT = 10
"""Words in a line of a steady typist."""
LONG = 100
"""Words in a line of the flood: whole paragraphs, so that the words are what costs, and not the records."""
POOL = 500
"""Lines of the flood that differ; they come again and again."""


class GeneratedLines:
    """Words and lines under the rules of one resource."""

    def __init__(self, text: Text) -> None:
        """Raises ValueError where made-up words would be counted as something else."""
        self._joiner = " " if text.separator == WHITESPACE else text.separator
        self._digits = max(6, text.min_length - 1)
        words = [self.word(kind, n) for kind in "mcl" for n in (0, 1)]
        if tokenizer.words(self.line(words), text) != words:
            raise ValueError(
                "spec.text: these rules change the words that compare makes up (a letter and digits); "
                "compare with a separator that is no letter or digit, and without such stop words"
            )

    def word(self, kind: str, n: int) -> str:
        """The n-th word of a kind: a lower-case letter and digits."""
        return f"{kind}{n:0{self._digits}d}"

    def line(self, words: Sequence[str]) -> str:
        """These words as a line."""
        return self._joiner.join(words)

    def marked(self, n: int) -> tuple[str, str]:
        """The n-th line of a steady typist, and the word in it that no other line has."""
        mark = self.word("m", n)
        return self.line([mark, *(self.word("c", (n * 9 + k) % VOCABULARY) for k in range(9))]), mark

    def burst(self, words: int) -> Iterator[str]:
        """Lines of so many words in all, frequent and rare ones as in a real text (Zipf's law)."""
        chance = random.Random(1)  # noqa: S311 - a text, not a secret
        known = [self.word("c", n) for n in range(VOCABULARY)]
        weights = list(itertools.accumulate(1 / (n + 1) for n in range(VOCABULARY)))
        pool = [self.line(chance.choices(known, cum_weights=weights, k=LONG)) for _ in range(POOL)]
        return itertools.islice(itertools.cycle(pool), words // LONG)
