"""How counts look: bounded, ordered, harmless to a terminal."""

import json

from wordcount_core.top_words import most_frequent, printable, render


def test_the_most_frequent_come_first_and_equals_by_word() -> None:
    """And no more than asked for."""
    assert most_frequent([("b", 1), ("a", 1), ("c", 2), ("d", 1)], 3) == [("c", 2), ("a", 1), ("b", 1)]


def test_a_word_cannot_disturb_the_terminal() -> None:
    """Escape sequences are spelt out, an empty word is seen, other letters stay."""
    assert [printable(each) for each in ("\x1b[2J", "", "naïve")] == ["\\x1b[2J", "(empty)", "naïve"]


def test_a_table_is_for_people_and_json_for_programs() -> None:
    """The same content in both."""
    top = [("the", 64309), ("and", 7)]
    assert render(top, "table", "now").splitlines() == [
        "── now ──",
        f"    1  {'64,309':>12}  the",
        f"    2  {'7':>12}  and",
    ]
    assert json.loads(render(top, "json", "now")) == {"top": [["the", 64309], ["and", 7]]}
