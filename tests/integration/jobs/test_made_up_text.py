"""What hypothesis makes up, text and rules, each engine counts as the definition does.

An engine takes seconds to start, so a run counts all examples at once instead of one at a time;
test_counts.py counts them by its own rules too.
"""

import unicodedata
from pathlib import Path

import pytest

from tests.support.job_counts import count_once, different
from tests.support.texts import LINES, made_up_lines, made_up_rules, made_up_text
from wordcount_core.options import WHITESPACE, Files, Options
from wordcount_core.tokenizer import count, lines


def test_there_is_something_to_be_held_to() -> None:
    """The examples differ and hold what they are for: wrong bytes, control characters, lines longer than a
    buffer.
    """
    made = made_up_lines()
    assert len(set(made)) > LINES // 2
    assert any(len(line) > 65_536 for line in made)
    text = made_up_text().decode(errors="replace")
    assert {unicodedata.category(each) for each in text} >= {"Cc", "Cf", "Lu", "Mn", "Nd", "Po", "So", "Zs"}
    assert made_up_rules().separator != WHITESPACE


@pytest.mark.nightly
def test_made_up_text_is_counted_as_the_definition_counts_it(engine: str, tmp_path: Path) -> None:
    """Any Unicode, control characters, wrong UTF-8 and huge lines, by any rules."""
    text, data = made_up_rules(), made_up_text()
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "made-up.txt").write_bytes(data)
    options = Options("made-up", Files(str(folder)), text=text, once=True, counts=str(tmp_path / "c.json"))
    assert different(count_once(options, engine, tmp_path), dict(count(lines(data), text))) == {}, text
