"""Compares the counts of a topic with a count of the same lines in plain Python."""

from collections import Counter
from dataclasses import dataclass, field

from wordcount_core import tokenizer
from wordcount_core.options import Text


@dataclass
class CountChecker:
    """The latest and the highest count of each word, and the number of all counted words.

    A count that is written again adds nothing.
    """

    latest: dict[str, int] = field(default_factory=dict)
    highest: Counter[str] = field(default_factory=Counter)
    words: int = 0

    def add(self, word: str, count: int) -> None:
        """Add one upsert of the topic."""
        self.latest[word] = count
        if count > (before := self.highest[word]):
            self.highest[word] = count
            self.words += count - before

    def verdict(self, expected: Counter[str]) -> dict[str, int]:
        """Return the numbers of words, lost words (last count too low) and doubled words (a count
        too high).
        """
        return {
            "words": expected.total(),
            "distinct": len(expected),
            "lost": sum(max(0, count - self.latest.get(word, 0)) for word, count in expected.items()),
            "doubled": sum(max(0, count - expected[word]) for word, count in self.highest.items()),
        }


def expected_counts(lines: Counter[str], text: Text) -> Counter[str]:
    """Return the count of each word in these lines, where each line has its number of repetitions."""
    expected: Counter[str] = Counter()
    for line, times in lines.items():
        for word in tokenizer.words(line, text):
            expected[word] += times
    return expected
