"""How the tutorial's steps are read and run, and that a reader could type those of the page."""

import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.tutorial import Failed, Shell, Step, steps
from wordcount_cli.__main__ import parser

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/tutorial.md").read_text()
SMALL = """\
# A page

```sh
make nothing
```

```console
one() { echo one; }
one
```

Words between.

```text
not output: words stand between
```

```console
one | tr o O
```

```text
One
```
"""


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    """A shell in an empty folder."""
    with Shell(tmp_path, os.environ) as opened:
        yield opened


def test_a_step_is_a_console_block_with_the_text_right_behind_it() -> None:
    """Other blocks, and text after other words, are the reader's alone."""
    assert steps(SMALL) == (
        Step(7, "one() { echo one; }\none\n"),
        Step(18, "one | tr o O\n", ("One",)),
    )


def test_a_step_sees_what_the_ones_before_it_defined(shell: Shell) -> None:
    """They are one session; each step's output is its own."""
    first, second = steps(SMALL)
    assert (shell.run(first, 10), shell.run(second, 10)) == ("one\n", "One\n")


@pytest.mark.parametrize(
    ("shown", "missing"),
    [
        ((), ""),
        (("tutorial/book on spark: Running", "…", "do   nothing, it counts"), ""),
        (("why …", "since … (…)"), ""),
        (("since 3s",), "since 3s"),
        (("do nothing",), "do nothing"),
        (("do …", "why …"), "why …"),
        (("a.* counting", ""), "a.* counting"),
    ],
)
def test_each_line_shown_must_be_in_the_output_in_order(shown: tuple[str, ...], missing: str) -> None:
    """Whole lines; `…` stands for anything, and so do the lines between two of them."""
    output = "tutorial/book on spark: Running\nwhy    counting\nsince  3s (2026)\ndo     nothing, it counts\n"
    assert Step(1, "", shown).missing(output) == missing


@pytest.mark.parametrize(
    ("commands", "shown", "why"),
    [
        ("echo first; false\necho never\n", (), "a command ended with 1"),
        ("echo first; false | true\n", (), "a command ended with 1"),
        ("echo first; echo $unset\n", (), "a command ended with 1"),
        ("echo first; sleep 30\n", (), "not over within its time"),
        ("echo first\n", ("second",), "not in the output, or not there: second"),
    ],
)
def test_a_step_that_fails_says_where_and_what_it_printed(
    shell: Shell, commands: str, shown: tuple[str, ...], why: str
) -> None:
    """A command that fails, one that hangs, and an output that the page does not show."""
    with pytest.raises(Failed) as failure:
        shell.run(Step(7, commands, shown), 1)
    text = str(failure.value)
    assert text.startswith("line 7: ")
    assert why in text
    assert commands in text
    assert "\nfirst\n" in text
    assert "\nnever\n" not in text.removeprefix(commands)


def typed(program: str) -> list[list[str]]:
    """Each command line of the page that begins with this program, in words."""
    text = "".join(step.commands for step in steps(PAGE)).replace("\\\n", " ")
    found = re.findall(rf"(?:^|[|] |until )\s*({program} .*?)(?: 2>| [|]|;|$)", text, re.MULTILINE)
    return [shlex.split(line) for line in found]


def test_the_command_line_knows_the_verbs_that_the_page_types() -> None:
    """With their flags."""
    verbs = [words[2:] for words in typed("kubectl wordcount")]
    assert [words[0] for words in verbs][:4] == ["list", "status", "top", "savepoint"]
    for words in verbs:
        assert parser().parse_args(words).namespace == "tutorial"


def test_the_files_that_the_page_names_are_there() -> None:
    """By their paths in the checkout."""
    text = "".join(step.commands for step in steps(PAGE))
    named = re.findall(r"\b(?:charts|examples|tests)/[\w./-]+", text)
    assert len(named) >= 5
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_all_that_the_page_types_happens_in_a_namespace_of_its_own() -> None:
    """But the operator and what belongs to no namespace."""
    lines = typed("kubectl")
    assert len(lines) > 20
    for words in lines:
        assert "tutorial" in words or words[1] == "get" or "wordcount-system" in words, words
