"""Ages and sizes as people read them; pure, and never a decision."""

from datetime import datetime

UNITS = (("d", 86400), ("h", 3600), ("m", 60))


def age(at: str, now: datetime) -> str:
    """How long ago, such as `3m`; `?` where nothing is written."""
    return span((now - datetime.fromisoformat(at)).total_seconds()) if at else "?"


def span(seconds: float) -> str:
    """In the largest unit of which there are two; never less than nothing."""
    for unit, size in UNITS:
        if seconds >= 2 * size:
            return f"{int(seconds) // size}{unit}"
    return f"{max(int(seconds), 0)}s"


def megabytes(count: int) -> str:
    """A size; `?` where the engine does not say."""
    return f"{count / 1e6:.1f} MB" if count else "?"
