"""What follows from what was taken down: one engine's figures and the series that plots show; pure, never a measurement."""

import statistics
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from wordcount_compare.measure import Measurements
from wordcount_operator.api.v1alpha1 import Snapshot

BURST = 0.2
"""Seconds without a count that end a burst of counts."""
Event = dict[str, Any]


def figures(taken: Measurements) -> dict[str, Any]:
    """By name; None where there was nothing to measure it by."""
    phases = {event["phase"]: event for event in taken.events if "phase" in event}
    steady = [event for event in between(taken.events, "steady", "flood") if "sent" in event]
    first = next((event["at"] for event in taken.events if "sent" in event), None)
    words, told, (before, after) = phases["flood"]["words"], phases["told"], taken.flood
    late = {key: told[key] for key in ("late", "slipped", "behind", "behind_counted", "exact")}
    return {
        "first_count_s": rounded(first and first - phases["start"]["at"]),
        "burst_every_s": rounded(burst_every([event["at"] for event in steady])),
        "latency_ms": latency([(event["at"] - event["sent"]) * 1000 for event in steady]),
        "words_per_cpu_s": round(words / max(0.01, after.cpu - before.cpu)),
        "flood": {"words": words, "cpu_s": rounded(after.cpu - before.cpu)},
        "memory_bytes": after.memory,
        "recovery_s": rounded(recovery(taken.events, taken.struck)),
        "killed": taken.killed,
        **state(list(taken.checkpoints.values())),
        "verdict": phases["check"]["verdict"],
        "late": {**late, "told": taken.late_lines},
    }


def latency(waits: Sequence[float]) -> dict[str, int | None]:
    """Of lines, in milliseconds."""
    ordered = sorted(waits)
    return {"p50": quantile(ordered, 50), "p99": quantile(ordered, 99), "lines": len(ordered)}


def state(made: Sequence[Snapshot]) -> dict[str, Any]:
    """What checkpoints took, and the size of the last one."""
    took = [each.duration_ms for each in made if each.duration_ms]
    return {
        "checkpoint_ms": {
            "p50": round(statistics.median(took)) if took else None,
            "max": max(took, default=None),
            "seen": len(made),
        },
        "state_bytes": made[-1].bytes if made else None,
    }


def series(taken: Measurements) -> dict[str, Any]:
    """What plots show; times in seconds from the beginning of their own phase."""
    steady, flood = between(taken.events, "steady", "flood"), between(taken.events, "flood", "flooded")
    kill = between(taken.events, "flooded", "check")
    begun = taken.events[0]["at"]
    return {
        "latency": [
            [rounded(e["sent"] - steady[0]["at"]), rounded(e["at"] - e["sent"])]
            for e in steady
            if "sent" in e
        ],
        "flood": samples(flood, flood[0]["at"]),
        "kill": samples(kill, taken.struck),
        "checkpoints": [[each.id, each.duration_ms, each.bytes] for each in taken.checkpoints.values()],
        "phases": [[rounded(e["at"] - begun), e["phase"]] for e in taken.events if "phase" in e],
    }


def samples(events: Sequence[Event], zero: float) -> list[list[float | int | None]]:
    """Seconds, words typed, words counted; both words from the first sample on."""
    known = [event for event in events if "typed" in event]
    base = known[0]["counted"] if known else 0
    return [[rounded(e["at"] - zero), e["typed"] - base, e["counted"] - base] for e in known]


def between(events: Sequence[Event], first: str, last: str) -> list[Event]:
    """The events of these phases: from one announcement up to another one."""
    starts = {event["phase"]: number for number, event in enumerate(events) if "phase" in event}
    return list(events[starts[first] : starts[last]])


def recovery(events: Iterable[Event], struck: float) -> float | None:
    """Seconds from the kill until a word that was typed after it was counted, by whoever came back.

    What is killed may count on for a moment, so what is counted before the longest pause does not count as recovered.
    """
    after = [event for event in events if "sent" in event and event["at"] >= struck]
    moments = [struck, *(event["at"] for event in after)]
    if len(moments) < 2:
        return None
    _, resumed = max(pairwise(moments), key=lambda pair: pair[1] - pair[0])
    return next((e["at"] - struck for e in after if e["at"] >= resumed and e["sent"] > struck), None)


def burst_every(seen: Sequence[float]) -> float | None:
    """The usual time between two bursts of counts; what comes without a pause is one burst."""
    starts = [at for before, at in pairwise([float("-inf"), *seen]) if at - before > BURST]
    return statistics.median(b - a for a, b in pairwise(starts)) if len(starts) > 1 else None


def quantile(ordered: Sequence[float], percent: int) -> int | None:
    """In whole milliseconds; None of nothing."""
    if len(ordered) < 2:
        return None
    return round(statistics.quantiles(ordered, n=100, method="inclusive")[percent - 1])


def rounded(seconds: float | None) -> float | None:
    """To milliseconds."""
    return None if seconds is None else round(seconds, 3)
