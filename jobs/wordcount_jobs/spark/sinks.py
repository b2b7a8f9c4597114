"""Spark's sinks, with one action a micro-batch: each action counts it again."""

import json
from functools import partial
from itertools import groupby
from pathlib import Path

from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as sf

from wordcount_core import top_words, windows
from wordcount_core.options import Console, FilesSink, KafkaSink, Options, Postgres
from wordcount_core.windows import IDENTITY
from wordcount_jobs.common import postgres
from wordcount_jobs.common.kafka_properties import properties
from wordcount_jobs.spark import file_sink
from wordcount_jobs.spark.file_sink import Write


def output_mode(options: Options) -> str:
    """Return Spark's output mode: `complete` for all counts, `update` for changes, `append` for windows."""
    if options.window is not None:
        return "complete" if options.once else "append"
    return "update" if isinstance(options.sink, KafkaSink | Postgres) and not options.counts else "complete"


def writer(options: Options) -> Write:
    """Return the function that writes a micro-batch (columns `word`, `count`, and the window's)."""
    windowed = options.window is not None
    match options.sink:
        case KafkaSink() as sink:
            write = _to_kafka(sink, windowed)
        case Postgres() as sink:
            write = _to_postgres(sink, windowed)
        case FilesSink() as sink:
            write = file_sink.writer(sink, options)
        case Console() as sink:
            write = _windows_to_console(sink) if windowed else _to_console(sink)
    return _and_file(write, Path(options.counts), windowed) if options.counts else write


def columns(windowed: bool) -> tuple[str, ...]:
    """Return the columns of a row, in order."""
    return (*IDENTITY, "count") if windowed else ("word", "count")


def record(windowed: bool) -> tuple[Column, Column]:
    """Return key and value of a Kafka record."""
    key = sf.to_json(sf.struct(*IDENTITY)) if windowed else sf.col("word")
    return sf.encode(key, "UTF-8").alias("key"), sf.to_json(sf.struct(*columns(windowed))).alias("value")


def kafka_options(sink: KafkaSink) -> dict[str, str]:
    """Return Spark's options for the Kafka sink."""
    return {f"kafka.{name}": value for name, value in properties(sink).items()} | {"topic": sink.topic}


def _to_kafka(sink: KafkaSink, windowed: bool) -> Write:
    def write(batch: DataFrame, _number: int) -> None:
        batch.select(*record(windowed)).write.format("kafka").options(**kafka_options(sink)).save()

    return write


def _to_postgres(sink: Postgres, windowed: bool) -> Write:
    def write(batch: DataFrame, _number: int) -> None:
        batch.select(*columns(windowed)).foreachPartition(
            partial(postgres.write, sink=sink, windowed=windowed)
        )

    return write


def _to_console(sink: Console) -> Write:
    def write(batch: DataFrame, number: int) -> None:
        rows = batch.orderBy(sf.desc("count"), "word").limit(sink.top_n).collect()
        top = [(row["word"], row["count"]) for row in rows]
        print(top_words.render(top, sink.format, f"batch {number}"), flush=True)

    return write


def _windows_to_console(sink: Console) -> Write:
    def write(batch: DataFrame, _number: int) -> None:
        """Print the newest windows, with as many rows in all as one table has, the newest window last."""
        newest = batch.orderBy(sf.desc("windowEnd"), sf.desc("windowStart"), sf.desc("count"), "word")
        tables = [list(rows) for _, rows in groupby(newest.limit(sink.top_n).collect(), _name)]
        for rows in reversed(tables):
            top = [(row["word"], row["count"]) for row in rows]
            print(top_words.render(top, sink.format, "", _name(rows[0])), flush=True)

    return write


def _name(row: Row) -> str:
    return windows.name(row["windowStart"], row["windowEnd"])


def _and_file(write: Write, path: Path, windowed: bool) -> Write:
    def both(batch: DataFrame, number: int) -> None:
        kept = batch.persist()
        rows = kept.collect()
        counts = windows.by_name(rows) if windowed else {row["word"]: row["count"] for row in rows}
        path.write_text(json.dumps(counts, ensure_ascii=False, sort_keys=True))
        write(kept, number)
        kept.unpersist()

    return both
