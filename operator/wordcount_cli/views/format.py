"""Writes ages and sizes as people read them."""

from datetime import datetime

UNITS = (("d", 86400), ("h", 3600), ("m", 60))


def age(time: str, now: datetime) -> str:
    """Return how long ago that time was, such as `3m`, or `?` if it is empty."""
    return span((now - datetime.fromisoformat(time)).total_seconds()) if time else "?"


def span(seconds: float) -> str:
    """Return a duration such as `3m`, in the largest unit of which there are at least two."""
    for unit, size in UNITS:
        if seconds >= 2 * size:
            return f"{int(seconds) // size}{unit}"
    return f"{max(int(seconds), 0)}s"


def megabytes(count: int) -> str:
    """Return a size such as `1.2 MB`, or `?` if the engine does not report it."""
    return f"{count / 1e6:.1f} MB" if count else "?"
