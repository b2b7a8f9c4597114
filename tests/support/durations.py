"""Prints how long a step of a test run took."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def print_duration(what: str) -> Iterator[None]:
    """Prints how long a step took."""
    start = time.monotonic()
    yield
    print(f"\n  {what}: {time.monotonic() - start:.1f} s", end="", flush=True)
