"""What the JobManager reports about a job's checkpoints."""

from datetime import UTC, datetime
from typing import Any

from wordcount_operator.api.v1alpha1 import Snapshot
from wordcount_operator.model.timestamps import to_rfc3339


def checkpoint(checkpoints: Any) -> Snapshot | None:
    """Return the newest finished checkpoint that a new run can start from."""
    newest = checkpoints.get("latest", {}).get("completed") or {}
    if not newest.get("external_path") or newest.get("discarded"):
        return None
    return Snapshot(
        id=str(newest["id"]),
        completion_time=rfc3339(newest["latest_ack_timestamp"]),
        bytes=newest["state_size"],
        duration_ms=newest["end_to_end_duration"],
        location=newest["external_path"],
    )


def rfc3339(milliseconds: int) -> str:
    """Return Flink's milliseconds since 1970 as Kubernetes writes an instant."""
    return to_rfc3339(datetime.fromtimestamp(milliseconds / 1000, UTC))
