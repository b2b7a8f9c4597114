"""The page docs/reference/cli.md and the completion, against the program itself."""

import re
from argparse import _SubParsersAction
from pathlib import Path

import pytest

from tests.support.recorded_status import recorded, screen
from wordcount_cli.__main__ import VERBS, main, parser

PAGE = (Path(__file__).parents[3] / "docs/reference/cli.md").read_text()


@pytest.mark.parametrize("verb", VERBS)
def test_the_page_names_every_flag_of_the_verb(verb: str) -> None:
    """In its row, or among those that all verbs of its kind share."""
    (verbs,) = (each for each in parser()._actions if isinstance(each, _SubParsersAction))
    flags = {flag for action in verbs.choices[verb]._actions for flag in action.option_strings[-1:]}
    (row,) = re.findall(rf"^\| `{verb}\b.*$", PAGE.split("\n## Permissions")[0], re.MULTILINE)
    shared = {"--help"} | ({"--namespace", "--context", "--kubeconfig"} if " ✓ " in row else set())
    assert flags == shared | set(re.findall(r"--[a-z-]+", row))


@pytest.mark.parametrize("name", ["Running", "BackingOff"])
def test_the_page_shows_the_screen_as_it_is(name: str) -> None:
    """Rendered from the record."""
    assert screen(recorded(name)) in PAGE


def test_a_shell_that_asks_is_answered_by_argcomplete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where it is installed it is given the whole parser, before a wrong word can end the program."""
    answer = "def autocomplete(parser):\n    print(parser.format_usage())\n    raise SystemExit(0)\n"
    (tmp_path / "argcomplete.py").write_text(answer)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("_ARGCOMPLETE", "1")
    with pytest.raises(SystemExit) as ended:
        main(["no-such-verb"])
    assert ended.value.code == 0
    assert "usage: wordcount" in capsys.readouterr().out
