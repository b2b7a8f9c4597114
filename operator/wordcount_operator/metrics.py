"""The operator's metrics, the fields of its log, and when each resource is reconciled next.

A metric of one resource carries its namespace and name, and is removed with it.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from prometheus_client import Counter, Gauge, Histogram

from wordcount_core.causes import Cause
from wordcount_operator.api.v1alpha1 import Status
from wordcount_operator.model.actions import kind_of
from wordcount_operator.model.plan import Plan

# These names are public, so the first two keep the word of release 0.1.0 for a reconcile.
RECONCILES = Counter("wordcount_operator_passes", "Reconciles of a resource, by outcome.", ["outcome"])
RECONCILE_SECONDS = Histogram(
    "wordcount_operator_pass_seconds",
    "How long a reconcile takes.",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)
API_CALLS = Counter("wordcount_operator_api_calls", "Requests to the API server.", ["method"])
ACTIONS = Counter("wordcount_operator_actions", "Actions that were applied, by kind.", ["kind"])
LEADER = Gauge("wordcount_operator_leader", "1 on the leader, 0 on a stand-by.")
QUEUE = Gauge("wordcount_operator_queue", "Resources whose next reconcile is due or under way.")

_RESOURCE = ["namespace", "name"]
PHASE = Gauge(
    "wordcount_operator_resource_phase", "1 for the phase that a resource is in.", [*_RESOURCE, "phase"]
)
CONDITION = Gauge(
    "wordcount_operator_resource_condition",
    "1 if a condition of the status is True, 0 if it is False.",
    [*_RESOURCE, "type"],
)
RESTARTS = Counter(
    "wordcount_operator_resource_restarts", "Restarts of a run, by cause.", [*_RESOURCE, "cause"]
)
WORDS = Gauge("wordcount_operator_resource_words", "Words that the run has counted.", _RESOURCE)
LINES = Gauge("wordcount_operator_resource_lines", "Lines that the run has read.", _RESOURCE)
WORD_RATE = Gauge("wordcount_operator_resource_words_per_second", "Words counted a second.", _RESOURCE)
LINE_RATE = Gauge("wordcount_operator_resource_lines_per_second", "Lines read a second.", _RESOURCE)
LAG = Gauge(
    "wordcount_operator_resource_lag_records", "Records of Kafka that are not counted yet.", _RESOURCE
)
LATE = Gauge(
    "wordcount_operator_resource_late_lines", "Lines of the run that came too late to count.", _RESOURCE
)
BAD = Gauge(
    "wordcount_operator_resource_bad_lines", "Lines of the run that begin with no instant.", _RESOURCE
)
PROGRESS = Gauge(
    "wordcount_operator_resource_last_progress_timestamp_seconds", "When it last counted.", _RESOURCE
)
CHECKPOINT = Gauge(
    "wordcount_operator_resource_checkpoint_timestamp_seconds",
    "When the newest checkpoint or savepoint was finished.",
    _RESOURCE,
)
CHECKPOINT_BYTES = Gauge(
    "wordcount_operator_resource_checkpoint_bytes",
    "Size of the newest checkpoint or savepoint, 0 if the engine does not report it.",
    _RESOURCE,
)
CHECKPOINT_SECONDS = Gauge(
    "wordcount_operator_resource_checkpoint_duration_seconds",
    "How long the newest checkpoint or savepoint took to make, 0 if the engine does not report it.",
    _RESOURCE,
)
_RESOURCE_METRICS = (
    *(PHASE, CONDITION, RESTARTS, WORDS, LINES, WORD_RATE, LINE_RATE, LAG, LATE, BAD, PROGRESS),
    *(CHECKPOINT, CHECKPOINT_BYTES, CHECKPOINT_SECONDS),
)

RECONCILE_OVERDUE_AFTER = 300.0
"""Seconds by which a reconcile may be late before the process counts as unhealthy."""
_due: dict[tuple[str, str], float] = {}
_restarts: dict[tuple[str, str], int] = {}
QUEUE.set_function(lambda: sum(due <= time.monotonic() for due in _due.values()))


def fields(namespace: str, name: str, attempt: str = "", action: str = "") -> dict[str, str]:
    """Return the fields of a log line about a resource, so that one grep finds all lines of one resource."""
    return {"resource": f"{namespace}/{name}", "attempt": attempt, "action": action}


@contextmanager
def timed_reconcile(namespace: str, name: str) -> Iterator[None]:
    """Time and count one reconcile; one that hangs makes /healthz fail after RECONCILE_OVERDUE_AFTER."""
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
    """Show what a reconcile did and when the next is due.

    All metrics of a resource that is gone are removed.
    """
    if plan is None or plan.finished:
        return forget(namespace, name)
    _due[namespace, name] = time.monotonic() + plan.requeue_after
    for action in plan.actions:
        ACTIONS.labels(kind_of(action)).inc()
    return _show(namespace, name, plan.status)


def overdue() -> str:
    """Return which resources were not reconciled in time, empty if there are none."""
    overdue = [
        f"{namespace}/{name}"
        for (namespace, name), due in _due.items()
        if time.monotonic() > due + RECONCILE_OVERDUE_AFTER
    ]
    return (
        f"no reconcile for over {RECONCILE_OVERDUE_AFTER:.0f} s of {', '.join(overdue[:5])}"
        if overdue
        else ""
    )


def forget(namespace: str, name: str) -> None:
    """Remove the metrics of a resource that is gone."""
    _due.pop((namespace, name), None)
    _restarts.pop((namespace, name), None)
    for metric in _RESOURCE_METRICS:
        metric.remove_by_labels({"namespace": namespace, "name": name})


def _show(namespace: str, name: str, status: Status) -> None:
    PHASE.remove_by_labels({"namespace": namespace, "name": name})
    PHASE.labels(namespace, name, status.phase).set(1)
    CONDITION.remove_by_labels({"namespace": namespace, "name": name})
    for condition in status.conditions:
        CONDITION.labels(namespace, name, condition.type).set(condition.status == "True")
    # Restarts from before this process started are not counted again.
    if (namespace, name) not in _restarts:
        _restarts[namespace, name] = status.restarts.count
        for cause in Cause:
            # Start at 0: Prometheus would not see the growth of a series that starts at 1.
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
    """Return an instant of the status as Prometheus writes it, None for none."""
    return datetime.fromisoformat(instant).timestamp() if instant else None
