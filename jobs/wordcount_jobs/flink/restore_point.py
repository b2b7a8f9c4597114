"""Finds the newest state that a job left, which the operator may not know.

The operator knows the last checkpoint that it observed. While it was away the job may have made newer ones,
and Flink then discards the older. Or the job may have stopped with a savepoint, whose name only the
JobManager knew, and Flink then discards all its checkpoints.
"""

import re

from wordcount_jobs.common.storage import StoragePath, storage_path, text

STOP_FOLDER = re.compile(r"/savepoints/[0-9a-f]{32}$")
"""The folder of a job's last stop, without the name of a savepoint."""
JOB_STATE = re.compile(r"(.*)/(?:savepoints/([0-9a-f]{32})|([0-9a-f]{32})/chk-[0-9]+)$")
"""The folder of a job's last stop, or one of its checkpoints, below the folder of the state generation."""


def newest_restore_point(place: str) -> str | None:
    """Return the newest of a job's checkpoints and its last savepoint, or None; other places stay."""
    named = JOB_STATE.match(place)
    root = storage_path(named[1]) if named else None
    if named is None or root is None:
        return place
    job = named[2] or named[3]
    savepoints = _complete(root / "savepoints" / job, "*/_metadata")
    checkpoints = _complete(root / job, "chk-*/_metadata")
    ordered = [*sorted(checkpoints, key=lambda path: int(path.name.removeprefix("chk-"))), *savepoints]
    # A job whose stop failed after its savepoint has gone on. Of equal times, the later in this order counts.
    newest = sorted(ordered, key=lambda path: (path / "_metadata").stat().st_mtime)[-1:]
    return text(newest[0]) if newest else None


def _complete(folder: StoragePath, pattern: str) -> list[StoragePath]:
    return [each.parent for each in folder.glob(pattern)] if folder.exists() else []
