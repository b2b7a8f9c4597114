"""Where counts go, on Spark; never more than one action on a micro-batch, since each would count it anew."""

import json
from collections.abc import Callable
from pathlib import Path

from pyspark.sql import DataFrame
from pyspark.sql import functions as sf

from wordcount_jobs.core import console
from wordcount_jobs.core.options import Console, KafkaSink, Options

Write = Callable[[DataFrame, int], None]


def output_mode(options: Options) -> str:
    """`complete` hands over all counts with each batch, `update` only those that changed."""
    return "update" if isinstance(options.sink, KafkaSink) and not options.counts else "complete"


def writer(options: Options) -> Write:
    """The function that brings one micro-batch (columns `word`, `count`) to the sink."""
    sink = options.sink
    write = _to_kafka(sink) if isinstance(sink, KafkaSink) else _to_console(sink)
    return _and_file(write, Path(options.counts)) if options.counts else write


def _to_kafka(sink: KafkaSink) -> Write:
    def write(batch: DataFrame, _number: int) -> None:
        record = batch.select(
            sf.encode("word", "UTF-8").alias("key"),
            sf.to_json(sf.struct("word", "count")).alias("value"),
        )
        server = {"kafka.bootstrap.servers": sink.bootstrap_servers, "topic": sink.topic}
        record.write.format("kafka").options(**server).save()

    return write


def _to_console(sink: Console) -> Write:
    def write(batch: DataFrame, number: int) -> None:
        rows = batch.orderBy(sf.desc("count"), "word").limit(sink.top_n).collect()
        top = [(row["word"], row["count"]) for row in rows]
        print(console.text(top, sink.format, f"batch {number}"), flush=True)

    return write


def _and_file(write: Write, path: Path) -> Write:
    def both(batch: DataFrame, number: int) -> None:
        kept = batch.persist()
        counts = {row["word"]: row["count"] for row in kept.collect()}
        path.write_text(json.dumps(counts, ensure_ascii=False, sort_keys=True))
        write(kept, number)
        kept.unpersist()

    return both
