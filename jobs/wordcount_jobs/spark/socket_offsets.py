"""Edits the offset log of a checkpoint, so that a run with a socket source can continue from it.

Spark numbers a socket's lines from 0 with each connection, but the checkpoint has the number of the old
connection, and the next run fails with "Offsets committed out of order". A socket cannot send its lines again
anyway. So the last finished batches get the mark that nothing of the connection was read yet, and an
unfinished batch is dropped.
"""

from wordcount_jobs.common.storage import StoragePath, storage_path

NOTHING_READ = "-"
"""Spark's mark for a source without an offset. With an offset of -1 Spark would never connect."""


def reset_socket_offsets(checkpoint: str) -> None:
    """Edit the offset log of the checkpoint, which no run may use meanwhile."""
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
    """Replace the last line, the socket's offset.

    The file is renamed, so that a crash leaves the old or the new one.
    """
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
