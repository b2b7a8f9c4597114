"""The reference of the metrics is what a scrape gives."""

from pathlib import Path

from prometheus_client import generate_latest

from tools.generate.metrics_reference import COMMAND, PATH, names, page
from wordcount_operator.api.v1alpha1 import CheckpointStatus, Condition, Progress, Restarts, Snapshot, Status
from wordcount_operator.metrics import API_CALLS, forget, observe, timed_reconcile
from wordcount_operator.model.actions import Delete
from wordcount_operator.model.objects import Ref
from wordcount_operator.model.plan import Plan

ROOT = Path(__file__).parents[2]


def test_the_page_is_the_generated_one() -> None:
    """A changed metric changes the page in the same commit."""
    assert (ROOT / PATH).read_text() == page(), f"{PATH} is out of date; run: uv run {COMMAND}"


def test_every_name_that_a_scrape_gives_is_listed_and_no_other() -> None:
    """Of a resource that shows all that a resource can show."""
    shown = Condition(type="Ready", status="True", reason="Test", last_transition_time="2026-11-22T10:00:00Z")
    progress = Progress(
        lag_records=1,
        late_lines=1,
        bad_lines=1,
        last_progress_time="2026-11-22T10:00:00Z",
        words_per_second=1,
    )
    checkpoint = CheckpointStatus(latest=Snapshot(id="7", completion_time="2026-11-22T10:00:00Z"))
    gone = Delete(Ref("v1", "Pod", "words", "bible-driver"), because="it ended")
    API_CALLS.labels("GET").inc()
    try:
        with timed_reconcile("words", "bible"):
            for count in (0, 1):
                restarts = Restarts(count=count, last_reason="UserCode")
                status = Status(
                    phase="Running",
                    conditions=[shown],
                    progress=progress,
                    restarts=restarts,
                    checkpoint=checkpoint,
                )
                observe("words", "bible", Plan(status, (gone,)))
        lines = generate_latest().decode().splitlines()
    finally:
        forget("words", "bible")
    given = {line.partition("{")[0].partition(" ")[0] for line in lines if line.startswith("wordcount_")}
    assert {name for name in given if not name.endswith("_created")} == set(names())
