"""The streaming word count on Spark: lines → words → counts → sink; runs until it is stopped, and never retries by itself.

Start it as `python -m wordcount_jobs.spark.main --options <JSON>`; the options are wordcount_core/options.py's.
"""

import signal
import sys
import threading
import time
import traceback
from dataclasses import replace
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.streaming.query import StreamingQuery

from wordcount_core.failures import Failure, classify, lost_state, no_state, preflight, source_failure
from wordcount_core.options import KafkaSource, Options, Socket, from_args
from wordcount_jobs.common import state_compatibility, storage
from wordcount_jobs.common.preflight import check_sink
from wordcount_jobs.spark import kafka_lag, realtime, savepoint, sinks, windows, words
from wordcount_jobs.spark.progress import Meter, Savepoints, finished, serve
from wordcount_jobs.spark.socket_offsets import forget_lines
from wordcount_jobs.spark.sources import connection_closed, lines

STOP_WITHIN = 50.0
"""Seconds that a stop waits for the running micro-batch; Kubernetes kills after 60."""


def main() -> int:
    """The exit status: 0 after a stop that was asked for (or a finished `once`), 1 after a failure."""
    options = from_args()
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    try:
        run(options, stopping)
    except Exception as error:
        traceback.print_exc()
        failure = error if isinstance(error, Failure) else classify(describe(error), options)
        failure.report()
        print(f"{failure.cause}: {failure.message}", file=sys.stderr)
        return 1
    return 0


def run(options: Options, stopping: threading.Event) -> None:
    """Count until `stopping` is set or, with `once`, all is counted. Raises whatever went wrong."""
    preflight(options)
    check_sink(options)
    begin(options)
    meter = Meter(windowed=options.window is not None, low=options.low)
    if options.progress_port:
        serve(meter, Savepoints(storage.storage_path(options.checkpoint_dir)), options.progress_port)
    if isinstance(options.source, Socket) and options.checkpoint_dir:
        forget_lines(options.checkpoint_dir)
    spark = session(options)
    if options.counts:
        Path(options.counts).unlink(missing_ok=True)
    try:
        query = realtime.start(spark, options) if options.low else start(spark, options, meter)
        if isinstance(options.source, KafkaSource) and options.progress_port and not options.low:
            kafka_lag.follow(spark, query, options.source, meter)
        watch(spark, query, options, meter, stopping)
        if options.counts and not Path(options.counts).exists():
            Path(options.counts).write_text("{}")  # there was no batch, because there was nothing to count
    finally:
        spark.stop()


def begin(options: Options) -> None:
    """Where there is no state yet, take over the one to begin from. Raises Failure where that cannot be."""
    storage.check(options.checkpoint_dir)
    own = storage.storage_path(options.checkpoint_dir)
    fresh = own is not None and not savepoint.whole(own)
    if fresh and options.continues:
        raise lost_state(options)
    state_compatibility.check_and_record(options if fresh else replace(options, restore_from=None), "spark")
    source = storage.storage_path(options.restore_from) if fresh else None
    if own is None or source is None:
        return
    try:
        savepoint.copy(source, own)
    except FileNotFoundError:
        raise no_state(options) from None


def describe(error: BaseException) -> str:
    """The names that `classify` looks for: what Python says, and the engine's stack trace with its causes."""
    inner = getattr(error, "_cause", None) or error.__cause__
    kind = f"{type(error).__module__}.{type(error).__name__}"
    return f"{kind}: {error}\n{getattr(error, '_stackTrace', '')}\n{describe(inner) if inner else ''}"


def session(options: Options) -> SparkSession:
    """Our settings first, then the user's, which win. State is partitioned by the first run's parallelism for ever."""
    ours = {
        "spark.master": f"local[{options.slots}]",
        "spark.sql.shuffle.partitions": str(options.parallelism),
        "spark.sql.session.timeZone": "UTC",
        "spark.ui.showConsoleProgress": "false",
        **words.CONF,
        **(realtime.CONF if options.low else {}),
    }
    builder = SparkSession.builder.appName(options.name)
    for key, value in (ours | options.conf).items():
        builder = builder.config(key, value)
    return builder.getOrCreate()


def start(spark: SparkSession, options: Options, meter: Meter) -> StreamingQuery:
    """The whole program, in micro-batches."""
    window, read = options.window, lines(spark, options)
    if window is None:
        counts = words.words(read, options.text).groupBy("word").count()
    else:
        counts = windows.counts(read, options, window)
    write = sinks.writer(options)

    def batch(frame: DataFrame, number: int) -> None:
        query = spark.streams.active[0]
        if window is not None:
            windows.report_late_lines(spark, query)
        write(frame, number)
        meter.count_words(query)

    stream = (
        counts.writeStream.queryName(options.name).outputMode(sinks.output_mode(options)).foreachBatch(batch)
    )
    if options.checkpoint_dir:
        stream = stream.option("checkpointLocation", options.checkpoint_dir)
    if options.once and not isinstance(options.source, Socket):
        return stream.trigger(availableNow=True).start()
    interval = 500 if options.once else options.checkpoint_interval_ms
    return stream.trigger(processingTime=f"{interval} milliseconds").start()


def watch(
    spark: SparkSession, query: StreamingQuery, options: Options, meter: Meter, stopping: threading.Event
) -> None:
    """Returns when the query was asked to end and did. Raises what it failed with, or Failure if it just ended."""
    while not query.awaitTermination(0.2):
        meter.poll(query)
        if stopping.is_set():
            return stop(query)
        if isinstance(options.source, Socket) and meter.begun and connection_closed(spark, options.source):
            query.processAllAvailable()
            query.stop()
            if not options.once:
                raise source_failure(options)
            return None
    if not options.once:
        raise Failure("UserCode", "the stream ended without being asked to; see its log")
    return None


def stop(query: StreamingQuery) -> None:
    """Stop after the running micro-batch, so that the next run has nothing to repeat but what had hardly begun."""
    deadline, last = time.monotonic() + STOP_WITHIN, newest(query)
    while query.isActive and query.status["isTriggerActive"] and newest(query) == last:
        if time.monotonic() > deadline:
            break
        time.sleep(0.02)
    query.stop()


def newest(query: StreamingQuery) -> int:
    """The number of the last finished micro-batch; -1 before there is one."""
    last = query.lastProgress
    return -1 if last is None else int(last["batchId"]) - (not finished(last))


if __name__ == "__main__":
    sys.exit(main())
