"""Tests the definition of windows, instants and late lines, rule by rule."""

from collections import Counter
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordcount_core import windows
from wordcount_core.options import Text, Window

MINUTE = 60_000
BASE = int(datetime(2026, 11, 25, 10, tzinfo=UTC).timestamp()) * 1000
instants = st.integers(BASE, BASE + 10 * MINUTE)
sliding = st.builds(
    lambda slide, times: Window(slide * times, slide), st.integers(1, 90_000), st.integers(1, 12)
)
session = st.builds(lambda gap: Window(gap_ms=gap), st.integers(1, MINUTE))
stamped_lines = st.lists(st.tuples(instants, st.sampled_from(["a", "b", "a b", "c c", ""])), max_size=30)


@pytest.mark.parametrize(
    ("line", "milliseconds", "text"),
    [
        ("2026-11-25T10:00:00Z a b", 0, "a b"),
        ("2026-11-25T10:00:00.5Z\ta", 500, "a"),
        ("2026-11-25T11:30:00.123456789+01:30  a", 123, " a"),
        ("2026-11-25T00:00:00-10:00", 0, ""),
        ("2026-11-25T10:00:00Z ", 0, ""),
        ("\ufeff2026-11-25T10:00:00Z \ufeffa", 0, "a"),
        ("2026-11-25T10:00:00Z 2026-11-25T10:00:01Z", 0, "2026-11-25T10:00:01Z"),
    ],
)
def test_a_line_begins_with_its_instant(line: str, milliseconds: int, text: str) -> None:
    """One space or tab ends it; the rest is a line like any other."""
    assert windows.stamped(line) == (BASE + milliseconds, text)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "a b",
        " 2026-11-25T10:00:00Z a",
        "2026-11-25T10:00:00 a",
        "2026-11-25T10:00Z a",
        "2026-11-25 10:00:00Z a",
        "2026-11-25t10:00:00z a",
        "2026-11-25T10:00:00Za",
        "2026-11-25T10:00:00Z\u00a0a",
        "2026-11-25T10:00:00Z\n",
        "2026-11-25T10:00:00.Z a",
        "2026-11-25T10:00:00.1234567890Z a",
        "2026-11-25T24:00:00Z a",
        "2026-11-25T10:00:60Z a",
        "2026-11-25T10:00:00+15:00 a",
        "2026-02-29T10:00:00Z a",
        "2100-02-29T10:00:00Z a",
        "2026-04-31T10:00:00Z a",
        "2026-13-01T10:00:00Z a",
        "2026-00-10T10:00:00Z a",
        "1970-01-01T00:00:00Z a",
        "9999-01-01T00:00:00Z a",
        "\u0662026-11-25T10:00:00Z a",
    ],
)
def test_a_line_that_does_not_begin_with_an_instant_is_bad(line: str) -> None:
    """No day that there is not, no time without a zone, no clock that was never set."""
    assert windows.stamped(line) is None


@given(st.datetimes(datetime(2000, 1, 2), datetime(2999, 12, 30)), st.integers(-14 * 60, 14 * 60))
def test_every_instant_of_the_millennium_is_read(moment: datetime, minutes: int) -> None:
    """As Python writes it, in any time zone."""
    there = moment.replace(tzinfo=UTC).astimezone(timezone(timedelta(minutes=minutes)))
    expected = (moment - datetime(1970, 1, 1)) // timedelta(milliseconds=1)
    assert windows.stamped(f"{there.isoformat()} word") == (expected, "word")
    assert windows.iso(expected)[:23] == moment.isoformat(timespec="milliseconds")


@given(instants, sliding)
def test_an_instant_lies_in_size_divided_by_slide_windows(instant: int, window: Window) -> None:
    """Each starts at a multiple of slide, has its start and not its end; the first of the list ends last."""
    found, size = windows.spans(instant, window), window.size_ms or 0
    assert len(set(found)) == len(found) == size // window.slide
    assert all(start <= instant < end == start + size and start % window.slide == 0 for start, end in found)
    assert found[0] == max(found)


@given(st.lists(instants), st.integers(1, MINUTE))
def test_sessions_neither_overlap_nor_touch(moments: list[int], gap: int) -> None:
    """Each occurrence is in one session, and more than a gap is between two sessions."""
    found = sorted(windows.sessions(moments, gap).items())
    assert sum(number for _, number in found) == len(moments)
    assert all(end < start for ((_, end), _), ((start, _), _) in pairwise(found))
    for (start, end), number in found:
        inside = sorted(each for each in moments if start <= each < end)
        assert (inside[0], inside[-1] + gap, len(inside)) == (start, end, number)
        assert all(later - earlier <= gap for earlier, later in pairwise(inside))


@given(stamped_lines, st.one_of(sliding, session), st.randoms())
def test_the_order_of_lines_changes_no_count(
    lines: list[tuple[int, str]], window: Window, chance: Random
) -> None:
    """As long as none is late."""
    shuffled = list(lines)
    chance.shuffle(shuffled)
    assert windows.count(shuffled, window, Text()) == windows.count(lines, window, Text())


@given(stamped_lines, st.one_of(sliding, session))
def test_every_word_is_counted_in_each_of_its_windows(lines: list[tuple[int, str]], window: Window) -> None:
    """All counts together are the words, as often as an instant has windows."""
    times = 1 if window.gap_ms else (window.size_ms or 0) // window.slide
    words = Counter(word for _, line in lines for word in line.split())
    total: Counter[str] = sum(windows.count(lines, window, Text()).values(), Counter())
    assert total == Counter({word: times * number for word, number in words.items()})


@given(instants, instants, st.one_of(sliding, session), st.integers(0, MINUTE))
def test_a_line_within_the_watermark_is_never_late(
    newest: int, other: int, window: Window, watermark: int
) -> None:
    """In whichever window: none of them may have been closed.

    And late are only lines beyond the watermark.
    """
    allowed = Window(window.size_ms, window.slide_ms, window.gap_ms, watermark)
    oldest = newest - watermark
    reached = newest - windows.delay(allowed)
    assert all(end > reached for _, end in windows.spans(oldest, allowed))
    if windows.may_be_late(other, newest, allowed):
        assert other < oldest


def test_a_session_within_the_watermark_can_still_be_touched() -> None:
    """A line exactly as old as it may be, exactly where a session ends, finds it open."""
    window = Window(gap_ms=1000, watermark_ms=500)
    newest = BASE + 1500
    (_, end), *_ = windows.spans(BASE, window)
    assert end == newest - 500
    assert end > newest - windows.delay(window)


def test_the_document_names_windows_by_start_and_end() -> None:
    """In UTC, the earliest first."""
    counts = windows.count([(BASE + MINUTE, "b"), (BASE, "a a")], Window(MINUTE), Text())
    assert list(windows.document(counts).items()) == [
        ("2026-11-25T10:00:00.000Z/2026-11-25T10:01:00.000Z", {"a": 2}),
        ("2026-11-25T10:01:00.000Z/2026-11-25T10:02:00.000Z", {"b": 1}),
    ]
