"""What hypothesis makes up, text and rules, each engine counts as the definition does; never an example that is known in advance.

An engine takes seconds to start, so each run counts all examples of its rules at once instead of one at a time.
"""

import string
import unicodedata
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.jobs.conftest import count_once
from tests.jobs.test_counts import different
from wordcount_jobs.core.characters import PUNCTUATION, SPACE
from wordcount_jobs.core.options import WHITESPACE, Files, Options, Text
from wordcount_jobs.core.tokenize import count, lines

RULES, LINES = 2, 2000
Kind = TypeVar("Kind")

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
    """So many examples, the same ones in every run; the first few, which hypothesis makes as plain as can be, are left out."""
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


def test_there_is_something_to_be_held_to() -> None:
    """The examples differ and hold what they are for: wrong bytes, control characters, lines longer than a buffer."""
    made = drawn(LINE, LINES)
    assert len(set(made)) > LINES // 2
    assert any(len(line) > 65_536 for line in made)
    text = b"".join(made).decode(errors="replace")
    assert {unicodedata.category(each) for each in text} >= {"Cc", "Cf", "Lu", "Mn", "Nd", "Po", "So", "Zs"}


@pytest.mark.parametrize("number", range(RULES))
def test_made_up_text_is_counted_as_the_definition_counts_it(
    engine: str, number: int, tmp_path: Path
) -> None:
    """Any Unicode, control characters, wrong UTF-8 and huge lines, by any rules."""
    text, data = drawn(TEXT, 6)[:: 6 // RULES][number], b"\n".join(drawn(LINE, LINES))
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "made-up.txt").write_bytes(data)
    options = Options("made-up", Files(str(folder)), text=text, once=True, counts=str(tmp_path / "c.json"))
    assert different(count_once(options, engine, tmp_path), dict(count(lines(data), text))) == {}, text
