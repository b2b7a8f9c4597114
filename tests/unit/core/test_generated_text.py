"""Tests the generated text; tests/integration/jobs tests that the engines agree with it."""

from collections import Counter

from wordcount_core.generated_text import WORDS, line
from wordcount_core.options import Rate


def test_a_line_depends_on_number_vocabulary_and_seed_only() -> None:
    """Asked twice it is the same, and each of the three changes it."""
    assert line(5, Rate(1, 1000, 7)) == line(5, Rate(99, 1000, 7))
    others = {line(6, Rate(1, 1000, 7)), line(5, Rate(1, 999, 7)), line(5, Rate(1, 1000, 8))}
    assert len(others | {line(5, Rate(1, 1000, 7))}) == 4


def test_words_are_of_the_vocabulary_and_unevenly_frequent() -> None:
    """Half of all words are among the first quarter, and all of a small vocabulary turn up."""
    counts = Counter(word for n in range(5000) for word in line(n, Rate(1, 100, 3)).split())
    assert set(counts) == {f"w{n}" for n in range(100)}
    first = sum(counts[f"w{n}"] for n in range(25))
    assert 0.48 < first / (5000 * WORDS) < 0.52


def test_the_last_number_of_all_still_has_a_line() -> None:
    """Whole numbers of 63 bits and the largest vocabulary stay within both engines' arithmetic."""
    assert len(line(2**59, Rate(1, 1_000_000, 1_000_000_000)).split()) == WORDS
