"""Copies a Spark checkpoint as it was after its last finished micro-batch, also while a query writes to it; never changes it.

A bucket has no renaming of folders, so a copy is whole when its last file is there: Spark's own `metadata`.

Files of a checkpoint carry the number of the batch (offsets, commits), of the state version (one more than its batch) or
of the source's own log, and are never changed once written. So a copy without the files of later numbers is the
checkpoint of that batch. Older files go while a query runs, which makes a copy try again. Versions and layout: Spark 4.
"""

import json
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from wordcount_jobs.common import storage
from wordcount_jobs.common.state_compatibility import NAME
from wordcount_jobs.common.storage import StoragePath

_NUMBER = re.compile(r"\.?(\d+)(?:\D.*)?$")
TRIES = 3
LAST = "metadata"
ROCKS = "SSTs"
"""RocksDB's own files, each written once under a name of its own; which of them a version needs is in its numbered file."""
PARTS = (LAST, "commits", "offsets", "sources", "state")


def copy(checkpoint: StoragePath, target: StoragePath) -> int:
    """Makes `target` a copy of the checkpoint; the number of its last finished batch.

    A copy that is whole is left as it is. Raises FileNotFoundError where no batch was ever finished.
    """
    batch = finished(checkpoint)
    if whole(target):
        return finished(target)
    for last in range(TRIES - 1, -1, -1):
        for part in PARTS:
            storage.remove(target / part)
        try:
            for path in sorted(_files(checkpoint, batch), key=lambda path: str(path) == LAST):
                storage.copy(checkpoint / path, target / path)
            break
        except FileNotFoundError:
            if not last:
                raise
            batch = finished(checkpoint)
    return batch


def whole(folder: StoragePath) -> bool:
    """Whether the folder holds a checkpoint with a finished batch, and not a copy that was cut short."""
    return (folder / LAST).exists() and (folder / "commits").exists()


def finished(checkpoint: StoragePath) -> int:
    """The number of the last finished batch; raises FileNotFoundError where there is none."""
    found = (checkpoint / "commits").glob("*") if (checkpoint / "commits").exists() else ()
    numbers = [number for each in found if (number := _number(each.name)) is not None]
    if not numbers:
        raise FileNotFoundError(f"no finished micro-batch under {checkpoint}")
    return max(numbers)


def _files(checkpoint: StoragePath, batch: int) -> Iterator[PurePosixPath]:
    """Paths of the files that belong to the checkpoint of that batch, below `checkpoint`."""
    newest = {"offsets": batch, "commits": batch, "state": batch + 1}
    logs = _positions((checkpoint / "offsets" / str(batch)).read_text())
    for path in sorted(checkpoint.rglob("*")):
        inside, number = PurePosixPath(path.relative_to(checkpoint)), _number(path.name)
        folder = inside.parts[0]
        if len(inside.parts) == 1:
            belongs = folder in ("metadata", ".metadata.crc", NAME)
        elif folder == "sources":
            belongs = number is None or number <= logs.get(inside.parts[1], number)
        else:
            unnumbered = number is None or not {"_metadata", ROCKS}.isdisjoint(inside.parts)
            belongs = folder in newest and (unnumbered or (number or 0) <= newest[folder])
        if belongs and path.is_file():
            yield inside


def _number(name: str) -> int | None:
    match = _NUMBER.match(name)
    return int(match[1]) if match else None


def _positions(offsets: str) -> dict[str, int]:
    """Source (its number as text) → the last entry of its own log that the batch had seen, for sources that keep one."""
    found = {}
    _version, _metadata, *sources = offsets.splitlines()
    for number, line in enumerate(sources):
        position = json.loads(line) if line.startswith("{") else None
        if isinstance(position, dict) and "logOffset" in position:
            found[str(number)] = int(position["logOffset"])
    return found
