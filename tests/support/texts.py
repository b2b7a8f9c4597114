"""Text that trips word counts, and rules that make words of it: made the same way each time."""

import random
import string
import unicodedata
from functools import cache
from typing import TypeVar

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from wordcount_core.options import WHITESPACE, Text
from wordcount_core.unicode_sets import PUNCTUATION, SPACE

LINES = 2000
Kind = TypeVar("Kind")

ODD_LINES = (
    b"the quick brown fox",
    b"",
    b"   ",
    b"  two  spaces  and a tab\there ",
    b"a carriage return\r in the middle",
    b"and one before it\r",
    b"NUL\x00inside \x00 alone",
    b"separators that are no white space: a\x1cb a\x1db a\x1eb a\x1fb \xe2\x80\x8b zero\xe2\x80\x8bwidth",
    "no-break\u00a0space, ideographic\u3000space, next\u0085line, "
    "line\u2028separator, ogham\u1680space".encode(),
    "cafe\u0301 café e\u0301 नमस्ते 🇩🇪 👩‍👩‍👧‍👦 👍🏽".encode(),
    "ΟΔΥΣΣΕΥΣ ΑΣ. ΑΣ'Α Σ İstanbul ISTANBUL ﬁn ẞ ß".encode(),
    "«Hello», “World”! (don't) --- …so… ¿qué? 'quoted' a-b-c $5 <tag> ~x~ '".encode(),
    b"\xef\xbb\xbfmark at the beginning",
    (
        b"wrong \xff\xfe \xc3 \xe2\x82 \xf0\x9f\x98 \xed\xa0\x80 \xed\xa0 "
        b"\xf4\x90\x80\x80 \xe0\x80\x80 \xc0\xaf bytes\xc3"
    ),
    b"lead byte before white space \xf0\x9f\x98\t\xe2\x82\tx",
    b"quote'quote back\\slash per%cent {brace} $1 \\1",
    "a·|'b·|'·|'c X·|' The THE the".encode(),
    b"x" * 500_000 + b" " + "é".encode() * 250_000,
)


def interesting() -> str:
    """Every character of the first two planes that has a case or is no plain letter, digit or emoji."""
    categories = {chr(code): unicodedata.category(chr(code)) for code in range(0x20000)}
    return "".join(
        each for each, category in categories.items() if category not in ("Lo", "So", "Cn", "Co", "Cs")
    )


def odd_text() -> bytes:
    """Lines of all kinds, with both line ends, and a last one without."""
    every = [f"{each}a{each} {each}" for each in interesting() if each != "\n"]
    grouped = [" ".join(every[at : at + 50]).encode() for at in range(0, len(every), 50)]
    chance = random.Random(7)
    noise = [
        bytes(chance.choices(b"ab \xc3\xa9\xe2\x82\xac\xed\xa0\xf0\x9f\x98\x80", k=60)) for _ in range(200)
    ]
    unix, dos = b"\n".join([*ODD_LINES, *grouped, *noise]), b"\r\n".join(ODD_LINES)
    return unix + b"\n" + dos + b"\nlast words without a line end\r"


_characters = st.one_of(
    st.sampled_from(string.ascii_letters + " \t\r\x00\x0b\x1c\x7f"),
    st.sampled_from(SPACE + PUNCTUATION),
    st.sampled_from("σςΣİıßẞǅﬁÅÅ\u0301\u0345\u200b\u200d\ufeff\ufffd👩🇩🏽"),
    st.characters(exclude_categories=["Cs"]),
)
_pieces = st.one_of(
    st.text(_characters, max_size=12).map(str.encode),
    st.binary(max_size=6),
    st.sampled_from(
        [b"the", b"The", b"the.", b" ", b"  ", b"\xed\xa0\x80", b"\xf0\x9f\x98", b"\xef\xbb\xbf"]
    ),
)
LINE = st.one_of(
    st.lists(_pieces, max_size=10).map(b"".join),
    st.lists(_pieces, max_size=10).map(b" ".join),
    st.tuples(_pieces, st.integers(1_000, 20_000)).map(lambda drawn: drawn[0] * drawn[1]),
)
"""Words, wrong bytes and control characters in any mixture, and now and then a huge line."""
TEXT = st.builds(
    Text,
    separator=st.one_of(st.just(WHITESPACE), st.text("the \t.'Σς\u0301", min_size=1, max_size=2)),
    lowercase=st.booleans(),
    strip_punctuation=st.booleans(),
    stop_words=st.lists(st.sampled_from(["the", "The", "THE", "é", "'", "\\", "ς"]), max_size=3).map(tuple),
    min_length=st.integers(1, 4),
)


def drawn(strategy: st.SearchStrategy[Kind], number: int) -> list[Kind]:
    """So many examples, the same ones in every run.

    The first few, which hypothesis makes as plain as can be, are left out.
    """
    found: list[Kind] = []
    plain = number // 10 + 5

    @settings(
        max_examples=number + plain,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(example: Kind) -> None:
        found.append(example)

    collect()
    return found[plain:]


@cache
def made_up_lines() -> tuple[bytes, ...]:
    """Lines that hypothesis made."""
    return tuple(drawn(LINE, LINES))


def made_up_text() -> bytes:
    """The same as one text."""
    return b"\n".join(made_up_lines())


def made_up_rules() -> Text:
    """Rules that hypothesis made: of the first six the plainest that has a literal separator."""
    return drawn(TEXT, 6)[0]
