"""What is shown of a resource is what its last status says, and goes with it."""

import time
from collections.abc import Iterator

import pytest
from prometheus_client import REGISTRY

from wordcount_operator import metrics
from wordcount_operator.api.v1alpha1 import CheckpointStatus, Condition, Progress, Restarts, Snapshot, Status
from wordcount_operator.model.actions import Delete
from wordcount_operator.model.objects import Ref
from wordcount_operator.model.plan import Plan

ONE = {"namespace": "words", "name": "bible"}


def shown(metric: str, **labels: str) -> float | None:
    """A sample as Prometheus would read it."""
    return REGISTRY.get_sample_value(f"wordcount_operator_{metric}", labels)


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    yield
    metrics.forget("words", "bible")


def plan(phase: str, restarts: int = 0, cause: str = "") -> Plan:
    """A plan that wrote this status."""
    return Plan(
        Status(
            phase=phase,
            restarts=Restarts(count=restarts, last_reason=cause),
            progress=Progress(words_per_second=12.5, last_progress_time="2026-11-22T10:00:00Z"),
        )
    )


def test_a_resource_is_in_one_phase() -> None:
    """The phase before is gone, not 0 and not still 1."""
    metrics.observe("words", "bible", plan("Starting"))
    metrics.observe("words", "bible", plan("Running"))
    assert shown("resource_phase", **ONE, phase="Running") == 1
    assert shown("resource_phase", **ONE, phase="Starting") is None
    assert shown("resource_words_per_second", **ONE) == 12.5
    assert shown("resource_last_progress_timestamp_seconds", **ONE) == 1795341600.0


def test_a_restart_is_counted_by_its_cause_once() -> None:
    """Restarts from before this process began are not its own."""
    metrics.observe("words", "bible", plan("Running", 3, "Infrastructure"))
    metrics.observe("words", "bible", plan("Running", 4, "OutOfMemory"))
    metrics.observe("words", "bible", plan("Running", 4, "OutOfMemory"))
    assert shown("resource_restarts_total", **ONE, cause="OutOfMemory") == 1
    assert shown("resource_restarts_total", **ONE, cause="Infrastructure") == 0


def test_a_resource_that_is_gone_leaves_nothing() -> None:
    """Neither a sample nor a promise that nobody keeps."""
    metrics.observe("words", "bible", plan("Running"))
    metrics.observe("words", "bible", None)
    assert shown("resource_phase", **ONE, phase="Running") is None
    assert shown("resource_words_per_second", **ONE) is None
    assert metrics.overdue() == ""


def test_actions_and_passes_are_counted() -> None:
    """An action by its kind; a reconcile by how it ended."""
    before = shown("actions_total", kind="Delete") or 0
    gone = Delete(Ref("v1", "Pod", "words", "bible-driver"), because="it ended")
    metrics.observe("words", "bible", Plan(Status(phase="Running"), (gone,)))
    assert shown("actions_total", kind="Delete") == before + 1
    failed = shown("passes_total", outcome="RuntimeError") or 0
    with pytest.raises(RuntimeError), metrics.timed_reconcile("words", "bible"):
        raise RuntimeError
    assert shown("passes_total", outcome="RuntimeError") == failed + 1


def test_a_promised_pass_that_does_not_come_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A minute late is sick; just late is not."""
    metrics.observe("words", "bible", Plan(Status(phase="Running"), requeue_after=10))
    now = time.monotonic()
    monkeypatch.setattr("time.monotonic", lambda: now + 10 + metrics.RECONCILE_OVERDUE_AFTER - 1)
    assert metrics.overdue() == ""
    monkeypatch.setattr("time.monotonic", lambda: now + 10 + metrics.RECONCILE_OVERDUE_AFTER + 1)
    assert "words/bible" in metrics.overdue()


def test_what_waits_and_what_was_not_counted_is_shown_where_it_is_known() -> None:
    """A source that has no lag shows none, which is not 0."""
    found = Progress(lag_records=40, late_lines=3)
    metrics.observe("words", "bible", Plan(Status(phase="Running", progress=found)))
    assert shown("resource_lag_records", **ONE) == 40
    assert shown("resource_late_lines", **ONE) == 3
    assert shown("resource_bad_lines", **ONE) is None


def test_each_condition_of_the_last_status_is_shown_as_1_or_0() -> None:
    """What an alert reads is the operator's own verdict; one that the status has no more is gone."""

    def condition(kind: str, status: str) -> Condition:
        return Condition(type=kind, status=status, reason="Test", last_transition_time="2026-11-22T10:00:00Z")

    first = [condition("Stalled", "True"), condition("CheckpointFresh", "False")]
    metrics.observe("words", "bible", Plan(Status(phase="Stalled", conditions=first)))
    assert shown("resource_condition", **ONE, type="Stalled") == 1
    assert shown("resource_condition", **ONE, type="CheckpointFresh") == 0
    metrics.observe(
        "words", "bible", Plan(Status(phase="Running", conditions=[condition("Stalled", "False")]))
    )
    assert shown("resource_condition", **ONE, type="Stalled") == 0
    assert shown("resource_condition", **ONE, type="CheckpointFresh") is None


def test_the_newest_checkpoint_is_shown_and_none_where_there_is_none() -> None:
    """Its age is what a query subtracts from now."""
    metrics.observe("words", "bible", plan("Starting"))
    assert shown("resource_checkpoint_timestamp_seconds", **ONE) is None
    latest = Snapshot(id="7", completion_time="2026-11-22T10:00:00Z", bytes=4096, duration_ms=250)
    status = Status(phase="Running", checkpoint=CheckpointStatus(latest=latest))
    metrics.observe("words", "bible", Plan(status))
    assert shown("resource_checkpoint_timestamp_seconds", **ONE) == 1795341600.0
    assert shown("resource_checkpoint_bytes", **ONE) == 4096
    assert shown("resource_checkpoint_duration_seconds", **ONE) == 0.25


def test_a_pass_that_is_due_or_under_way_waits_in_the_queue() -> None:
    """One that is promised for later does not."""
    metrics.observe("words", "bible", Plan(Status(phase="Running"), requeue_after=60))
    assert shown("queue") == 0
    with metrics.timed_reconcile("words", "bible"):
        assert shown("queue") == 1
    metrics.observe("words", "bible", Plan(Status(phase="Running"), requeue_after=0))
    assert shown("queue") == 1
