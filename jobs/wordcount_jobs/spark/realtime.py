"""Counts on Spark word by word, in its real-time mode, from Kafka to Kafka; never for a window, another source or another sink.

A batch lasts as long as it is told to, hands on each count as it changes, and only at its end keeps state and offsets. What
a run that is killed has counted since then is counted again by the next one, from the counts before: since they are
upserts, they are exact once it has come as far.
"""

import atexit
import shutil
import tempfile

from pyspark.sql import SparkSession
from pyspark.sql.streaming.query import StreamingQuery

from wordcount_core.options import KafkaSink, Options
from wordcount_jobs.spark import sinks, words
from wordcount_jobs.spark.sources import lines

LEAST_MS = 5000
"""Spark refuses shorter batches (`spark.sql.streaming.realTimeMode.minBatchDuration`)."""
_STORE = "spark.sql.streaming.stateStore"
CONF = {
    f"{_STORE}.providerClass": "org.apache.spark.sql.execution.streaming.state.RocksDBStateStoreProvider",
    f"{_STORE}.rocksdb.changelogCheckpointing.enabled": "true",
    # A batch that is repeated writes files of other names than the one that was killed.
    f"{_STORE}.checkpointFormatVersion": "2",
    # Nothing is counted while a batch's files are written, and Hadoop starts programs such as chmod for each file and once
    # more for a file with its checksum; seen: 55 ms a file with, 30 ms without. Buckets are not concerned.
    "spark.hadoop.fs.AbstractFileSystem.file.impl": "org.apache.hadoop.fs.local.RawLocalFs",
}


def start(spark: SparkSession, options: Options) -> StreamingQuery:
    """The whole program. Spark itself refuses what this mode cannot do."""
    if not isinstance(options.sink, KafkaSink):
        raise TypeError("the sink of a real-time query is Kafka")
    counts = words.words(lines(spark, options), options.text).groupBy("word").count()
    stream = counts.select(*sinks.record(windowed=False)).writeStream.queryName(options.name)
    stream = stream.outputMode("update").format("kafka").options(**sinks.server(options.sink))
    stream = stream.option("checkpointLocation", options.checkpoint_dir or _passing())
    return stream.trigger(realTime=f"{max(LEAST_MS, options.checkpoint_interval_ms)} milliseconds").start()


def _passing() -> str:
    """A folder for as long as the program runs; unlike for its own sinks, Spark makes none for Kafka."""
    folder = tempfile.mkdtemp(prefix="wordcount-state-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
