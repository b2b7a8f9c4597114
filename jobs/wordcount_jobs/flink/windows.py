"""Expresses the definition of wordcount_core/windows.py as Flink SQL; tests compare the two.

Flink's window operator drops late rows without counting the lines. So a filter before it drops late lines,
with a watermark that is never behind the window operator's own: what passes the filter is counted. The number
of dropped lines is in the filter's metrics, which the Kubernetes operator reads (engines/flink/progress.py).
So bad lines have a filter of their own.
"""

# ruff: noqa: S608 - every text in a statement goes through `literal`

from wordcount_core.options import Options, Window
from wordcount_core.windows import HEAD, STAMP, delay
from wordcount_jobs.flink.words import LINE, literal, words_sql

SETTINGS = {
    # A reader without lines must not keep the windows of the others open.
    "table.exec.source.idle-timeout": "5 s",
}
"""Not for a run that counts once. If a reader was idle before its first and last lines, Flink ignores that it
has ended, and no window is ever closed. Such a run waits for all its readers anyway."""
STREAMING = {"table.exec.mini-batch.enabled": "false"}
"""Mini-batches would delay the watermark. Windows do not need them: they output only their last counts."""
BAD = "TIMESTAMP '1970-01-01 00:00:00.000'"
"""The instant of a bad line, which no good line has.

A null would end the job; an old instant moves no watermark.
"""
BYTES = "CAST(line AS STRING)"
"""The text of a line for its instant. Flink 2.3 cannot compile DECODE in the watermark of a Kafka source."""
NEWEST_BEFORE = (
    "SELECT line, moment, MAX(CAST(moment AS TIMESTAMP(3))) OVER (PARTITION BY share ORDER BY read_at "
    "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS newest "
    "FROM (SELECT line, moment, PROCTIME() AS read_at, RAND_INTEGER(64) AS share FROM lines)"
)
"""The lines, redistributed over 64 shares, with the newest instant of their share so far, which the state
keeps.

A reader that was idle does not know how far the others have come. Only where the lines of all readers meet,
the watermark is that of the whole job. After a restart only the windows themselves know it, so this operator
keeps almost as much.
"""
SPANS = "spans"
"""The view of the counts of each closed window: `word`, `window_start`, `window_end`, `count`."""


def columns(window: Window | None, once: bool) -> str:
    """Return the columns of a table of lines after `line`: none, or `moment` and its watermark."""
    if window is None:
        return ""
    kafka = "stamped TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL, "
    head = kafka if window.timestamp == "kafka" else ""
    return f", {head}moment AS {moment(window)}, WATERMARK FOR moment AS {watermark(window, once)}"


def moment(window: Window, line: str = BYTES) -> str:
    """Return the SQL for the instant of a line as TIMESTAMP(3) in UTC; `line` is the SQL of its text."""
    if window.timestamp == "prefix":
        return _prefix(line)
    return f"CAST({'stamped' if window.timestamp == 'kafka' else 'CURRENT_ROW_TIMESTAMP()'} AS TIMESTAMP(3))"


def watermark(window: Window, once: bool) -> str:
    """Return the SQL of the watermark. Flink closes a window one millisecond before its end.

    A run that counts once closes all windows at its end.
    """
    return "moment - INTERVAL '1000' YEAR(4)" if once else f"moment - {_interval(delay(window) + 1)}"


def statements(options: Options, window: Window) -> list[str]:
    """Return the statements for the views to `counts` (`word`, `windowStart`, `windowEnd`, `count`)."""
    views = {
        "seen": NEWEST_BEFORE,
        "timely": f"SELECT line, moment FROM seen WHERE {_in_time(window) if not options.once else 'TRUE'}",
    }
    if window.timestamp == "prefix":
        rest = f"ARRAY[REGEXP_REPLACE({LINE}, {literal(STAMP)}, '')]"
        views["texts"] = (
            "SELECT rest, moment FROM timely CROSS JOIN "
            f"UNNEST(CASE WHEN moment > {BAD} THEN {rest} ELSE SPLIT('', ' ') END) AS texts (rest)"
        )
        views["words"] = words_sql(options.text, "texts", "rest", ", moment")
    else:
        views["words"] = words_sql(options.text, "timely", LINE, ", moment")
    views[SPANS] = (
        f"SELECT word, window_start, window_end, COUNT(*) AS `count` FROM TABLE({_function(window)}) "
        "GROUP BY word, window_start, window_end"
    )
    names = f"{_iso('window_start')} AS windowStart, {_iso('window_end')} AS windowEnd"
    views["counts"] = f"SELECT word, {names}, `count` FROM {SPANS}"
    return [f"CREATE TEMPORARY VIEW {name} AS {query}" for name, query in views.items()]


