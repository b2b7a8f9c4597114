"""The page of `wordcount status` on a recorded status of every phase."""

import pytest

from tests.support.recorded_status import RECORDED, recorded, screen
from wordcount_cli.views.next_steps import CAUSES, PHASES, next_step
from wordcount_core.causes import Cause
from wordcount_operator.planning.phases import TABLE

NAMES = {phase.name for _, phase in TABLE}


def test_every_phase_and_every_cause_has_its_record_and_its_advice() -> None:
    """A new one has a page too, or this fails."""
    assert {name.split("-")[0] for name in RECORDED} == NAMES
    assert PHASES.keys() == NAMES | {""}
    assert CAUSES.keys() == set(Cause)


@pytest.mark.parametrize("name", RECORDED)
def test_the_page_tells_what_was_recorded(name: str) -> None:
    """Engine, phase, why, since when, what to do, rates, checkpoint and events, whatever the phase."""
    found = recorded(name)
    shown = " ".join(screen(found, 300).split())
    status, phase = found["resource"]["status"], name.split("-", 1)[0]
    assert shown.startswith(f"words/bible on {found['resource']['spec']['engine']}: {phase} ")
    assert f"why {status['message']} since " in shown
    assert "NAME" not in shown
    latest = status["checkpoint"].get("latest")
    assert (latest is None) is ("ago, 1.2 MB, made in 84 ms, periodic: /data" not in shown)
    assert status["restarts"]["lastMessage"] in shown
    assert all(f"{each['reason']} {each['message']}" in shown for each in found["events"])
    assert ("812 lines/s, 7,714 words/s" in shown) is (status["progress"]["linesPerSecond"] == 812.4)


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("Running", "lag 1,520 records"),
        ("Running", "since 58m ("),
        ("Running", "this run 1,250,000 lines, 11,874,213 words; 33,410 different words in all"),
        ("Degraded", "do nothing, it is tried again"),
        ("BackingOff", "do start what spec.source names"),
        ("BackingOff", "restarts 2 in all, 2 in a row; last cause SourceUnavailable"),
        ("BackingOff", "next attempt in 25s"),
        ("Failed", "do raise spec.resources.worker.memory"),
        ("Failed", "then edit the spec or `wordcount restart bible`"),
        ("Stalled", "`wordcount checkpoints bible`"),
        ("Stalled-problem", "[registry] is not reached"),
        ("Stalled-problem", "not ExactlyOnce spec.source.socket"),
        ("Suspended", "do `wordcount resume bible`"),
        ("Upgrading", "edit the newest edit is not applied yet"),
        ("RolledBack", "do correct the spec and apply it again"),
    ],
)
def test_a_row_tells(name: str, row: str) -> None:
    """What a person asks of that phase."""
    assert row in " ".join(screen(recorded(name), 300).split())


def test_a_refused_edit_leaves_what_runs() -> None:
    """And the page says so, where the run is not what is in trouble."""
    for name, shown_meanwhile in (("Stalled-problem", True), ("Stalled", False)):
        found = recorded(name)
        assert "meanwhile" not in screen(found)
        attempt = recorded("Running")["resource"]["status"]["attempt"]
        found["resource"]["status"]["attempt"] = {**attempt, "intent": "Running"}
        assert ("meanwhile" in screen(found)) is shown_meanwhile


def test_a_status_that_nobody_renews_says_so() -> None:
    """Where the operator is gone the phase is the last that it saw."""
    found = recorded("Running")
    found["resource"]["status"]["progress"]["sampleTime"] = "2026-11-22T11:30:00Z"
    shown = " ".join(screen(found, 300).split())
    assert "do check that the operator runs: it has not updated the rates for 30m" in shown


def test_a_long_path_is_shown_whole() -> None:
    """So that it can be copied."""
    found = recorded("Running")
    place = f"/data/state/{'a' * 200}"
    found["resource"]["status"]["checkpoint"]["latest"]["location"] = place
    assert place in "".join(screen(found).split())


def test_a_resource_that_nobody_looked_at_says_so() -> None:
    """It has no status at all."""
    found = recorded("Running")
    del found["resource"]["status"]
    shown = screen({**found, "events": []})
    assert "no status yet" in shown
    assert "check that the operator runs" in shown
    assert "rates" not in shown


def test_events_come_newest_first_and_only_the_latest() -> None:
    """Eight of them."""
    event = recorded("Running")["events"][0]
    events = [
        {**event, "message": f"step {n:02}", "lastTimestamp": f"2026-11-22T11:{n}:00Z"} for n in range(10, 30)
    ]
    shown = screen({**recorded("Running"), "events": events})
    assert [line.split()[-1] for line in shown.splitlines() if "step" in line] == [
        str(n) for n in range(29, 21, -1)
    ]


def test_a_cause_of_the_past_is_no_advice() -> None:
    """Who is suspended has nothing to raise."""
    assert "resume" in next_step("Suspended", "OutOfMemory", "bible")
    assert "spec.resources" in next_step("BackingOff", "OutOfMemory", "bible")
