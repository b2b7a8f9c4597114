"""Counts as they come out of a topic, and what of them is wrong in the end; pure, so never Kafka."""

from collections import Counter
from dataclasses import dataclass, field

from wordcount_core import tokenizer
from wordcount_core.options import Text


@dataclass
class CountChecker:
    """The latest and the highest count of each word, and words in all; what is written again adds nothing."""

    latest: dict[str, int] = field(default_factory=dict)
    highest: Counter[str] = field(default_factory=Counter)
    words: int = 0

    def add(self, word: str, count: int) -> None:
        """Takes one upsert."""
        self.latest[word] = count
        if count > (before := self.highest[word]):
            self.highest[word] = count
            self.words += count - before

    def verdict(self, truth: Counter[str]) -> dict[str, int]:
        """Words in all, lost ones (the last upsert of a word is too low), and doubled ones (one ever was too high)."""
        return {
            "words": truth.total(),
            "distinct": len(truth),
            "lost": sum(max(0, count - self.latest.get(word, 0)) for word, count in truth.items()),
            "doubled": sum(max(0, count - truth[word]) for word, count in self.highest.items()),
        }


def counted(lines: Counter[str], text: Text) -> Counter[str]:
    """What plain Python counts in lines, of each of which there are so many."""
    truth: Counter[str] = Counter()
    for line, times in lines.items():
        for word in tokenizer.words(line, text):
            truth[word] += times
    return truth
