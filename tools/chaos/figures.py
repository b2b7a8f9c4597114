"""What follows from the measurements: totals, recovery times, lost and doubled words."""

import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass
class Total:
    """Words in a topic, of which each key has so many; what is read twice adds nothing."""

    words: int = 0
    _highest: dict[str, int] = field(default_factory=dict)

    def record(self, key: str, words: int) -> None:
        """Take one record."""
        before = self._highest.get(key, 0)
        if words > before:
            self._highest[key] = words
            self.words += words - before


@dataclass(frozen=True)
class Sample:
    """One reading of the topics: words produced so far and, by engine, words counted so far."""

    at: float
    """Seconds from the beginning."""
    produced: int
    counted: Mapping[str, int]


def recovery(samples: Iterable[Sample], engine: str, struck: float) -> float | None:
    """Seconds from a fault until the engine has counted a word that was produced after it.

    None where it has not yet.

    More words counted than had been produced when the fault struck: one of them was produced later.
    """
    produced = 0
    for sample in samples:
        if sample.at <= struck:
            produced = sample.produced
        elif sample.counted[engine] > produced:
            return round(sample.at - struck, 2)
    return None


def median_and_max(seconds: Sequence[float]) -> dict[str, float]:
    """Both, in seconds; empty where nothing was measured."""
    if not seconds:
        return {}
    return {"median_s": round(statistics.median(seconds), 2), "max_s": max(seconds)}


def verdict(expected: Counter[str], latest: Mapping[str, int], highest: Mapping[str, int]) -> dict[str, int]:
    """Words in all, lost ones (the last upsert of a word is too low), and doubled ones (an upsert ever was
    too high).
    """
    return {
        "words": expected.total(),
        "lost": sum(max(0, count - latest.get(word, 0)) for word, count in expected.items()),
        "doubled": sum(max(0, count - expected[word]) for word, count in highest.items()),
    }
