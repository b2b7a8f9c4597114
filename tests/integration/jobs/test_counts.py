"""Each engine counts exactly what the plain-Python definition counts, on text made to trip it."""

from pathlib import Path

import pytest

from tests.support.job_counts import count_once, different
from tests.support.texts import made_up_text, odd_text
from tools.testbed.text_server import text_server
from wordcount_core.options import Files, Options, Socket, Text
from wordcount_core.tokenizer import count, lines

# The default, white space, is what the socket's test counts.
TEXTS = {
    "one space, as in the article": Text(separator=" "),
    "all steps": Text(
        lowercase=True,
        strip_punctuation=True,
        min_length=2,
        stop_words=("The", "quote'quote", "back\\slash", *(f"w{n}" for n in range(60))),
    ),
    "all steps, odd separator": Text(
        separator="·|'", lowercase=True, strip_punctuation=True, stop_words=("X",)
    ),
}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(text, id=name, marks=[pytest.mark.nightly] if "odd" in name else [])
        for name, text in TEXTS.items()
    ],
)
def test_counts_of_files_equal_the_definition(engine: str, text: Text, tmp_path: Path) -> None:
    """Files of a folder: Unicode, wrong bytes, both line ends, NUL, a line of 1 MB, and what hypothesis made
    up.
    """
    folder = tmp_path / "in"
    folder.mkdir()
    texts = {"odd.txt": odd_text(), "made-up.txt": made_up_text()}
    for name, data in texts.items():
        (folder / name).write_bytes(data)
    options = Options("odd", Files(str(folder)), text=text, once=True, counts=str(tmp_path / "counts.json"))
    expected = dict(count([line for data in texts.values() for line in lines(data)], text))
    assert different(count_once(options, engine, tmp_path), expected) == {}


def test_counts_of_a_socket_equal_the_definition(engine: str, tmp_path: Path) -> None:
    """A socket is read until the server hangs up, as UTF-8 whatever the machine's locale."""
    with text_server(odd_text()) as port:
        options = Options("odd", Socket("127.0.0.1", port), once=True, counts=str(tmp_path / "counts.json"))
        found = count_once(options, engine, tmp_path)
    assert different(found, dict(count(lines(odd_text()), Text()))) == {}
