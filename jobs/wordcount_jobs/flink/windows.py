"""wordcount_core/windows.py's definition as Flink SQL; must equal it and never adds a rule of its own.

Flink's window operator drops what is late and does not count the lines, so a filter before it takes late lines out, by a
watermark that is never behind the operator's own: what passes the filter, the operator counts. How many lines a filter takes out is in its
metrics (the operator's engines/flink/progress.py reads them), and so bad lines are taken out by an operator of their own.
"""

# ruff: noqa: S608 - every text in a statement goes through `literal`

from wordcount_core.options import Options, Window
from wordcount_core.windows import HEAD, STAMP, delay
from wordcount_jobs.flink.words import LINE, literal, words_sql

SETTINGS = {
    # A reader without lines must not keep the others' windows open.
    "table.exec.source.idle-timeout": "5 s",
}
"""Not for a run that counts once: of a reader that was idle before its first and last lines, Flink ignores that it has ended, and
no window is ever closed. Such a run waits for all its readers anyway."""
STREAMING = {"table.exec.mini-batch.enabled": "false"}
"""Mini-batches would hold back the watermark, and windows have no use for them: they hand out only their last counts."""
BAD = "TIMESTAMP '1970-01-01 00:00:00.000'"
"""The moment of a bad line, which no good line has: a null would end the job, and an old moment moves no watermark."""
BYTES = "CAST(line AS STRING)"
"""The text of a line for its instant. What Flink 2.3 makes of DECODE does not compile in the watermark of a Kafka source."""
SEEN = (
    "SELECT line, moment, MAX(CAST(moment AS TIMESTAMP(3))) OVER (PARTITION BY share ORDER BY read_at "
    "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS newest "
    "FROM (SELECT line, moment, PROCTIME() AS read_at, RAND_INTEGER(64) AS share FROM lines)"
)
"""Lines dealt out anew, with the newest instant so far of their share, which the state keeps.

A reader that was idle does not know how far the others have come: only where lines of all readers meet is the watermark
that of the whole job. And no operator but the windows themselves knows it after a restart, so this one keeps nearly as much.
"""
SPANS = "spans"
"""The view with the columns `word`, `window_start`, `window_end`, `count`: the counts of each closed window."""


def columns(window: Window | None, once: bool) -> str:
    """What a table of lines has beside `line`: nothing, or the instant `moment` and how far behind it time goes."""
    if window is None:
        return ""
    kafka = "stamped TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL, "
    head = kafka if window.timestamp == "kafka" else ""
    return f", {head}moment AS {moment(window)}, WATERMARK FOR moment AS {watermark(window, once)}"


def moment(window: Window, line: str = BYTES) -> str:
    """The instant of a line as TIMESTAMP(3) in UTC; `line` is the SQL of its text."""
    if window.timestamp == "prefix":
        return _prefix(line)
    return f"CAST({'stamped' if window.timestamp == 'kafka' else 'CURRENT_ROW_TIMESTAMP()'} AS TIMESTAMP(3))"


def watermark(window: Window, once: bool) -> str:
    """Flink closes a window one millisecond before its end. A run that counts once closes all at its end only."""
    return "moment - INTERVAL '1000' YEAR(4)" if once else f"moment - {_interval(delay(window) + 1)}"


def statements(options: Options, window: Window) -> list[str]:
    """The views from the table `lines` to `counts` (columns `word`, `windowStart`, `windowEnd`, `count`)."""
    views = {
        "seen": SEEN,
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
    """One row a closed window: `windowStart`, `windowEnd`, and `top` as without windows; of sessions, one row each."""
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
    """Of Flink's functions only UNIX_TIMESTAMP minds an offset, and it knows no parts of a second."""
    instant = f"REGEXP_EXTRACT({line}, {literal(HEAD)}, 1)"
    whole = f"REGEXP_REPLACE({instant}, '[.][0-9]+', '')"
    part = f"CAST(RPAD(REGEXP_EXTRACT({instant}, '[.]([0-9]{{1,3}})', 1), 3, '0') AS BIGINT)"
    seconds = f"UNIX_TIMESTAMP({whole}, 'yyyy-MM-dd''T''HH:mm:ssXXX')"
    return (
        f"COALESCE(CAST(TO_TIMESTAMP_LTZ({seconds} * 1000 + COALESCE({part}, 0), 3) AS TIMESTAMP(3)), {BAD})"
    )


def _in_time(window: Window) -> str:
    """Whether the last window of a line is open; a bad line is bad, and nothing else."""
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
