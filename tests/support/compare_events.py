"""The events of a made-up run of `wordcount compare`, from its start to the check of its counts."""

from collections.abc import Iterator
from typing import Any


def run_events() -> Iterator[dict[str, Any]]:
    """A run in which steady lines are counted every two seconds, and after the kill a burst of the dying is
    followed by ten seconds of nothing.
    """
    yield {"at": 100.0, "phase": "start"}
    yield {"at": 112.0, "sent": 101.0}
    yield {"at": 113.0, "phase": "warm-up"}
    yield {"at": 120.0, "phase": "steady"}
    for burst in (122.0, 124.0, 126.0):
        for n in range(4):
            yield {"at": burst + n / 100, "sent": burst - 2 + n * 0.5}
        yield {"at": burst + 0.1, "produced": 10 * int(burst - 120), "counted": 10 * int(burst - 121)}
    yield {"at": 130.0, "phase": "burst", "words": 1_000_000}
    yield {"at": 133.0, "produced": 1_000_100, "counted": 100}
    yield {"at": 139.0, "produced": 1_000_100, "counted": 1_000_100}
    yield {"at": 140.0, "phase": "burst-counted"}
    yield {"at": 150.0, "phase": "kill"}
    yield {"at": 150.2, "produced": 1_000_120, "counted": 1_000_100}
    yield {"at": 151.0, "sent": 149.5}
    yield {"at": 151.2, "sent": 150.6}
    yield {"at": 161.2, "sent": 149.9}
    yield {"at": 161.3, "sent": 152.0}
    yield {"at": 161.4, "produced": 1_000_300, "counted": 1_000_300}
    yield {
        "at": 170.0,
        "phase": "check",
        "verdict": {"words": 1_000_300, "distinct": 77, "lost": 0, "doubled": 0},
    }
    yield {"at": 171.0, "phase": "windows"}
    yield {"at": 180.0, "phase": "late"}
    late = {"late": 60, "slipped": 0, "behind": 60, "behind_counted": 60, "exact": True}
    yield {"at": 185.0, "phase": "reported", **late}
    yield {"at": 186.0, "phase": "end"}
