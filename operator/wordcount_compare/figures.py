"""Computes one engine's figures, and the series for the plots, from its measurements."""

import statistics
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from wordcount_compare.measure import Measurements
from wordcount_operator.api.v1alpha1 import Snapshot

BATCH_GAP = 0.2
"""Seconds without a count after which the next count begins another batch."""
Event = dict[str, Any]


def figures(measured: Measurements) -> dict[str, Any]:
    """Return the figures by name; a figure that could not be measured is None."""
    phases = {event["phase"]: event for event in measured.events if "phase" in event}
    steady = [event for event in between(measured.events, "steady", "burst") if "sent" in event]
    first = next((event["at"] for event in measured.events if "sent" in event), None)
    words, reported, (before, after) = phases["burst"]["words"], phases["reported"], measured.burst_usage
    late = {key: reported[key] for key in ("late", "slipped", "behind", "behind_counted", "exact")}
    return {
        "first_count_s": rounded(first and first - phases["start"]["at"]),
        "batch_every_s": rounded(batch_every([event["at"] for event in steady])),
        "latency_ms": latency([(event["at"] - event["sent"]) * 1000 for event in steady]),
        "words_per_cpu_s": round(words / max(0.01, after.cpu - before.cpu)),
        "burst": {"words": words, "cpu_s": rounded(after.cpu - before.cpu)},
        "memory_bytes": after.memory,
        "recovery_s": rounded(recovery(measured.events, measured.killed_at)),
        "killed": measured.killed,
        **state(list(measured.checkpoints.values())),
        "verdict": phases["check"]["verdict"],
        "late": {**late, "reported": measured.late_lines},
    }


def latency(waits: Sequence[float]) -> dict[str, int | None]:
    """Return the latency of lines in milliseconds."""
    ordered = sorted(waits)
    return {"p50": quantile(ordered, 50), "p99": quantile(ordered, 99), "lines": len(ordered)}


def state(checkpoints: Sequence[Snapshot]) -> dict[str, Any]:
    """Return how long checkpoints took, and the size of the last one."""
    took = [each.duration_ms for each in checkpoints if each.duration_ms]
    return {
        "checkpoint_ms": {
            "p50": round(statistics.median(took)) if took else None,
            "max": max(took, default=None),
            "seen": len(checkpoints),
        },
        "state_bytes": checkpoints[-1].bytes if checkpoints else None,
    }


def series(measured: Measurements) -> dict[str, Any]:
    """Return the series for the plots; times are seconds since the start of their own phase."""
    steady = between(measured.events, "steady", "burst")
    burst = between(measured.events, "burst", "burst-counted")
    kill = between(measured.events, "burst-counted", "check")
    start = measured.events[0]["at"]
    return {
        "latency": [
            [rounded(e["sent"] - steady[0]["at"]), rounded(e["at"] - e["sent"])]
            for e in steady
            if "sent" in e
        ],
        "burst": samples(burst, burst[0]["at"]),
        "kill": samples(kill, measured.killed_at),
        "checkpoints": [[each.id, each.duration_ms, each.bytes] for each in measured.checkpoints.values()],
        "phases": [[rounded(e["at"] - start), e["phase"]] for e in measured.events if "phase" in e],
    }


def samples(events: Sequence[Event], zero: float) -> list[list[float | int | None]]:
    """Return seconds, words produced and words counted, without those counted at the first sample."""
    found = [event for event in events if "produced" in event]
    base = found[0]["counted"] if found else 0
    return [[rounded(e["at"] - zero), e["produced"] - base, e["counted"] - base] for e in found]


def between(events: Sequence[Event], first: str, last: str) -> list[Event]:
    """Return the events from the start of the first phase to the start of the last one."""
    starts = {event["phase"]: number for number, event in enumerate(events) if "phase" in event}
    return list(events[starts[first] : starts[last]])


def recovery(events: Iterable[Event], killed_at: float) -> float | None:
    """Return the seconds from the kill until a word that was produced after it was counted.

    The killed engine may count on for a moment, so counts before the longest pause are not a recovery.
    """
    after = [event for event in events if "sent" in event and event["at"] >= killed_at]
    moments = [killed_at, *(event["at"] for event in after)]
    if len(moments) < 2:
        return None
    _, resumed = max(pairwise(moments), key=lambda pair: pair[1] - pair[0])
    return next((e["at"] - killed_at for e in after if e["at"] >= resumed and e["sent"] > killed_at), None)


def batch_every(times: Sequence[float]) -> float | None:
    """Return the median time between two batches of counts, or None if there was only one batch."""
    starts = [at for before, at in pairwise([float("-inf"), *times]) if at - before > BATCH_GAP]
    return statistics.median(b - a for a, b in pairwise(starts)) if len(starts) > 1 else None


def quantile(ordered: Sequence[float], percent: int) -> int | None:
    """Return a quantile of sorted values as a whole number, or None for fewer than two values."""
    if len(ordered) < 2:
        return None
    return round(statistics.quantiles(ordered, n=100, method="inclusive")[percent - 1])


def rounded(seconds: float | None) -> float | None:
    """Return the seconds rounded to milliseconds."""
    return None if seconds is None else round(seconds, 3)
