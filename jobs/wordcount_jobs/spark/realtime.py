"""Counts word by word from Kafka to Kafka, in Spark's real-time mode, for totals without windows.

A batch has a fixed length, publishes each count as it changes, and writes state and offsets only at its end.
If a run is killed, the next one counts again what came since the last batch, from the counts of that batch.
Because counts are upserts, they are exact again as soon as the next run has come as far.
"""

import atexit
import shutil
import tempfile

from pyspark.sql import SparkSession
from pyspark.sql.streaming.query import StreamingQuery

from wordcount_core.options import KafkaSink, Options
from wordcount_jobs.spark import sinks, words
from wordcount_jobs.spark.sources import lines

MIN_BATCH_MS = 5000
"""Spark refuses shorter batches (`spark.sql.streaming.realTimeMode.minBatchDuration`)."""
_STORE = "spark.sql.streaming.stateStore"
CONF = {
    f"{_STORE}.providerClass": "org.apache.spark.sql.execution.streaming.state.RocksDBStateStoreProvider",
    f"{_STORE}.rocksdb.changelogCheckpointing.enabled": "true",
    # A batch that is repeated writes files of other names than the one that was killed.
    f"{_STORE}.checkpointFormatVersion": "2",
    # Nothing is counted while a batch's files are written, and Hadoop starts programs such as chmod for each
    # file and again for its checksum. Measured: 55 ms for a file with checksum, 30 ms without.
    "spark.hadoop.fs.AbstractFileSystem.file.impl": "org.apache.hadoop.fs.local.RawLocalFs",
}


def start(spark: SparkSession, options: Options) -> StreamingQuery:
    """Start the query. Spark itself refuses what this mode cannot do."""
    if not isinstance(options.sink, KafkaSink):
        raise TypeError("the sink of a real-time query is Kafka")
    counts = words.words(lines(spark, options), options.text).groupBy("word").count()
    stream = counts.select(*sinks.record(windowed=False)).writeStream.queryName(options.name)
    stream = stream.outputMode("update").format("kafka").options(**sinks.kafka_options(options.sink))
    stream = stream.option("checkpointLocation", options.checkpoint_dir or _temporary_folder())
    return stream.trigger(
        realTime=f"{max(MIN_BATCH_MS, options.checkpoint_interval_ms)} milliseconds"
    ).start()


def _temporary_folder() -> str:
    """Return a folder that exists while the program runs.

    Spark creates one for its own sinks, but not for Kafka.
    """
    folder = tempfile.mkdtemp(prefix="wordcount-state-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
