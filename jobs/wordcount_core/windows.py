"""Defines windows and late lines in plain Python; both engines are tested against it.

1. *The instant of a line* is when it was read (`ingest`), its record's timestamp (`kafka`), or what it begins
   with (`prefix`): an instant as in RFC 3339, `2026-11-25T10:00:00.123Z` or with an offset, of the years 2000
   to 2999, cut to milliseconds. It ends with one space or tab, which belongs to it, or with the line; the
   rest is a line like any other. A line that does not begin so is *bad*: it is counted as such, and nothing
   of it is counted else.
2. *Windows* are [start, end), their starts multiples of `slide` since 1970 began in UTC; `slide` divides
   `size`, so each instant is in exactly size / slide of them. *Sessions* are each word's own: occurrences of
   one word of which none is more than `gap` after the one before; a session ends `gap` after its last one.
3. *Late* is a line all of whose windows were closed before it came (of a session: the one that it alone would
   make).

How far an engine's time has come depends on how it reads. So both engines have to fulfil this, and no more:

- A line that is no more than `watermark` older than the newest line before it counts, in each of its windows.
- A window is closed only after a line has come that is `watermark` newer than its end. Its counts are
  published then, once, and never change.
- Each line that was read was counted, or is late, or is bad.

Within these limits the engines differ: Spark closes windows between two micro-batches, Flink a fraction of a
second after the line that allows it. A run that counts `once` closes all windows at its end and knows no late
lines.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from wordcount_core.options import Text, Window
from wordcount_core.tokenizer import words
from wordcount_core.unicode_sets import BYTE_ORDER_MARK

Span = tuple[int, int]
"""Start and end of a window, in milliseconds since 1970."""
Counts = dict[Span, Counter[str]]
IDENTITY = ("word", "windowStart", "windowEnd")
"""The columns of a row of counts that identify it in a sink."""

_LEAP = "2(?:[0-9](?:0[48]|[2468][048]|[13579][26])|[048]00)-02-29"
_DAY = (
    "2[0-9]{3}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])"
    "|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))"
)
_TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,9})?"
_ZONE = "(?:Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])"
INSTANT = f"(?:{_LEAP}|{_DAY})T{_TIME}{_ZONE}"
"""A regular expression for Java and Python; it matches only days that exist."""
HEAD = f"^{BYTE_ORDER_MARK}*({INSTANT})(?![^ \\t])"
"""The beginning of a line with a timestamp; the group is the instant."""
STAMP = f"^{BYTE_ORDER_MARK}*{INSTANT}[ \\t]?"
"""The part of such a line that is removed."""
SAMPLES, SAMPLE_LENGTH = 3, 200
"""How many bad lines are shown, and how many characters of each."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def stamped(line: str) -> tuple[int, str] | None:
    """Return the instant in a decoded line and the rest of its text; None if the line is bad."""
    found = re.match(HEAD, line)
    if not found:
        return None
    since = datetime.fromisoformat(found[1]) - _EPOCH
    rest = re.sub(STAMP, "", line, count=1)
    return since // timedelta(milliseconds=1), rest.lstrip(BYTE_ORDER_MARK)


def spans(instant: int, window: Window) -> list[Span]:
    """Return the windows of an instant, the last one first; for sessions, the one of this instant alone."""
    if window.gap_ms is not None:
        return [(instant, instant + window.gap_ms)]
    size, slide = window.size_ms or 0, window.slide
    last = instant - instant % slide
    return [(start, start + size) for start in range(last, last - size, -slide)]


def delay(window: Window) -> int:
    """Return how many milliseconds the watermark is behind the newest line.

    It closes the windows whose end it reaches. Sessions need one more: a line exactly `watermark` older than
    the newest may still touch the end of one.
    """
    return window.watermark_ms + (window.gap_ms is not None)


def may_be_late(instant: int, newest: int, window: Window) -> bool:
    """Return whether an engine may treat a line as late if the newest one before it was at `newest`."""
    return max(end for _, end in spans(instant, window)) <= newest - delay(window)


def sessions(instants: Iterable[int], gap: int) -> dict[Span, int]:
    """Return the sessions of one word, and how often it occurs in each."""
    found: dict[Span, int] = {}
    start = end = number = 0
    for instant in sorted(instants):
        if number and instant > end:
            found[start, end], number = number, 0
        start = start if number else instant
        end, number = instant + gap, number + 1
    return found | ({(start, end): number} if number else {})


def count(lines: Iterable[tuple[int, str]], window: Window, text: Text) -> Counts:
    """Return how often each word occurs in each window, for lines with their instants, none of them late."""
    counts: Counts = defaultdict(Counter)
    moments: dict[str, list[int]] = defaultdict(list)
    for instant, line in lines:
        for word in words(line, text):
            moments[word].append(instant)
    for word, instants in moments.items():
        if window.gap_ms is not None:
            for span, number in sessions(instants, window.gap_ms).items():
                counts[span][word] = number
        else:
            for span in (each for instant in instants for each in spans(instant, window)):
                counts[span][word] += 1
    return dict(counts)


def iso(instant: int) -> str:
    """Return an instant as `2026-11-25T10:00:00.000Z`, of fixed length, so that texts sort as instants."""
    moment = _EPOCH + timedelta(milliseconds=instant)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def name(start: str, end: str) -> str:
    """Return the name of a window in a file of counts."""
    return f"{start}/{end}"


def by_name(rows: Iterable[Iterable[Any]]) -> dict[str, dict[str, int]]:
    """Return rows of word, start, end (as `iso` writes them) and count in the form of `document`."""
    counts: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for word, start, end, number in rows:
        counts[name(start, end)][word] = number
    return counts


def document(counts: Counts) -> dict[str, dict[str, int]]:
    """Return the content of the file that `once` writes: `{"<start>/<end>": {"<word>": <count>}}`."""
    return {name(iso(start), iso(end)): dict(each) for (start, end), each in sorted(counts.items())}
