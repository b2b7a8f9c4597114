"""Finds what a job left when the JobManager that stopped it could not say it any more; never writes or removes anything."""

import re

from wordcount_jobs.core.places import Place, place, text

FOLDER = re.compile(r"/savepoints/([0-9a-f]{32})$")


def found(where: str) -> str | None:
    """The savepoint in the folder `…/savepoints/<job id>`, else the newest checkpoint `…/<job id>/chk-<n>`; None without one.

    Any other place is what it is. Flink discards a job's checkpoints once it has stopped with a savepoint, and only then.
    """
    named = FOLDER.search(where)
    folder = place(where)
    if named is None or folder is None:
        return where
    savepoints = _whole(folder, "*/_metadata")
    checkpoints = _whole(folder.parent.parent / named[1], "chk-*/_metadata")
    newest = [*sorted(checkpoints, key=lambda path: int(path.name.removeprefix("chk-"))), *savepoints][-1:]
    return text(newest[0]) if newest else None


def _whole(folder: Place, pattern: str) -> list[Place]:
    return [each.parent for each in folder.glob(pattern)] if folder.exists() else []
