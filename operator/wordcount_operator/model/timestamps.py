"""Converts times to and from the format of the status."""

from datetime import UTC, datetime


def to_rfc3339(moment: datetime) -> str:
    """Return the moment as RFC 3339 in UTC with whole seconds, such as 2026-11-22T15:04:05Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds_since(text: str, now: datetime) -> float:
    """Return the seconds since a recorded moment, negative in the future, infinite if there is none."""
    if not text:
        return float("inf")
    return (now - datetime.fromisoformat(text)).total_seconds()
