"""Copies a Spark checkpoint as of its last finished micro-batch, also while a query writes to it.

A bucket cannot rename folders, so a copy is complete when its last file is there: Spark's own `metadata`.

The name of a checkpoint's file has the number of the batch (offsets, commits), of the state version (one more
than its batch) or of the source's own log; Spark never changes a file after it was written. So a copy without
the files of later numbers is the checkpoint of that batch. Spark removes older files while a query runs; then
a copy tries again. Versions and layout are those of Spark 4.
"""

import json
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from wordcount_jobs.common import storage
from wordcount_jobs.common.state_compatibility import NAME
from wordcount_jobs.common.storage import StoragePath

_NUMBER = re.compile(r"\.?(\d+)(?:\D.*)?$")
ATTEMPTS = 3
LAST = "metadata"
ROCKSDB_FILES = "SSTs"
"""The folder of RocksDB's own files, each written once; a numbered file lists the files of a version."""
PARTS = (LAST, "commits", "offsets", "sources", "state")


def copy(checkpoint: StoragePath, target: StoragePath) -> int:
    """Make `target` a copy of the checkpoint, and return the number of its last finished batch.

    A complete copy is not changed. Raises FileNotFoundError if no batch was ever finished.
    """
    batch = last_finished_batch(checkpoint)
    if is_complete(target):
        return last_finished_batch(target)
    for attempts_left in range(ATTEMPTS - 1, -1, -1):
        for part in PARTS:
            storage.remove(target / part)
        try:
            for path in sorted(_files(checkpoint, batch), key=lambda path: str(path) == LAST):
                storage.copy(checkpoint / path, target / path)
            break
        except FileNotFoundError:
            if not attempts_left:
                raise
            batch = last_finished_batch(checkpoint)
    return batch


def is_complete(folder: StoragePath) -> bool:
    """Return whether the folder has a checkpoint with a finished batch, and no interrupted copy."""
    return (folder / LAST).exists() and (folder / "commits").exists()


def last_finished_batch(checkpoint: StoragePath) -> int:
    """Return the number of the last finished batch. Raises FileNotFoundError if there is none."""
    found = (checkpoint / "commits").glob("*") if (checkpoint / "commits").exists() else ()
    numbers = [number for each in found if (number := _number(each.name)) is not None]
    if not numbers:
        raise FileNotFoundError(f"no finished micro-batch under {checkpoint}")
    return max(numbers)


def _files(checkpoint: StoragePath, batch: int) -> Iterator[PurePosixPath]:
    """Yield the paths, below `checkpoint`, of the files that belong to the checkpoint of that batch."""
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
            unnumbered = number is None or not {"_metadata", ROCKSDB_FILES}.isdisjoint(inside.parts)
            belongs = folder in newest and (unnumbered or (number or 0) <= newest[folder])
        if belongs and path.is_file():
            yield inside


def _number(name: str) -> int | None:
    match = _NUMBER.match(name)
    return int(match[1]) if match else None


def _positions(offsets: str) -> dict[str, int]:
    """Return for each source with a log (number as text) the last entry of it that the batch had read."""
    found = {}
    _version, _metadata, *sources = offsets.splitlines()
    for number, line in enumerate(sources):
        position = json.loads(line) if line.startswith("{") else None
        if isinstance(position, dict) and "logOffset" in position:
            found[str(number)] = int(position["logOffset"])
    return found
