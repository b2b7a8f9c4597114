"""Makes the table `lines` of a source from the options, on Flink."""

# ruff: noqa: S608 - every text in a statement goes through `literal`

from pyflink.datastream import DataStream
from pyflink.table import Schema, StreamTableEnvironment

from wordcount_core.generated_text import line_sql
from wordcount_core.options import Files, KafkaSource, Options, Rate, Socket, Window
from wordcount_jobs.common.kafka_properties import SHADED, Block, properties
from wordcount_jobs.flink import windows
from wordcount_jobs.flink.words import literal

CONTROL = "[\x00-\x1f\x7f-\x9f]"
"""The characters that would disturb a terminal or a log."""


def create_lines(tables: StreamTableEnvironment, options: Options) -> None:
    """Create the table `lines`: the column `line` (BYTES), and with a window the line's instant `moment`."""
    source, window = options.source, options.window
    columns = f"line BYTES{windows.columns(window, options.once)}"
    match source:
        case Socket():
            _create_socket(tables, source, window, options.once)
        case KafkaSource():
            tables.execute_sql(create_table_sql("lines", columns, _kafka(source, options.once)))
        case Files():
            tables.execute_sql(create_table_sql("lines", columns, _files(source, options.once)))
        case Rate():
            for statement in _rate(source, window):
                tables.execute_sql(statement)


WORD = f"REGEXP_REPLACE(word, {literal(CONTROL)}, '?')"
ROW = f"LPAD(CAST(place AS STRING), 5, ' ') || LPAD(CAST(`count` AS STRING), 14, ' ') || '  ' || {WORD}"
"""The SQL of a text `rank count  word`: rank takes 5 characters and count 14."""


def top_sql(top_n: int) -> str:
    """Return the query for one row, updated with each mini-batch: `top`, an array of such texts.

    The most frequent word is first. The column `always` is 0; it is the key of the row.
    """
    return (
        f"SELECT MOD(place, 1) AS always, ARRAY_SORT(ARRAY_AGG({ROW})) AS top FROM (SELECT word, `count`, "
        "ROW_NUMBER() OVER (ORDER BY `count` DESC, word ASC) AS place FROM counts) "
        f"WHERE place <= {top_n} GROUP BY MOD(place, 1)"
    )


def _create_socket(tables: StreamTableEnvironment, source: Socket, window: Window | None, once: bool) -> None:
    """Create the table from Java's socket source, because PyFlink has none.

    It decodes by the JVM's file.encoding. If the server closes the connection, only a job that counts once
    ends: a job that ends removes its checkpoints.
    """
    retries = 0 if once else -1
    stream = DataStream(tables._get_j_env().socketTextStream(source.host, source.port, "\n", retries))
    line = "ENCODE(f0, 'UTF-8') AS line"
    if window is None:
        tables.create_temporary_view("socket_lines", stream)
    else:
        line += ", moment"
        schema = Schema.new_builder().column("f0", "STRING")
        schema = schema.column_by_expression("moment", windows.moment(window, "f0"))
        schema = schema.watermark("moment", windows.watermark(window, once))
        tables.create_temporary_view("socket_lines", stream, schema.build())
    tables.execute_sql(f"CREATE TEMPORARY VIEW lines AS SELECT {line} FROM socket_lines")


def _kafka(source: KafkaSource, once: bool) -> dict[str, str]:
    until = {"scan.bounded.mode": "latest-offset"} if once else {}
    return until | {
        "connector": "kafka",
        **kafka_settings(source),
        "topic": ";".join(source.topics),
        # New partitions of a topic are read from their beginning, wherever the reading of the others started.
        "scan.topic-partition-discovery.interval": "10 s",
        "scan.startup.mode": f"{source.starting_offsets}-offset",
        "format": "raw",
    }


def kafka_settings(block: Block) -> dict[str, str]:
    """Return the settings of a table with which Kafka's client reaches its servers."""
    return {f"properties.{key}": value for key, value in properties(block, SHADED).items()}


def _files(source: Files, once: bool) -> dict[str, str]:
    watched = {} if once else {"source.monitor-interval": "1 s"}
    return watched | {"connector": "filesystem", "path": source.path, "format": "raw"}


def _rate(source: Rate, window: Window | None) -> list[str]:
    """Return the statements for generated lines: ticks at a fixed rate, numbered by a count in the state."""
    stamp = ", moment" if window else ""
    ticks = {"connector": "datagen", "rows-per-second": str(source.lines_per_second)}
    line = line_sql("n", source, "/")
    count = "COUNT(*) OVER (ORDER BY at_time ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) - 1"
    return [
        create_table_sql("ticks", f"tick INT, at_time AS PROCTIME(){windows.columns(window, False)}", ticks),
        (
            f"CREATE TEMPORARY VIEW lines AS SELECT ENCODE({line}, 'UTF-8') AS line{stamp} "
            f"FROM (SELECT {count} AS n{stamp} FROM ticks)"
        ),
    ]


def create_table_sql(name: str, columns: str, settings: dict[str, str]) -> str:
    """Return the statement that creates a temporary table."""
    pairs = ", ".join(f"{literal(key)} = {literal(value)}" for key, value in settings.items())
    return f"CREATE TEMPORARY TABLE {name} ({columns}) WITH ({pairs})"
