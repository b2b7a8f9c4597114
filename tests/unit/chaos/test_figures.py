"""What is lost, what is doubled, and when an engine counts again."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from tools.chaos.figures import Sample, Total, median_and_max, recovery, verdict

COUNTS = st.dictionaries(st.sampled_from("abcd"), st.integers(1, 9))


@given(COUNTS)
def test_the_truth_loses_and_doubles_nothing(counts: dict[str, int]) -> None:
    """Whatever it is."""
    expected = {"words": sum(counts.values()), "lost": 0, "doubled": 0}
    assert verdict(Counter(counts), counts, counts) == expected


def test_too_low_is_lost_and_too_high_at_any_time_is_doubled() -> None:
    """A count that was too high once is doubled even if it was put right later.

    Words that nobody produced are doubled.
    """
    counts = Counter(a=5, b=5, c=5)
    found = verdict(counts, latest={"a": 3, "b": 5, "d": 1}, highest={"a": 3, "b": 7, "d": 1})
    assert found == {"words": 15, "lost": 7, "doubled": 3}


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 9))))
def test_a_total_takes_the_most_that_each_key_recorded(records: list[tuple[str, int]]) -> None:
    """Reading all of it again adds nothing."""
    total = Total()
    for key, words in records * 2:
        total.record(key, words)
    most: dict[str, int] = {}
    for key, words in records:
        most[key] = max(words, most.get(key, 0))
    assert total.words == sum(most.values())


def samples(*rows: tuple[float, int, int]) -> list[Sample]:
    """From seconds, words produced, words counted."""
    return [Sample(at, produced, {"spark": counted}) for at, produced, counted in rows]


def test_an_engine_has_recovered_when_it_counted_what_was_produced_after_the_fault() -> None:
    """What was produced before may still have been on its way."""
    observed = samples((1, 10, 5), (2, 20, 10), (3, 30, 20), (4, 40, 20), (9, 90, 21), (10, 100, 90))
    assert recovery(observed, "spark", struck=2.5) == 6.5
    assert recovery(observed, "spark", struck=0.5) == 0.5
    assert recovery(observed[:4], "spark", struck=2.5) is None
    assert recovery([], "spark", struck=0) is None


def test_nothing_measured_is_no_figure() -> None:
    """An engine that never recovered has no median."""
    assert median_and_max([]) == {}
    assert median_and_max([3, 1, 2]) == {"median_s": 2, "max_s": 3}
