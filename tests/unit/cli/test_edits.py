"""`suspend`, `resume` and `restart`: what is written to the API server, and what is printed."""

from typing import Any

import pytest

from tests.support.fake_api import SWC, Answers
from tests.support.recorded_status import recorded
from wordcount_cli.__main__ import main

Printed = pytest.CaptureFixture[str]


def given(answers: Answers, name: str, **spec: Any) -> None:
    """A recorded resource that may be patched, with those fields in its spec."""
    resource = recorded(name)["resource"]
    resource["spec"] |= spec
    answers.known |= {f"{verb} {SWC}/bible": (200, resource) for verb in ("GET", "PATCH")}


@pytest.mark.parametrize(
    ("verb", "name", "spec", "written", "said"),
    [
        ("suspend", "Running", {}, {"suspend": True}, "stops cleanly now and keeps its state"),
        ("suspend", "Suspended", {}, None, "is suspended already"),
        ("resume", "Suspended", {}, {"suspend": False}, "continues from its state now"),
        ("resume", "Running", {}, None, "is not suspended"),
        ("restart", "Running", {}, {"restartNonce": 1}, "stopped cleanly and starts again"),
        ("restart", "Running", {"restartNonce": 7}, {"restartNonce": 8}, "from its newest state"),
        ("restart", "Running", {"restartNonce": 2**53 - 1}, {"restartNonce": 0}, "starts again"),
        ("restart", "Running", {"upgrade": {"mode": "lastState"}}, {"restartNonce": 1}, "stopped at once"),
        (
            "restart",
            "Running",
            {"upgrade": {"mode": "stateless"}},
            {"restartNonce": 1},
            "counts from zero now",
        ),
        ("restart", "Suspended", {}, {"restartNonce": 1}, "`wordcount resume bible` starts it"),
        ("restart", "Failed", {}, {"restartNonce": 1}, "is started again now"),
        ("restart", "RolledBack", {}, {"restartNonce": 1}, "the edit that was rolled back is tried again"),
    ],
)
def test_what_is_written_and_what_follows(  # noqa: PLR0913 - pytest passes them by name
    answers: Answers,
    capsys: Printed,
    verb: str,
    name: str,
    spec: dict[str, Any],
    written: dict[str, Any] | None,
    said: str,
) -> None:
    """Only that field, and nothing where nothing would change."""
    given(answers, name, **spec)
    assert main([verb, "bible"]) == 0
    assert [body["spec"] for asked, body in answers.asked if asked.startswith("PATCH")] == (
        [written] if written else []
    )
    assert said in capsys.readouterr().out


@pytest.mark.parametrize(
    ("verb", "name"), [("suspend", "Running"), ("resume", "Suspended"), ("restart", "Failed")]
)
def test_who_may_only_look_is_told_what_is_missing(
    answers: Answers, capsys: Printed, verb: str, name: str
) -> None:
    """The right to patch; nothing is said to have happened."""
    given(answers, name)
    answers.refuse("PATCH", f"{SWC}/bible", 403)
    assert main([verb, "bible"]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(
        f"wordcount {verb}: you do not have permission to patch streamingwordcounts in namespace words"
    )
    assert "kubectl auth can-i patch streamingwordcounts.streaming.wordcount.dev -n words" in printed.err


def test_no_savepoint_of_a_suspended_resource_is_requested(answers: Answers, capsys: Printed) -> None:
    """The request would wait until it runs again, and be a surprise then."""
    given(answers, "Suspended")
    assert main(["savepoint", "bible"]) == 1
    assert "bible is Suspended: it does not run, so no savepoint can be taken" in capsys.readouterr().err
    assert not [asked for asked, _ in answers.asked if asked.startswith("PATCH")]
