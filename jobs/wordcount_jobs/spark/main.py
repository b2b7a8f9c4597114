"""Runs the streaming word count on Spark until it is stopped: lines → words → counts → sink.

Start it as `python -m wordcount_jobs.spark.main --options <JSON>`, with the options of
wordcount_core/options.py. It does not retry: a failure ends it, and the operator decides.
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

from wordcount_core.failure_codes import FailureCode
from wordcount_core.failures import JobFailure, classify, source_failure
from wordcount_core.options import KafkaSource, Options, Socket
from wordcount_jobs.common import state_compatibility, storage, termination_log
from wordcount_jobs.common.command_line import options_from_args
from wordcount_jobs.common.preflight import check_kafka, check_sink
from wordcount_jobs.spark import checkpoint_copy, kafka_lag, progress_server, realtime, sinks, windows, words
from wordcount_jobs.spark.batch_report import is_finished
from wordcount_jobs.spark.progress import Meter
from wordcount_jobs.spark.savepoints import Savepoints
from wordcount_jobs.spark.socket_offsets import reset_socket_offsets
from wordcount_jobs.spark.sources import connection_closed, lines

STOP_WITHIN = 50.0
"""Seconds that a stop waits for the running micro-batch; Kubernetes kills the pod after 60."""


def main() -> int:
    """Return the exit status: 0 after a requested stop (or a finished `once`), 1 after a failure."""
    options = options_from_args()
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    try:
        run(options, stopping)
    except Exception as error:
        traceback.print_exc()
        failure = error if isinstance(error, JobFailure) else classify(describe(error), options)
        termination_log.report(failure)
        print(f"{failure.cause}: {failure.message}", file=sys.stderr)
        return 1
    return 0


def run(options: Options, stopping: threading.Event) -> None:
    """Count until `stopping` is set or, with `once`, all is counted. Raises what went wrong."""
    check_kafka(options)
    check_sink(options)
    prepare_state(options)
    meter = Meter(windowed=options.window is not None, low=options.low)
    if options.progress_port:
        savepoints = Savepoints(storage.storage_path(options.checkpoint_dir))
        progress_server.serve(meter, savepoints, options.progress_port)
    if isinstance(options.source, Socket) and options.checkpoint_dir:
        reset_socket_offsets(options.checkpoint_dir)
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


def prepare_state(options: Options) -> None:
    """If there is no state yet, copy the one to start from. Raises JobFailure if that is not possible."""
    storage.check_bucket(options.checkpoint_dir)
    own = storage.storage_path(options.checkpoint_dir)
    fresh = own is not None and not checkpoint_copy.is_complete(own)
    if fresh and options.continues:
        raise JobFailure.of(FailureCode.STATE_LOST, options)
    state_compatibility.check_and_record(options if fresh else replace(options, restore_from=None), "spark")
    source = storage.storage_path(options.restore_from) if fresh else None
    if own is None or source is None:
        return
    try:
        checkpoint_copy.copy(source, own)
    except FileNotFoundError:
        raise JobFailure.of(FailureCode.RESTORE_POINT_MISSING, options) from None


def describe(error: BaseException) -> str:
    """Return the text for `classify`: the Python exception, and the engine's stack trace with its causes."""
    inner = getattr(error, "_cause", None) or error.__cause__
    kind = f"{type(error).__module__}.{type(error).__name__}"
    return f"{kind}: {error}\n{getattr(error, '_stackTrace', '')}\n{describe(inner) if inner else ''}"


def session(options: Options) -> SparkSession:
    """Create the session with our settings and the user's, which take precedence.

    The state stays partitioned by the parallelism of the first run.
    """
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
    """Start the query, in micro-batches."""
    window, read = options.window, lines(spark, options)
    if window is None:
        counts = words.words(read, options.text).groupBy("word").count()
    else:
        counts = windows.counts(read, options, window)
    write = sinks.writer(options)

    def batch(frame: DataFrame, number: int) -> None:
        query = spark.streams.active[0]
        if window is not None:
            windows.send_watermark(spark, query)
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
    """Return when the query has ended as requested.

    Raises its error, or JobFailure if it ended without a request.
    """
    while not query.awaitTermination(0.2):
        meter.poll(query)
        if stopping.is_set():
            return stop(query)
        if isinstance(options.source, Socket) and meter.started and connection_closed(spark, options.source):
            query.processAllAvailable()
            query.stop()
            if not options.once:
                raise source_failure(options)
            return None
    if not options.once:
        raise JobFailure.of(FailureCode.STREAM_ENDED, options)
    return None


def stop(query: StreamingQuery) -> None:
    """Stop after the running micro-batch, so that the next run has almost nothing to repeat."""
    deadline, last = time.monotonic() + STOP_WITHIN, last_batch(query)
    while query.isActive and query.status["isTriggerActive"] and last_batch(query) == last:
        if time.monotonic() > deadline:
            break
        time.sleep(0.02)
    query.stop()


def last_batch(query: StreamingQuery) -> int:
    """Return the number of the last finished micro-batch; -1 if there is none yet."""
    last = query.lastProgress
    return -1 if last is None else int(last["batchId"]) - (not is_finished(last))


if __name__ == "__main__":
    sys.exit(main())
