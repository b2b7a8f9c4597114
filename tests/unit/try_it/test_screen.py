"""What `make try` shows, from recorded lines of the jobs."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from tools.try_it.__main__ import show, verdict
from tools.try_it.book import PIECES, Book
from tools.try_it.engine_run import different, fetched
from tools.try_it.screen import View, line, render
from wordcount_cli.local import engine_envs
from wordcount_cli.local.install_errors import FULL
from wordcount_core.top_words import printed_tops

RECORDED = [
    "Picked up something",
    '{"top": [["the", 812], ["and", 700]]}',
    '{"top": [["the", 62051], ["and", 38572], ["[of]", 34393], ["\\u001b", 2], ["", 1]]}',
]
"""Lines that a job prints, the last one with words that a terminal would not show as they are."""
TOP = list(printed_tops(RECORDED))[-1]


def shown(*views: View) -> str:
    """Return the picture as plain text."""
    console = Console(file=io.StringIO(), width=100)
    console.print(render(list(views), 789_634, "the last line"))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    return "\n".join(" ".join(each.split()) for each in text.splitlines())


def test_both_engines_are_side_by_side() -> None:
    """One fetches while the other counts."""
    text = shown(
        View("spark", "fetching", "312 of about 550 MB", 21.4),
        View("flink", "counting", "", 9, 315_854, 38_912.4, TOP),
    )
    assert "step fetching, 21 s counting, 9 s" in text
    assert "312 of about 550 MB" in text
    assert "words/s – 38,912" in text
    assert "words counted – 315,854 (40%)" in text
    assert "spark: word count flink: word count" in text
    assert "the 62,051" in text
    assert "[of] 34,393" in text
    assert "\\x1b 2\n(empty) 1" in text
    assert text.endswith("the last line")


def test_the_last_step_takes_no_time() -> None:
    """And has no rate, because nothing is counted any more."""
    text = shown(View("spark", "done", "", 9, 789_634, None, TOP), View("flink", "waiting"))
    assert "step done waiting, 0 s" in text
    assert "words/s – –" in text
    assert "words counted 789,634 (100%) –" in text


@pytest.mark.parametrize(
    ("view", "text"),
    [
        (View("spark", "fetching", "about 550 MB", 30.2), "spark: fetching, 30 s (about 550 MB)"),
        (View("flink", "counting", "", 10, 394_817, 39_000), "flink: counting, 10 s: 394,817 (50%) words"),
        (View("flink", "done", "", 10, 789_634), "flink: done: 789,634 (100%) words"),
    ],
)
def test_a_log_gets_lines(view: View, text: str) -> None:
    """One for each engine, where there is no terminal."""
    assert line(view, 789_634) == text


def test_the_size_is_what_was_fetched_and_then_it_is_unpacked() -> None:
    """Without figures of the system only the whole size is shown."""
    assert fetched(0, "about 550 MB") == "about 550 MB"
    assert fetched(312_400_000, "about 550 MB") == "312 of about 550 MB"
    assert fetched(2_960_000_000, "about 550 MB") == "about 550 MB, unpacking"


def test_the_verdict_is_one_sentence() -> None:
    """It says what was compared with what, or who is wrong."""
    assert verdict({"spark": 0, "flink": 0}, 789_634, 28_856) == (
        "✓ Both engines counted all 789,634 words, and each of their 28,856 counts is the same as that of "
        "the plain-Python definition (jobs/wordcount_core/tokenizer.py)."
    )
    assert verdict({"spark": 0, "flink": 2}, 789_634, 28_856) == (
        "✗ flink has 2 other counts than the plain-Python definition; please report this."
    )
    assert different({"a": 1, "b": 2, "c": 3}, {"a": 1, "b": 3, "d": 4}) == 3


def test_the_book_comes_in_pieces_and_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first piece is there at once, the last one when the time is over."""
    book = Book(tmp_path)
    assert len(list(book.folder.iterdir())) == 1
    clock = iter([100.0, 100.0, 110.0, 190.0])
    monkeypatch.setattr("tools.try_it.book.time.monotonic", lambda: next(clock))
    for pieces in (1, PIECES // 2, PIECES):
        book.come()
        assert len(list(book.folder.iterdir())) == pieces
    text = "".join(file.read_text() for file in sorted(book.folder.iterdir()))
    assert text.splitlines() == book.lines
    assert (book.words, len(book.expected)) == (789_634, 28_856)


def test_a_failure_is_a_sentence_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk while the engines are installed: exit status 1, no thread and no folder."""

    def full(engine: str, _watch: object) -> Path:
        raise ValueError(f"{engine} could not be installed: {FULL}")

    monkeypatch.setattr("tools.try_it.engine_run.python", full)
    monkeypatch.setattr("tools.try_it.engine_run.java_home", lambda _: engine_envs.cache())
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    console = Console(file=io.StringIO(), width=60)
    assert show(console) == 1
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert f"✗ spark could not be installed: {FULL}\n" in text
    assert "Both engines" not in text
    assert list(tmp_path.iterdir()) == []
