"""What the operator says about itself: its metrics and the passes that it promised; never a decision, and no Kopf.

Every metric stands here and nowhere else. Those of one resource carry its namespace and name, and go when it goes.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from prometheus_client import Counter, Gauge, Histogram

from wordcount_operator.api.v1alpha1 import Status
from wordcount_operator.domain import Plan

PASSES = Counter("wordcount_operator_passes", "Passes over a resource, by how they ended.", ["outcome"])
PASS_SECONDS = Histogram(
    "wordcount_operator_pass_seconds",
    "How long a pass takes.",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)
API_CALLS = Counter("wordcount_operator_api_calls", "Requests to the API server.", ["method"])
ACTIONS = Counter("wordcount_operator_actions", "Actions that were run, by kind.", ["kind"])
LEADER = Gauge("wordcount_operator_leader", "1 on the replica that acts, 0 on a stand-by.")

_ONE = ["namespace", "name"]
PHASE = Gauge("wordcount_operator_resource_phase", "1 for the phase that a resource is in.", [*_ONE, "phase"])
CONDITION = Gauge(
    "wordcount_operator_resource_condition",
    "1 where a condition of the status is True, 0 where it is False.",
    [*_ONE, "type"],
)
RESTARTS = Counter("wordcount_operator_resource_restarts", "Restarts of a run, by cause.", [*_ONE, "cause"])
WORDS = Gauge("wordcount_operator_resource_words_per_second", "Words counted a second.", _ONE)
LINES = Gauge("wordcount_operator_resource_lines_per_second", "Lines read a second.", _ONE)
LAG = Gauge("wordcount_operator_resource_lag_records", "Records of Kafka that are not counted yet.", _ONE)
LATE = Gauge("wordcount_operator_resource_late_lines", "Lines of the run that came too late to count.", _ONE)
BAD = Gauge("wordcount_operator_resource_bad_lines", "Lines of the run that begin with no instant.", _ONE)
PROGRESS = Gauge("wordcount_operator_resource_last_progress_timestamp_seconds", "When it last counted.", _ONE)

PATIENCE = 300.0
"""Seconds by which a promised pass may be late before the process counts as sick."""
_due: dict[tuple[str, str], float] = {}
_restarts: dict[tuple[str, str], int] = {}


@contextmanager
def passing(namespace: str, name: str) -> Iterator[None]:
    """Times and counts one pass; a pass that hangs for a minute makes /healthz fail."""
    began = time.monotonic()
    _due[namespace, name] = began
    try:
        yield
    except BaseException as error:
        PASSES.labels(type(error).__name__).inc()
        raise
    else:
        PASSES.labels("ok").inc()
    finally:
        PASS_SECONDS.observe(time.monotonic() - began)


def observe(namespace: str, name: str, plan: Plan | None) -> None:
    """Shows what a pass did, and when the next is due; a resource that is gone takes all that was shown with it."""
    if plan is None or plan.done:
        return forget(namespace, name)
    _due[namespace, name] = time.monotonic() + plan.again_in
    for action in plan.actions:
        ACTIONS.labels(type(action).__name__).inc()
    return _show(namespace, name, plan.status)


def overdue() -> str:
    """Which promise was broken, in a few words; empty while all are kept."""
    late = [
        f"{namespace}/{name}" for (namespace, name), due in _due.items() if time.monotonic() > due + PATIENCE
    ]
    return f"no pass for over {PATIENCE:.0f} s over {', '.join(late[:5])}" if late else ""


def forget(namespace: str, name: str) -> None:
    """The resource is gone: its metrics and its promise go too."""
    _due.pop((namespace, name), None)
    _restarts.pop((namespace, name), None)
    for metric in (PHASE, CONDITION, RESTARTS, WORDS, LINES, LAG, LATE, BAD, PROGRESS):
        metric.remove_by_labels({"namespace": namespace, "name": name})


def _show(namespace: str, name: str, status: Status) -> None:
    PHASE.remove_by_labels({"namespace": namespace, "name": name})
    PHASE.labels(namespace, name, status.phase).set(1)
    CONDITION.remove_by_labels({"namespace": namespace, "name": name})
    for condition in status.conditions:
        CONDITION.labels(namespace, name, condition.type).set(condition.status == "True")
    # What was counted before this process began is not a restart that it saw.
    before = _restarts.setdefault((namespace, name), status.restarts.count)
    if status.restarts.count > before:
        RESTARTS.labels(namespace, name, status.restarts.last_reason).inc(status.restarts.count - before)
    _restarts[namespace, name] = status.restarts.count
    WORDS.labels(namespace, name).set(status.progress.words_per_second)
    LINES.labels(namespace, name).set(status.progress.lines_per_second)
    for metric, value in (
        (LAG, status.progress.lag_records),
        (LATE, status.progress.late_lines),
        (BAD, status.progress.bad_lines),
    ):
        if value is not None:
            metric.labels(namespace, name).set(value)
    if status.progress.last_progress_at:
        PROGRESS.labels(namespace, name).set(
            datetime.fromisoformat(status.progress.last_progress_at).timestamp()
        )
