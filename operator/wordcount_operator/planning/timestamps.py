"""Times as the resource's status writes them; never reads the time itself."""

from datetime import UTC, datetime


def to_rfc3339(moment: datetime) -> str:
    """The moment as RFC 3339 in UTC with whole seconds, such as 2026-11-22T15:04:05Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds_since(text: str, now: datetime) -> float:
    """Seconds from a written moment to `now` (negative where it lies ahead); infinity where nothing is written."""
    if not text:
        return float("inf")
    return (now - datetime.fromisoformat(text)).total_seconds()
