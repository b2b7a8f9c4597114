"""Writes the counts of closed windows as files, on Spark: one complete file for each micro-batch.

With Spark's own file sink only Spark's readers know which files count; others would count twice what a crash
leaves. So a micro-batch is written into a hidden folder, and its one file is then copied to a name that
follows from the place of the state and the number of the batch. A batch that is repeated after a crash
replaces its own file.
"""

import hashlib
import uuid
from collections.abc import Callable

from pyspark.sql import DataFrame, Observation
from pyspark.sql import functions as sf

from wordcount_core.options import FilesSink, Options
from wordcount_jobs.common import storage
from wordcount_jobs.common.storage import StoragePath
from wordcount_jobs.spark import checkpoint_copy

Write = Callable[[DataFrame, int], None]


def writer(sink: FilesSink, options: Options) -> Write:
    """Return the function that writes a micro-batch.

    First remove the files of batches that the state does not have.
    """
    folder, run = _folder(sink), _run_id(options)
    _remove_unfinished(folder, run, storage.storage_path(options.checkpoint_dir))

    def write(batch: DataFrame, number: int) -> None:
        name = f"counts-{run}-{number:010}.{sink.format}"
        hidden, rows = f"{sink.path.rstrip('/')}/.{name}", Observation()
        observed = batch.observe(rows, sf.count(sf.lit(1)).alias("rows"))
        observed.coalesce(1).write.mode("overwrite").format(sink.format).save(hidden)
        written = folder / f".{name}"
        if rows.get["rows"]:
            storage.copy(next(written.glob("part-*")), folder / name)
        storage.remove(written)

    return write


def _folder(sink: FilesSink) -> StoragePath:
    found = storage.storage_path(sink.path)
    assert found is not None
    return found


def _run_id(options: Options) -> str:
    """Return an id that differs for each state, because the batches of each are numbered from 0."""
    return hashlib.sha256((options.checkpoint_dir or uuid.uuid4().hex).encode()).hexdigest()[:8]


def _remove_unfinished(folder: StoragePath, run: str, state: StoragePath | None) -> None:
    """Remove the files of batches after the last finished one.

    The state may be older than the files: it was rolled back, or its last batch was not finished.
    """
    if not folder.exists():
        return
    try:
        last = checkpoint_copy.last_finished_batch(state) if state else -1
    except FileNotFoundError:
        last = -1
    for path in folder.glob(f"counts-{run}-*"):
        if int(path.stem.rpartition("-")[2]) > last:
            path.unlink()
    for path in folder.glob(f".counts-{run}-*"):
        storage.remove(path)
