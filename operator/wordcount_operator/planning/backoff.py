"""Computes how long to wait before the next attempt."""

from wordcount_operator.api.rules import seconds
from wordcount_operator.api.v1alpha1 import Backoff
from wordcount_operator.model.objects import digest

JITTER = 0.2
"""The largest share by which a delay is shortened, so that resources do not all come back at once."""


def delay(backoff: Backoff, failures: int, seed: str) -> float:
    """Return the seconds to wait after so many failures in a row.

    That is initial · factor^(failures-1), at most max, less jitter.

    The jitter comes from `seed` (resource uid and attempt) and not from a random number. So it differs
    between resources, and a repeated reconcile decides the same.
    """
    longest = seconds(backoff.max)
    grown: float = seconds(backoff.initial)
    for _ in range(failures - 1):
        if grown >= longest:
            break
        grown *= backoff.factor
    share = int(digest(seed), 16) / 16**10
    return min(grown, longest) * (1 - JITTER * share)
