"""`wordcount ui`: what kubectl is called with and which address is opened."""

from pathlib import Path

import pytest

from tests.support.fake_api import SWC, Answers
from tests.support.recorded_status import recorded
from wordcount_cli.__main__ import main

Printed = pytest.CaptureFixture[str]


@pytest.fixture
def called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a kubectl that forwards nothing writes its arguments.

    The browser writes beside it what it opens.
    """
    file, tools = tmp_path / "called", tmp_path / "bin"
    tools.mkdir()
    says = 'echo "Forwarding from 127.0.0.1:40123 -> 4040"'
    for name, script in (
        ("kubectl", f'echo "$@" > {file}\n{says}'),
        ("browser", f'echo "$1" > {file}.opened'),
    ):
        (tools / name).write_text(f"#!/bin/sh\n{script}\n")
        (tools / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")
    monkeypatch.setattr("webbrowser._tryorder", None)
    monkeypatch.setenv("BROWSER", "browser")
    return file


@pytest.mark.parametrize(
    ("name", "flags", "call", "address"),
    [
        (
            "Running",
            [],
            "--namespace=words port-forward service/bible-rest :8081",
            "http://127.0.0.1:40123/#/job/running/0af3/overview",
        ),
        (
            "Deleting",
            ["--port", "9999", "--context", "home"],
            "--namespace=words --context=home port-forward service/bible-driver 9999:4040",
            "http://127.0.0.1:40123",
        ),
    ],
)
def test_the_engines_own_pages_are_opened(  # noqa: PLR0913 - pytest passes them by name
    answers: Answers, called: Path, capsys: Printed, name: str, flags: list[str], call: str, address: str
) -> None:
    """Through the Service that the status names, at the port that kubectl found."""
    answers.known[f"GET {SWC}/bible"] = (200, recorded(name)["resource"])
    assert main(["ui", "bible", *flags]) == 0
    assert called.read_text().strip() == call
    assert capsys.readouterr().out.startswith(f"{address} ")
    assert called.with_name("called.opened").read_text().strip() == address


def test_without_kubectl_or_pages_it_says_so(
    answers: Answers, capsys: Printed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """And what the address inside the cluster is, or which verb says why."""
    answers.known[f"GET {SWC}/bible"] = (200, recorded("Running")["resource"])
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["ui", "bible"]) == 1
    assert "kubectl is not on PATH" in capsys.readouterr().err
    answers.known[f"GET {SWC}/bible"] = (200, recorded("Suspended")["resource"])
    assert main(["ui", "bible"]) == 1
    assert "bible has no web UI now; `wordcount status bible`" in capsys.readouterr().err
