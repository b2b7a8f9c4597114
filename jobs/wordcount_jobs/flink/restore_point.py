"""Finds the newest state that a job left, which its operator may not have heard of; never writes or removes anything.

The operator knows the checkpoint that it last saw. While it was away the job may have made newer ones, and Flink then
discards the older; or it may have stopped with a savepoint, whose name only the JobManager knew, and Flink then discards
all its checkpoints.
"""

import re

from wordcount_jobs.common.storage import StoragePath, storage_path, text

STOP = re.compile(r"/savepoints/[0-9a-f]{32}$")
"""The folder of a job's last stop, which has no name of a savepoint in it."""
OF_JOB = re.compile(r"(.*)/(?:savepoints/([0-9a-f]{32})|([0-9a-f]{32})/chk-[0-9]+)$")
"""The folder of a job's last stop, or one of its checkpoints, below the folder of the state generation."""


def newest_restore_point(where: str) -> str | None:
    """The newest of the job's checkpoints and the savepoint of its stop; None without one. Another savepoint is what it is."""
    named = OF_JOB.match(where)
    root = storage_path(named[1]) if named else None
    if named is None or root is None:
        return where
    job = named[2] or named[3]
    savepoints = _whole(root / "savepoints" / job, "*/_metadata")
    checkpoints = _whole(root / job, "chk-*/_metadata")
    ordered = [*sorted(checkpoints, key=lambda path: int(path.name.removeprefix("chk-"))), *savepoints]
    # A job whose stop failed after its savepoint has gone on; where a store's clock is too coarse, the later in this order.
    newest = sorted(ordered, key=lambda path: (path / "_metadata").stat().st_mtime)[-1:]
    return text(newest[0]) if newest else None


def _whole(folder: StoragePath, pattern: str) -> list[StoragePath]:
    return [each.parent for each in folder.glob(pattern)] if folder.exists() else []