def top_sql(top_n: int, row: str, window: Window) -> str:
    """Return the query for one row per closed window or session: `windowStart`, `windowEnd`, and `top`."""
    name = f"{_iso('window_start')} AS windowStart, {_iso('window_end')} AS windowEnd"
    if window.gap_ms is not None:
        return f"SELECT {name}, ARRAY[{row}] AS top FROM (SELECT *, 1 AS place FROM {SPANS})"
    ranked = (
        "SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY `count` DESC, word ASC) "
        f"AS place FROM {SPANS}"
    )
    return (
        f"SELECT {name}, ARRAY_SORT(ARRAY_AGG({row})) AS top FROM ({ranked}) WHERE place <= {top_n} "
        "GROUP BY window_start, window_end"
    )


def _prefix(line: str) -> str:
    """Return the SQL for the instant in a line.

    Only UNIX_TIMESTAMP reads an offset, and it has no parts of a second.
    """
    instant = f"REGEXP_EXTRACT({line}, {literal(HEAD)}, 1)"
    whole = f"REGEXP_REPLACE({instant}, '[.][0-9]+', '')"
    part = f"CAST(RPAD(REGEXP_EXTRACT({instant}, '[.]([0-9]{{1,3}})', 1), 3, '0') AS BIGINT)"
    seconds = f"UNIX_TIMESTAMP({whole}, 'yyyy-MM-dd''T''HH:mm:ssXXX')"
    return (
        f"COALESCE(CAST(TO_TIMESTAMP_LTZ({seconds} * 1000 + COALESCE({part}, 0), 3) AS TIMESTAMP(3)), {BAD})"
    )


def _in_time(window: Window) -> str:
    """Return the SQL condition that the last window of a line is open.

    A bad line passes: it is only bad, not late.
    """
    instant = _milliseconds("moment")
    end = f"{instant} + {window.gap_ms}"
    if window.gap_ms is None:
        end = f"{instant} - MOD({instant}, {window.slide}) + {window.size_ms}"
    here = f"{end} - 1 > {_milliseconds('CURRENT_WATERMARK(moment)')}"
    before = f"{end} > {_milliseconds('newest')} - {delay(window)}"
    return f"moment = {BAD} OR ((CURRENT_WATERMARK(moment) IS NULL OR {here}) AND {before})"


def _function(window: Window) -> str:
    if window.gap_ms is not None:
        return f"SESSION(TABLE words PARTITION BY word, DESCRIPTOR(moment), {_interval(window.gap_ms)})"
    size, slide = _interval(window.size_ms or 0), _interval(window.slide)
    if window.slide == window.size_ms:
        return f"TUMBLE(TABLE words, DESCRIPTOR(moment), {size})"
    return f"HOP(TABLE words, DESCRIPTOR(moment), {slide}, {size})"


def _interval(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    day, hour = divmod(hours, 24)
    return f"INTERVAL '{day} {hour:02}:{minute:02}:{second:02}.{rest:03}' DAY TO SECOND(3)"


def _milliseconds(instant: str) -> str:
    return f"(EXTRACT(EPOCH FROM {instant}) * 1000 + EXTRACT(MILLISECOND FROM {instant}))"


def _iso(instant: str) -> str:
    return f"DATE_FORMAT({instant}, 'yyyy-MM-dd''T''HH:mm:ss.SSS''Z''')"
