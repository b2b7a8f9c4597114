"""wordcount_core/windows.py's definition as a Spark query; must equal it and never adds a rule of its own.

Spark drops late rows and counts none of the lines they came from, and no expression of a query knows the watermark. So
the driver tells it to the tasks of each micro-batch (`tell`), where a function of one number marks the lines that are late.
Spark's own watermark in the same batch is the last batch's, so of what is left Spark drops nothing.
"""

from collections.abc import Callable

from pyspark import TaskContext
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as sf
from pyspark.sql.streaming.query import StreamingQuery
from pyspark.sql.types import BooleanType

from wordcount_core.options import Options, Window
from wordcount_core.windows import HEAD, SAMPLE_LENGTH, STAMP, delay
from wordcount_jobs.spark import words

WATERMARK = "wordcount.watermark"
"""The property of a micro-batch's tasks that says how far time has come: all before, in milliseconds since 1970."""
OBSERVED = "lines"
"""The name under which a micro-batch's progress tells of `late` and `bad` lines, and of `sample…`s of the latter."""


def counts(lines: DataFrame, options: Options, window: Window) -> DataFrame:
    """Columns `word`, `windowStart`, `windowEnd`, `count`; a run that counts once closes its windows at its end only."""
    stamped = _stamped(lines, window)
    found = stamped.where("at IS NOT NULL") if options.once else _in_time(stamped, window)
    spans = words.words(found, options.text, "at").groupBy(_span(window).alias("span"), "word").count()
    start, end = (
        _iso(sf.col(f"span.{name}")).alias(f"window{name.capitalize()}") for name in ("start", "end")
    )
    return spans.select("word", start, end, "count")


def report_late_lines(spark: SparkSession, query: StreamingQuery) -> None:
    """Tell the tasks of the micro-batch that is about to be counted how far time had come before it."""
    offsets = query._jsq.streamingQuery().lastExecution().offsetSeqMetadata()
    spark.sparkContext.setLocalProperty(WATERMARK, str(offsets.batchWatermarkMs()))


def _stamped(lines: DataFrame, window: Window) -> DataFrame:
    """Column `at`, the instant, null where the line is bad; `line` is what is left to be counted, or the bad line."""
    line = sf.col("line")
    if window.timestamp == "ingest":
        return lines.select("line", _milliseconds(sf.current_timestamp()))
    if window.timestamp == "kafka":
        return lines.select("line", _milliseconds(sf.col("timestamp")))
    read = lines.select("line", _milliseconds(sf.try_to_timestamp(sf.regexp_extract(line, HEAD, 1))))
    rest = sf.when(sf.isnull("at"), line).otherwise(sf.regexp_replace(line, STAMP, ""))
    return read.select(rest.alias("line"), "at")


def _milliseconds(instant: Column) -> Column:
    return sf.date_trunc("MILLISECOND", instant).alias("at")


def _in_time(stamped: DataFrame, window: Window) -> DataFrame:
    """The lines that count. Those that do not are counted where there can be any: what was just read is never late."""
    marked = stamped.withWatermark("at", f"{delay(window)} milliseconds")
    if window.timestamp == "ingest":
        return marked
    known = marked.withColumn("late", _late()(_last_end(window)))
    bad = sf.isnull("at")
    sample = sf.when(bad, sf.substring(sf.make_valid_utf8("line"), 1, SAMPLE_LENGTH))
    some = (sf.min(sample), sf.max(sample), sf.first(sample, ignorenulls=True))
    samples = [each.alias(f"sample{number}") for number, each in enumerate(some)]
    told = known.observe(OBSERVED, sf.count_if("late").alias("late"), sf.count_if(bad).alias("bad"), *samples)
    return told.where(~sf.isnull("at") & ~sf.col("late"))


def _late() -> Callable[[Column], Column]:
    """The function from the end of a line's last window to whether that was closed before the micro-batch began."""

    # Within a function, so that it is sent to executors as it is, and not by a module's name.
    def closed(end: int | None) -> bool:
        context = TaskContext.get()
        return (
            end is not None and context is not None and end <= int(context.getLocalProperty(WATERMARK) or 0)
        )

    late: Callable[[Column], Column] = sf.udf(closed, BooleanType(), useArrow=False)
    return late


def _last_end(window: Window) -> Column:
    instant = sf.unix_millis("at")
    if window.gap_ms is not None:
        return instant + window.gap_ms
    return instant - instant % window.slide + window.size_ms


def _span(window: Window) -> Column:
    if window.gap_ms is not None:
        return sf.session_window("at", f"{window.gap_ms} milliseconds")
    size, slide = f"{window.size_ms} milliseconds", f"{window.slide} milliseconds"
    return sf.window("at", size, slide)


def _iso(instant: Column) -> Column:
    return sf.date_format(instant, "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'")
