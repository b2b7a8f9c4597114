"""Copies a Spark checkpoint as it was after its last finished micro-batch, also while a query writes to it; never changes it.

Files of a checkpoint carry the number of the batch (offsets, commits), of the state version (one more than its batch) or
of the source's own log, and are never changed once written. So a copy without the files of later numbers is the
checkpoint of that batch. Older files go while a query runs, which makes a copy try again. Versions and layout: Spark 4.
"""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from wordcount_jobs.core.lineage import NAME

_NUMBER = re.compile(r"\.?(\d+)(?:\D.*)?$")
TRIES = 3


def copy(checkpoint: Path, target: Path) -> int:
    """Makes `target` a copy of the checkpoint, all of it or nothing; the number of its last finished batch.

    A target that exists is left as it is. Raises FileNotFoundError where no batch was ever finished.
    """
    batch = finished(checkpoint)
    if target.exists():
        return finished(target)
    part = target.with_name(f".{target.name}.part")
    for last in range(TRIES - 1, -1, -1):
        shutil.rmtree(part, ignore_errors=True)
        try:
            for path in _files(checkpoint, batch):
                (part / path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(checkpoint / path, part / path)
            break
        except FileNotFoundError:
            if not last:
                raise
            batch = finished(checkpoint)
    part.rename(target)
    return batch


def finished(checkpoint: Path) -> int:
    """The number of the last finished batch; raises FileNotFoundError where there is none."""
    numbers = [number for each in (checkpoint / "commits").glob("*") if (number := _number(each)) is not None]
    if not numbers:
        raise FileNotFoundError(f"no finished micro-batch under {checkpoint}")
    return max(numbers)


def _files(checkpoint: Path, batch: int) -> Iterator[Path]:
    """Paths of the files that belong to the checkpoint of that batch, below `checkpoint`."""
    newest = {"offsets": batch, "commits": batch, "state": batch + 1}
    logs = _positions(checkpoint / "offsets" / str(batch))
    for path in sorted(checkpoint.rglob("*")):
        if path.suffix == ".sst":
            raise ValueError(
                "a RocksDB state store cannot be copied while the query runs; leave spark.conf's provider out"
            )
        inside, number = path.relative_to(checkpoint), _number(path)
        folder = inside.parts[0]
        if len(inside.parts) == 1:
            belongs = folder in ("metadata", ".metadata.crc", NAME)
        elif folder == "sources":
            belongs = number is None or number <= logs.get(inside.parts[1], number)
        else:
            unnumbered = number is None or "_metadata" in inside.parts
            belongs = folder in newest and (unnumbered or (number or 0) <= newest[folder])
        if belongs and path.is_file():
            yield inside


def _number(path: Path) -> int | None:
    match = _NUMBER.match(path.name)
    return int(match[1]) if match else None


def _positions(offsets: Path) -> dict[str, int]:
    """Source (its number as text) → the last entry of its own log that the batch had seen, for sources that keep one."""
    found = {}
    _version, _metadata, *sources = offsets.read_text().splitlines()
    for number, line in enumerate(sources):
        position = json.loads(line) if line.startswith("{") else None
        if isinstance(position, dict) and "logOffset" in position:
            found[str(number)] = int(position["logOffset"])
    return found
