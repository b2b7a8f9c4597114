"""Flink's table `sink`, made from the options, and the INSERT from the view `counts`."""

# ruff: noqa: S608 - every text in a statement goes through `literal`

from collections.abc import Sequence

from pyflink.table import StreamTableEnvironment

from wordcount_core.options import FilesSink, KafkaSink, Options, Postgres
from wordcount_core.windows import IDENTITY
from wordcount_jobs.common import postgres
from wordcount_jobs.flink.sources import create_table_sql, kafka_settings
from wordcount_jobs.flink.words import literal


def create_sink(tables: StreamTableEnvironment, options: Options) -> str:
    """Create the table `sink`, and return the INSERT."""
    windowed = options.window is not None
    names = (*(IDENTITY if windowed else ("word",)), "count")
    match options.sink:
        case KafkaSink() as sink:
            settings, keyed = (_kafka_appends(sink), False) if windowed else (_kafka_upserts(sink), True)
        case FilesSink() as sink:
            settings, keyed = _files(sink, options.checkpoint_interval_ms), False
        case Postgres() as sink:
            _create_table(tables, postgres.columns(windowed), postgres.key(windowed), _postgres(sink))
            if windowed:
                # A window's row is written once and never retracted, so no state is needed to know which of
                # two rows is valid. Flink does not see that the texts are a key, and would keep such state.
                tables.get_config().set("table.exec.sink.upsert-materialize", "NONE")
            # The words of totals were already counted in their stored form.
            rows = stored_words("counts", _listed(names[1:])) if windowed else "SELECT * FROM counts"
            return f"INSERT INTO sink {rows}"
        case _:
            raise AssertionError("the console is no table")
    _create_table(tables, names, ("word",) if keyed else (), settings)
    return f"INSERT INTO sink SELECT word{_listed(names[1:])} FROM counts"


def stored_words(rows: str, carried: str = "") -> str:
    """Return the query `rows` with its column `word` as common/postgres.py defines it for PostgreSQL."""
    mark, nul = literal(postgres.MARK), r"U&'\0000'"
    plain = (
        f"REPLACE(REPLACE(word, {mark}, {literal(postgres.MARK * 2)}), {nul}, {literal(postgres.MARK + '0')})"
    )
    fits = f"CHAR_LENGTH(plain) <= {postgres.MAX_WORD_LENGTH}"
    cut = f"LEFT(plain, {postgres.MAX_WORD_LENGTH}) || '…' || SHA256(plain)"
    return (
        f"SELECT CASE WHEN {fits} THEN plain ELSE {cut} END AS word{carried} "
        f"FROM (SELECT {plain} AS plain{carried} FROM {rows})"
    )


def _create_table(
    tables: StreamTableEnvironment, names: Sequence[str], key: Sequence[str], settings: dict[str, str]
) -> None:
    parts = [f"`{name}` {'BIGINT' if name == 'count' else 'STRING'}" for name in names]
    if key:
        parts.append(f"PRIMARY KEY ({', '.join(key)}) NOT ENFORCED")
    tables.execute_sql(create_table_sql("sink", ", ".join(parts), settings))


def _listed(names: Sequence[str]) -> str:
    return "".join(f", `{name}`" for name in names)


def _kafka_upserts(sink: KafkaSink) -> dict[str, str]:
    return {
        "connector": "upsert-kafka",
        **kafka_settings(sink),
        "topic": sink.topic,
        "key.format": "raw",
        "value.format": "json",
        "value.fields-include": "ALL",
    }


def _kafka_appends(sink: KafkaSink) -> dict[str, str]:
    """Return the settings for windows. No row is retracted, so Flink needs neither upserts nor a key."""
    return {
        "connector": "kafka",
        **kafka_settings(sink),
        "topic": sink.topic,
        "key.format": "json",
        "key.fields": ";".join(IDENTITY),
        "value.format": "json",
        "value.fields-include": "ALL",
    }


def _files(sink: FilesSink, interval_ms: int) -> dict[str, str]:
    """Return the settings for files.

    Each checkpoint starts a new file, and makes the last one visible and complete.
    """
    pause = f"{interval_ms} ms"
    return {
        "connector": "filesystem",
        "path": sink.path,
        "format": sink.format,
        "sink.parallelism": "1",
        "sink.rolling-policy.rollover-interval": pause,
        "sink.rolling-policy.check-interval": pause,
    }


def _postgres(sink: Postgres) -> dict[str, str]:
    """Return the settings for PostgreSQL. Rows are written at least with each checkpoint.

    Texts take the type of their column, so instants need no type here.
    """
    user, password = postgres.login(sink)
    given = {} if user is None or password is None else {"username": user, "password": password}
    own = "stringtype=unspecified&reWriteBatchedInserts=true"
    address = sink.url.split("://", 1)[1]
    return given | {
        "connector": "jdbc",
        "url": f"jdbc:postgresql://{address}{'&' if '?' in address else '?'}{own}",
        "table-name": sink.table,
        "sink.buffer-flush.max-rows": "5000",
        "sink.buffer-flush.interval": "1 s",
    }
