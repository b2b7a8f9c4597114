"""How long to wait before the next attempt; must never draw a random number, so a pass that is repeated decides the same."""

from wordcount_operator.api.rules import seconds
from wordcount_operator.api.v1alpha1 import Backoff
from wordcount_operator.model.objects import digest

JITTER = 0.2
"""Share of the delay by which it is shortened at most, so that a fleet does not come back in step."""


def delay(backoff: Backoff, failures: int, seed: str) -> float:
    """Seconds to wait after so many failures in a row (at least 1): initial · factor^(failures-1), at most max, less jitter.

    The jitter comes from `seed` (say, resource uid and attempt), so it differs between resources and is the same
    however often it is asked for.
    """
    longest = seconds(backoff.max)
    grown: float = seconds(backoff.initial)
    for _ in range(failures - 1):
        if grown >= longest:
            break
        grown *= backoff.factor
    share = int(digest(seed), 16) / 16**10
    return min(grown, longest) * (1 - JITTER * share)
