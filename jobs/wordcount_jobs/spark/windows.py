"""Expresses the definition of wordcount_core/windows.py as a Spark query; tests compare the two.

Spark drops late rows without counting the lines they came from, and no expression of a query knows the
watermark. So the driver sends it to the tasks of each micro-batch (`send_watermark`), where a function marks
the late lines. Spark's own watermark in the same batch is that of the last batch, so Spark drops none of the
remaining lines.
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
"""The property of a micro-batch's tasks with the watermark before it, in milliseconds since 1970."""
OBSERVED = "lines"
"""The name under which a micro-batch reports `late` and `bad` lines, and `sample…`s of the bad ones."""


def counts(lines: DataFrame, options: Options, window: Window) -> DataFrame:
    """Return `word`, `windowStart`, `windowEnd` and `count`; with `once`, windows close only at the end."""
    stamped = _stamped(lines, window)
    found = stamped.where("at IS NOT NULL") if options.once else _in_time(stamped, window)
    spans = words.words(found, options.text, "at").groupBy(_span(window).alias("span"), "word").count()
    start, end = (
        _iso(sf.col(f"span.{name}")).alias(f"window{name.capitalize()}") for name in ("start", "end")
    )
    return spans.select("word", start, end, "count")


def send_watermark(spark: SparkSession, query: StreamingQuery) -> None:
    """Send the watermark to the tasks of the micro-batch that is about to be counted."""
    offsets = query._jsq.streamingQuery().lastExecution().offsetSeqMetadata()
    spark.sparkContext.setLocalProperty(WATERMARK, str(offsets.batchWatermarkMs()))


def _stamped(lines: DataFrame, window: Window) -> DataFrame:
    """Return `at`, the instant (null in a bad line), and `line`, the rest of the line or the bad line."""
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
    """Return the lines that count, and observe the others.

    With `ingest` there are none: a line just read is not late.
    """
    marked = stamped.withWatermark("at", f"{delay(window)} milliseconds")
    if window.timestamp == "ingest":
        return marked
    known = marked.withColumn("late", _late()(_last_end(window)))
    bad = sf.isnull("at")
    sample = sf.when(bad, sf.substring(sf.make_valid_utf8("line"), 1, SAMPLE_LENGTH))
    some = (sf.min(sample), sf.max(sample), sf.first(sample, ignorenulls=True))
    samples = [each.alias(f"sample{number}") for number, each in enumerate(some)]
    observed = known.observe(
        OBSERVED, sf.count_if("late").alias("late"), sf.count_if(bad).alias("bad"), *samples
    )
    return observed.where(~sf.isnull("at") & ~sf.col("late"))


def _late() -> Callable[[Column], Column]:
    """Return the function that decides from the end of a line's last window whether the line is late."""

    # An inner function is sent to executors by value, not by a module's name.
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
