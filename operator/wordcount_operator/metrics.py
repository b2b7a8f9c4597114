"""What the operator says about itself: metrics, the fields of its log, the passes that it promised; never a decision, and no Kopf.

Every metric stands here and nowhere else. Those of one resource carry its namespace and name, and go when it goes.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from prometheus_client import Counter, Gauge, Histogram

from wordcount_operator.api.v1alpha1 import Status
from wordcount_operator.model.job import Cause
from wordcount_operator.model.plan import Plan

RECONCILES = Counter("wordcount_operator_passes", "Passes over a resource, by how they ended.", ["outcome"])
RECONCILE_SECONDS = Histogram(
    "wordcount_operator_pass_seconds",
    "How long a pass takes.",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)
API_CALLS = Counter("wordcount_operator_api_calls", "Requests to the API server.", ["method"])
ACTIONS = Counter("wordcount_operator_actions", "Actions that were run, by kind.", ["kind"])
LEADER = Gauge("wordcount_operator_leader", "1 on the replica that acts, 0 on a stand-by.")
QUEUE = Gauge("wordcount_operator_queue", "Resources whose next pass is due or under way.")

_ONE = ["namespace", "name"]
PHASE = Gauge("wordcount_operator_resource_phase", "1 for the phase that a resource is in.", [*_ONE, "phase"])
CONDITION = Gauge(
    "wordcount_operator_resource_condition",
    "1 where a condition of the status is True, 0 where it is False.",
    [*_ONE, "type"],
)
RESTARTS = Counter("wordcount_operator_resource_restarts", "Restarts of a run, by cause.", [*_ONE, "cause"])
WORDS = Gauge("wordcount_operator_resource_words", "Words that the run has counted.", _ONE)
LINES = Gauge("wordcount_operator_resource_lines", "Lines that the run has read.", _ONE)
WORD_RATE = Gauge("wordcount_operator_resource_words_per_second", "Words counted a second.", _ONE)
LINE_RATE = Gauge("wordcount_operator_resource_lines_per_second", "Lines read a second.", _ONE)
LAG = Gauge("wordcount_operator_resource_lag_records", "Records of Kafka that are not counted yet.", _ONE)
LATE = Gauge("wordcount_operator_resource_late_lines", "Lines of the run that came too late to count.", _ONE)
BAD = Gauge("wordcount_operator_resource_bad_lines", "Lines of the run that begin with no instant.", _ONE)
PROGRESS = Gauge("wordcount_operator_resource_last_progress_timestamp_seconds", "When it last counted.", _ONE)
CHECKPOINT = Gauge(
    "wordcount_operator_resource_checkpoint_timestamp_seconds",
    "When the newest checkpoint or savepoint was finished.",
    _ONE,
)
CHECKPOINT_BYTES = Gauge(
    "wordcount_operator_resource_checkpoint_bytes",
    "Size of the newest checkpoint or savepoint, 0 where the engine does not say.",
    _ONE,
)
CHECKPOINT_SECONDS = Gauge(
    "wordcount_operator_resource_checkpoint_duration_seconds",
    "How long the newest checkpoint or savepoint took to make, 0 where the engine does not say.",
    _ONE,
)
_OF_ONE = (
    *(PHASE, CONDITION, RESTARTS, WORDS, LINES, WORD_RATE, LINE_RATE, LAG, LATE, BAD, PROGRESS),
    *(CHECKPOINT, CHECKPOINT_BYTES, CHECKPOINT_SECONDS),
)

RECONCILE_OVERDUE_AFTER = 300.0
"""Seconds by which a promised pass may be late before the process counts as sick."""
_due: dict[tuple[str, str], float] = {}
_restarts: dict[tuple[str, str], int] = {}
QUEUE.set_function(lambda: sum(due <= time.monotonic() for due in _due.values()))


def fields(namespace: str, name: str, attempt: str = "", action: str = "") -> dict[str, str]:
    """What a log line about a resource carries beside its message, so that one resource's trace is one grep."""
    return {"resource": f"{namespace}/{name}", "attempt": attempt, "action": action}


@contextmanager
def timed_reconcile(namespace: str, name: str) -> Iterator[None]:
    """Times and counts one pass; a pass that hangs for a minute makes /healthz fail."""
    began = time.monotonic()
    _due[namespace, name] = began
    try:
        yield
    except BaseException as error:
        RECONCILES.labels(type(error).__name__).inc()
        raise
    else:
        RECONCILES.labels("ok").inc()
    finally:
        RECONCILE_SECONDS.observe(time.monotonic() - began)


def observe(namespace: str, name: str, plan: Plan | None) -> None:
    """Shows what a pass did, and when the next is due; a resource that is gone takes all that was shown with it."""
    if plan is None or plan.finished:
        return forget(namespace, name)
    _due[namespace, name] = time.monotonic() + plan.requeue_after
    for action in plan.actions:
        ACTIONS.labels(type(action).__name__).inc()
    return _show(namespace, name, plan.status)


def overdue() -> str:
    """Which promise was broken, in a few words; empty while all are kept."""
    late = [
        f"{namespace}/{name}"
        for (namespace, name), due in _due.items()
        if time.monotonic() > due + RECONCILE_OVERDUE_AFTER
    ]
    return f"no pass for over {RECONCILE_OVERDUE_AFTER:.0f} s over {', '.join(late[:5])}" if late else ""


def forget(namespace: str, name: str) -> None:
    """The resource is gone: its metrics and its promise go too."""
    _due.pop((namespace, name), None)
    _restarts.pop((namespace, name), None)
    for metric in _OF_ONE:
        metric.remove_by_labels({"namespace": namespace, "name": name})


def _show(namespace: str, name: str, status: Status) -> None:
    PHASE.remove_by_labels({"namespace": namespace, "name": name})
    PHASE.labels(namespace, name, status.phase).set(1)
    CONDITION.remove_by_labels({"namespace": namespace, "name": name})
    for condition in status.conditions:
        CONDITION.labels(namespace, name, condition.type).set(condition.status == "True")
    # What was counted before this process began is not a restart that it saw.
    if (namespace, name) not in _restarts:
        _restarts[namespace, name] = status.restarts.count
        for cause in Cause:
            # From 0 on: of a series that begins at 1 Prometheus would not see that it grew.
            RESTARTS.labels(namespace, name, cause)
    before = _restarts[namespace, name]
    if status.restarts.count > before:
        RESTARTS.labels(namespace, name, status.restarts.last_reason).inc(status.restarts.count - before)
    _restarts[namespace, name] = status.restarts.count
    progress, latest = status.progress, status.checkpoint.latest
    for metric, value in (
        (WORDS, progress.words),
        (LINES, progress.lines),
        (WORD_RATE, progress.words_per_second),
        (LINE_RATE, progress.lines_per_second),
        (LAG, progress.lag_records),
        (LATE, progress.late_lines),
        (BAD, progress.bad_lines),
        (PROGRESS, _seconds(progress.last_progress_time)),
        (CHECKPOINT, _seconds(latest.completion_time) if latest else None),
        (CHECKPOINT_BYTES, latest.bytes if latest else None),
        (CHECKPOINT_SECONDS, latest.duration_ms / 1000 if latest else None),
    ):
        if value is not None:
            metric.labels(namespace, name).set(value)


def _seconds(instant: str) -> float | None:
    """An instant of the status as Prometheus has it; None for none."""
    return datetime.fromisoformat(instant).timestamp() if instant else None
