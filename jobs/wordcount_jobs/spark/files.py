"""Counts of closed windows as files, on Spark: one file a micro-batch, there whole or not at all; never a file of another run.

Spark's own file sink tells only Spark's readers which files count; what a crash leaves would be counted twice by others.
So a micro-batch is written into a hidden folder, and its one file is then copied to a name that follows from the state's
place and the batch's number: the batch that is repeated after a crash replaces its own file.
"""

import hashlib
import uuid
from collections.abc import Callable

from pyspark.sql import DataFrame, Observation
from pyspark.sql import functions as sf

from wordcount_core.options import FilesSink, Options
from wordcount_jobs.common import storage
from wordcount_jobs.common.storage import StoragePath
from wordcount_jobs.spark import savepoint

Write = Callable[[DataFrame, int], None]


def writer(sink: FilesSink, options: Options) -> Write:
    """Writes micro-batches; first removes the files of batches that the state does not have, which will come again."""
    folder, mark = _folder(sink), _mark(options)
    _forget(folder, mark, storage.storage_path(options.checkpoint_dir))

    def write(batch: DataFrame, number: int) -> None:
        name = f"counts-{mark}-{number:010}.{sink.format}"
        hidden, rows = f"{sink.path.rstrip('/')}/.{name}", Observation()
        told = batch.observe(rows, sf.count(sf.lit(1)).alias("rows"))
        told.coalesce(1).write.mode("overwrite").format(sink.format).save(hidden)
        written = folder / f".{name}"
        if rows.get["rows"]:
            storage.copy(next(written.glob("part-*")), folder / name)
        storage.remove(written)

    return write


def _folder(sink: FilesSink) -> StoragePath:
    found = storage.storage_path(sink.path)
    assert found is not None
    return found


def _mark(options: Options) -> str:
    """Different for each state, because batches are numbered from 0 in each."""
    return hashlib.sha256((options.checkpoint_dir or uuid.uuid4().hex).encode()).hexdigest()[:8]


def _forget(folder: StoragePath, mark: str, state: StoragePath | None) -> None:
    """The state may be older than the files: it was rolled back, or its last batch was not finished."""
    if not folder.exists():
        return
    try:
        last = savepoint.finished(state) if state else -1
    except FileNotFoundError:
        last = -1
    for path in folder.glob(f"counts-{mark}-*"):
        if int(path.stem.rpartition("-")[2]) > last:
            path.unlink()
    for path in folder.glob(f".counts-{mark}-*"):
        storage.remove(path)
