"""The API server and `wordcount validate` refuse the same documents with the same sentences."""

import json
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client

from tests.support.api_server import create, refusals
from tests.support.documents import GOOD, RULES, SCHEMA, UNKNOWN, document
from wordcount_cli.__main__ import main

BAD = [*RULES, *SCHEMA, *UNKNOWN]


def validate(folder: Path, changes: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """The exit status of `wordcount validate` and what it printed."""
    file = folder / "wordcount.yaml"
    file.write_text(json.dumps(document(changes)))
    status = main(["validate", str(file)])
    return status, capsys.readouterr().out


@pytest.mark.parametrize(("changes", "field", "words"), BAD, ids=lambda value: str(value)[:60])
def test_both_refuse_the_same_field(  # noqa: PLR0913 - pytest passes them by name
    resources: Any,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    changes: dict[str, Any],
    field: str,
    words: str,
) -> None:
    """A file that the command calls bad is refused by the API server, for the same field."""
    status, printed = validate(tmp_path, changes, capsys)
    lines = printed.splitlines()
    assert status == 1
    assert any(f": {field}: " in line and words in line for line in lines), printed
    with pytest.raises(client.ApiException) as caught:
        create(resources, document(changes), dry_run="All")
    found = refusals(caught.value)
    assert any(each == field or f'"{field}"' in message for each, message in found), found


@pytest.mark.parametrize("changes", GOOD, ids=lambda value: str(value)[:60])
def test_both_accept_the_same_document(
    resources: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], changes: dict[str, Any]
) -> None:
    """A file that the command calls good is accepted by the API server."""
    status, printed = validate(tmp_path, changes, capsys)
    assert (status, printed.count("\n")) == (0, 1), printed
    create(resources, document(changes), dry_run="All")
