"""How much a job has counted, from the JobManager's metrics; never a metric that counts from another start than the others."""

from typing import Any

from wordcount_operator.domain import Ask, Counters, Seen


def looks(document: Any, url: str) -> tuple[Ask, ...]:
    """The metrics to ask for."""
    return ()


def counters(document: Any, url: str, seen: Seen) -> Counters | None:
    """What the metrics say; None where they say nothing yet."""
    return None
