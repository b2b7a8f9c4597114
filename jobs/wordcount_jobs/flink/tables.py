"""Flink's sources and sinks: options → the table `lines`, and the INSERT that brings counts to a sink; counts nothing."""

# ruff: noqa: S608 - every text in a statement goes through `literal`

from pyflink.datastream import DataStream
from pyflink.table import StreamTableEnvironment

from wordcount_jobs.core.options import Files, KafkaSink, KafkaSource, Options, Rate, Socket
from wordcount_jobs.core.rate import line_sql
from wordcount_jobs.flink.words import literal

CONTROL = "[\x00-\x1f\x7f-\x9f]"
"""What would disturb a terminal or a log."""


def create_lines(tables: StreamTableEnvironment, options: Options) -> None:
    """Make the table `lines` with one column `line` (BYTES), one row a line."""
    source = options.source
    match source:
        case Socket():
            _create_socket(tables, source, options.once)
        case KafkaSource():
            tables.execute_sql(_table("lines", "line BYTES", _kafka(source, options.once)))
        case Files():
            tables.execute_sql(_table("lines", "line BYTES", _files(source, options.once)))
        case Rate():
            for statement in _rate(source):
                tables.execute_sql(statement)


def create_sink(tables: StreamTableEnvironment, sink: KafkaSink) -> str:
    """Make the table `sink` and return the INSERT that brings the view `counts` to it."""
    columns = "word STRING, `count` BIGINT, PRIMARY KEY (word) NOT ENFORCED"
    tables.execute_sql(_table("sink", columns, _upserts(sink)))
    return "INSERT INTO sink SELECT word, `count` FROM counts"


def top_sql(top_n: int) -> str:
    """One row, made anew with each mini-batch: `top`, an array of texts `rank count  word`, the most frequent first.

    Rank takes 5 characters and count 14. The column `always` is 0 and the row's key.
    """
    word = f"REGEXP_REPLACE(word, {literal(CONTROL)}, '?')"
    row = f"LPAD(CAST(place AS STRING), 5, ' ') || LPAD(CAST(`count` AS STRING), 14, ' ') || '  ' || {word}"
    return (
        f"SELECT MOD(place, 1) AS always, ARRAY_SORT(ARRAY_AGG({row})) AS top FROM (SELECT word, `count`, "
        "ROW_NUMBER() OVER (ORDER BY `count` DESC, word ASC) AS place FROM counts) "
        f"WHERE place <= {top_n} GROUP BY MOD(place, 1)"
    )


def _create_socket(tables: StreamTableEnvironment, source: Socket, once: bool) -> None:
    """PyFlink has no socket source; Java's does the same. It decodes by the JVM's file.encoding.

    A server that hangs up ends only a count that is made once: a job that finishes takes its checkpoints with it.
    """
    retries = 0 if once else -1
    stream = DataStream(tables._get_j_env().socketTextStream(source.host, source.port, "\n", retries))
    tables.create_temporary_view("socket_lines", stream)
    tables.execute_sql("CREATE TEMPORARY VIEW lines AS SELECT ENCODE(f0, 'UTF-8') AS line FROM socket_lines")


def _kafka(source: KafkaSource, once: bool) -> dict[str, str]:
    until = {"scan.bounded.mode": "latest-offset"} if once else {}
    return until | {
        "connector": "kafka",
        "properties.bootstrap.servers": source.bootstrap_servers,
        "topic": ";".join(source.topics),
        "scan.startup.mode": f"{source.starting_offsets}-offset",
        "format": "raw",
    }


def _files(source: Files, once: bool) -> dict[str, str]:
    watched = {} if once else {"source.monitor-interval": "1 s"}
    return watched | {"connector": "filesystem", "path": source.path, "format": "raw"}


def _upserts(sink: KafkaSink) -> dict[str, str]:
    return {
        "connector": "upsert-kafka",
        "properties.bootstrap.servers": sink.bootstrap_servers,
        "topic": sink.topic,
        "key.format": "raw",
        "value.format": "json",
        "value.fields-include": "ALL",
    }


def _rate(source: Rate) -> list[str]:
    """Ticks are made at the asked rate; a running count, kept in the state, numbers the lines exactly."""
    ticks = {"connector": "datagen", "rows-per-second": str(source.lines_per_second)}
    line = line_sql("n", source, "/")
    count = "COUNT(*) OVER (ORDER BY at_time ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) - 1"
    return [
        _table("ticks", "tick INT, at_time AS PROCTIME()", ticks),
        f"CREATE TEMPORARY VIEW lines AS SELECT ENCODE({line}, 'UTF-8') AS line FROM (SELECT {count} AS n FROM ticks)",
    ]


def _table(name: str, columns: str, settings: dict[str, str]) -> str:
    pairs = ", ".join(f"{literal(key)} = {literal(value)}" for key, value in settings.items())
    return f"CREATE TEMPORARY TABLE {name} ({columns}) WITH ({pairs})"
