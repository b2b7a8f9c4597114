"""Lets a run with a socket source go on from its checkpoint; touches the offset log only, never the counts.

Spark numbers a socket's lines from 0 with each connection, but its checkpoint holds the old connection's number, and
the next run fails with "Offsets committed out of order". Lines cannot be asked for again anyway: so the last finished
batches are made to say that nothing of the connection was read yet, and a batch that was not finished is dropped.
"""

from wordcount_jobs.common.storage import StoragePath, storage_path

NOTHING_READ = "-"
"""Spark's mark of a source that has no offset yet; an offset of -1 would be one, and Spark would never connect."""


def forget_lines(checkpoint: str) -> None:
    """Prepare the checkpoint, which no run may use meanwhile."""
    folder = storage_path(checkpoint)
    if folder is None:
        return
    finished = max(_batches(folder / "commits"), default=-1)
    for batch in _batches(folder / "offsets"):
        path = folder / "offsets" / str(batch)
        if batch > finished:
            _checksum(path).unlink(missing_ok=True)
            path.unlink()
        elif batch >= finished - 1:  # Spark reads the last two
            _rewrite(path)


def _rewrite(path: StoragePath) -> None:
    """The last line is the socket's offset. Written apart and renamed, so that a crash leaves one or the other."""
    *kept, _ = path.read_text().splitlines()
    changed = path.with_name(f".{path.name}.new")
    changed.write_text("\n".join([*kept, NOTHING_READ]))
    _checksum(path).unlink(missing_ok=True)
    changed.replace(path)


def _batches(folder: StoragePath) -> list[int]:
    found = folder.glob("*") if folder.exists() else ()
    return [int(each.name) for each in found if each.name.isdigit()]


def _checksum(path: StoragePath) -> StoragePath:
    return path.with_name(f".{path.name}.crc")
