"""Computes with Kafka's offsets, as Spark reports them for a micro-batch."""

import json
from typing import Any

Offsets = dict[tuple[str, int], int]
"""Topic and partition → the offset of the next record."""


def counted_offsets(progress: Any) -> Offsets:
    """Return the offsets at which the last finished micro-batch ended."""
    ends = json.loads(progress["sources"][0]["endOffset"]) or {}  # null before the first batch
    return {
        (topic, int(partition)): offset for topic, each in ends.items() for partition, offset in each.items()
    }


def records_behind(counted: Offsets, ends: Offsets) -> int:
    """Return how many records are between the counted offsets and the ends of the partitions."""
    return sum(max(0, ends[each] - counted[each]) for each in counted.keys() & ends.keys())


def lag_records(progress: Any) -> int | None:
    """Return how many records a batch of real-time mode had not counted at its end, or None if unknown.

    Spark asks Kafka once more at the end of such a batch.
    """
    (source,) = progress["sources"]
    average = source["metrics"].get("avgOffsetsBehindLatest")
    return None if average is None else round(float(average) * len(counted_offsets(progress)))
