"""What was measured, and what follows from it: totals, recovery times, lost and doubled words; pure, never input or output."""

import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass
class Total:
    """Words in a topic, of which each key tells so many; what is read twice or falls behind adds nothing."""

    words: int = 0
    _told: dict[str, int] = field(default_factory=dict)

    def tell(self, key: str, words: int) -> None:
        """Takes one record."""
        before = self._told.get(key, 0)
        if words > before:
            self._told[key] = words
            self.words += words - before


@dataclass(frozen=True)
class Sample:
    """One look at the topics: words typed so far and, by engine, words counted so far."""

    at: float
    """Seconds from the beginning."""
    typed: int
    counted: Mapping[str, int]


def recovery(samples: Iterable[Sample], engine: str, struck: float) -> float | None:
    """Seconds from a fault until the engine has counted a word that was typed after it; None where it has not yet.

    More words counted than had been typed when the fault struck: one of them was typed later.
    """
    typed = 0
    for sample in samples:
        if sample.at <= struck:
            typed = sample.typed
        elif sample.counted[engine] > typed:
            return round(sample.at - struck, 2)
    return None


def median_and_max(seconds: Sequence[float]) -> dict[str, float]:
    """Both, in seconds; empty where nothing was measured."""
    if not seconds:
        return {}
    return {"median_s": round(statistics.median(seconds), 2), "max_s": max(seconds)}


def verdict(truth: Counter[str], latest: Mapping[str, int], highest: Mapping[str, int]) -> dict[str, int]:
    """Words in all, lost ones (the last upsert of a word is too low), and doubled ones (an upsert ever was too high)."""
    return {
        "words": truth.total(),
        "lost": sum(max(0, count - latest.get(word, 0)) for word, count in truth.items()),
        "doubled": sum(max(0, count - truth[word]) for word, count in highest.items()),
    }
