"""Reads what Spark reports of a micro-batch (`StreamingQueryProgress`) or of its plan."""

from typing import Any

from py4j.java_gateway import JavaObject


def is_finished(progress: Any) -> bool:
    """Return whether the report is about a finished batch.

    Spark also reports that nothing came, under the number of the batch to come.
    """
    return "addBatch" in progress["durationMs"]


def checkpoint_ms(progress: Any) -> int:
    """Return the milliseconds that a batch spent on its checkpoint: on both logs and on the state's commit.

    Spark adds up the commits of the partitions, which commit side by side, so their mean counts.
    """
    logs: int = sum(progress["durationMs"].get(each, 0) for each in ("walCommit", "commitOffsets"))
    state = progress["stateOperators"]
    mean: float = sum(each["commitTimeMs"] / max(1, each["numShufflePartitions"]) for each in state)
    return logs + round(mean)


def state_bytes(state: dict[str, Any]) -> int:
    """Return the size of the state, as Spark's own state store estimates it, or of RocksDB's files."""
    metrics = state.get("customMetrics", {})
    return int(metrics.get("stateOnCurrentVersionSizeBytes", metrics.get("rocksdbSstFileSize", 0)))


def counted_rows(plan: JavaObject) -> int:
    """Return the rows out of the highest nodes that make or filter words: those that the counting got."""
    if plan.nodeName() in ("Filter", "Generate"):
        return int(plan.metrics().apply("numOutputRows").value())
    children = plan.children()
    return sum(counted_rows(children.apply(n)) for n in range(children.size()))
