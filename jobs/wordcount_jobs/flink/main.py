"""Submits the streaming word count to Flink: lines → words → counts → sink.

A session's JobManager starts it with `-py <this file> --options <JSON>`, and it returns when the job is
submitted. Started without a session, it runs a mini cluster and waits for the job. The options are those of
wordcount_core/options.py.
"""

# ruff: noqa: S608 - every text in a statement goes through `literal`

import json
import sys
import traceback
from pathlib import Path
from typing import Any

from pyflink.common import RowKind
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.table import (
    ChangelogMode,
    EnvironmentSettings,
    PlanReference,
    Schema,
    StreamTableEnvironment,
)
from pyflink.table.compiled_plan import CompiledPlan
from pyflink.util.java_utils import get_j_env_configuration, is_local_deployment

from wordcount_core import top_words
from wordcount_core.failure_codes import FailureCode
from wordcount_core.failures import JobFailure, classify, source_failure
from wordcount_core.options import Console, FilesSink, Options, Postgres, Socket
from wordcount_core.storage_uris import with_scheme
from wordcount_core.windows import by_name
from wordcount_core.windows import name as window_name
from wordcount_jobs.common import state_compatibility
from wordcount_jobs.common.command_line import options_from_args
from wordcount_jobs.common.preflight import check_kafka, check_sink
from wordcount_jobs.flink import windows
from wordcount_jobs.flink.compiled_plan import with_stable_uids
from wordcount_jobs.flink.restore_point import STOP_FOLDER, newest_restore_point
from wordcount_jobs.flink.sinks import create_sink, stored_words
from wordcount_jobs.flink.sources import ROW, create_lines, top_sql
from wordcount_jobs.flink.words import words_sql

LOW_LATENCY = {
    "table.exec.mini-batch.enabled": "false",
    # How long a record waits for others before it is sent to the next task.
    "execution.buffer-timeout.interval": "1 ms",
}


def main() -> int:
    """Return the exit status: 0 if the job was submitted (mini cluster: has ended), else the failure's."""
    options = options_from_args()
    try:
        run(options)
    except Exception as error:
        traceback.print_exc()
        failure = (
            error
            if isinstance(error, JobFailure)
            else classify(f"{type(error).__module__}: {error}", options)
        )
        print(f"{failure.cause}: {failure.message}", file=sys.stderr)
        return failure.exit_status
    return 0


def run(options: Options) -> None:
    """Submit the job, or with `once` and `counts` count all and write the counts. Raises what went wrong."""
    check_kafka(options)
    check_sink(options)
    state_compatibility.check_and_record(options, "flink")
    tables = environment(options)
    create_lines(tables, options)
    for statement in views(options):
        tables.execute_sql(statement)
    sink = options.sink
    if options.once and options.counts:
        write_counts(tables, options)
    elif not isinstance(sink, Console):
        insert(tables, options)
    elif sink.format == "json":
        print_top_json(tables, sink, options)
    else:
        print_top(tables, sink, options)
    if not options.once and is_local(tables):
        raise source_failure(options)


def views(options: Options) -> list[str]:
    """Return the statements for the views from the table `lines` to the view `counts`."""
    if options.window is not None:
        return windows.statements(options, options.window)
    words = words_sql(options.text)
    if isinstance(options.sink, Postgres):
        words = stored_words(f"({words})")
    return [
        f"CREATE TEMPORARY VIEW words AS {words}",
        "CREATE TEMPORARY VIEW counts AS SELECT word, COUNT(*) AS `count` FROM words GROUP BY word",
    ]


def restore_path(options: Options) -> dict[str, str]:
    """Return the setting for the state from which the job starts; empty without one.

    Raises JobFailure if it is gone.
    """
    place = options.restore_from
    if place is not None and STOP_FOLDER.search(place):
        place = newest_restore_point(place)
        if place is None:
            raise JobFailure.of(FailureCode.RESTORE_POINT_MISSING, options)
    if options.resume_from is not None:
        place = newest_restore_point(options.resume_from)
        if place is None:
            raise JobFailure.of(FailureCode.STATE_LOST, options)
    if place is None:
        return {}
    print(f"begins from {place}", file=sys.stderr)
    return {"execution.state-recovery.path": with_scheme(place)}


def environment(options: Options) -> StreamTableEnvironment:
    """Create the table environment with our settings and the user's, which take precedence."""
    last_only = options.once and options.counts
    ours = {
        "pipeline.name": options.name,
        "parallelism.default": str(options.parallelism),
        "pipeline.object-reuse": "true",
        "table.local-time-zone": "UTC",
        "table.exec.mini-batch.enabled": "true",
        "table.exec.mini-batch.allow-latency": "1 h" if last_only else "1 s",
        "table.exec.mini-batch.size": "1000000" if last_only else "20000",
        "table.optimizer.agg-phase-strategy": "TWO_PHASE",
    }
    if options.low:
        ours |= LOW_LATENCY
    if options.counts:  # all of them are one row, for which 2 MB are not enough
        ours["collect-sink.batch-size.max"] = "1 gb"
    if options.window is not None:
        ours |= ({} if options.once else windows.SETTINGS) | ({} if last_only else windows.STREAMING)
    if options.checkpoint_dir and not options.once:
        ours |= {
            "state.backend.type": "hashmap",
            "execution.checkpointing.interval": f"{options.checkpoint_interval_ms} ms",
            "execution.checkpointing.dir": with_scheme(options.checkpoint_dir),
            "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
            **restore_path(options),
        }
    elif isinstance(options.sink, FilesSink):  # without a checkpoint no file is ever finished
        ours["execution.checkpointing.interval"] = f"{options.checkpoint_interval_ms} ms"
    # Only a batch run outputs the last counts alone. A socket has no batch mode, and batch mode no sessions.
    batch = last_only and not isinstance(options.source, Socket) and options.window is None
    tables = StreamTableEnvironment.create(
        StreamExecutionEnvironment.get_execution_environment(),
        EnvironmentSettings.in_batch_mode() if batch else EnvironmentSettings.in_streaming_mode(),
    )
    for key, value in (ours | options.conf).items():
        tables.get_config().set(key, value)
    return tables


def insert(tables: StreamTableEnvironment, options: Options) -> None:
    """Submit the job that writes the counts to the sink."""
    query = create_sink(tables, options)
    if isinstance(options.source, Socket):
        job = tables.execute_sql(query)
    else:
        # A compiled plan names its operators, so that the state finds them after a restart.
        plan = PlanReference.from_json_string(
            with_stable_uids(tables.compile_plan_sql(query).as_json_string())
        )
        # PyFlink gives the plan Java's environment, but needs Python's to execute it.
        job = CompiledPlan(tables.load_plan(plan)._j_compiled_plan, tables).execute()
    if is_local(tables):
        job.wait()


def print_top(tables: StreamTableEnvironment, sink: Console, options: Options) -> None:
    """Print the most frequent words on the TaskManager, as a table about once a second or for each window."""
    line_end = r"U&'\000A'"
    table = f"{line_end} || ARRAY_JOIN(top, {line_end}) || {line_end}"
    if options.window is not None:
        top = windows.top_sql(sink.top_n, ROW, options.window)
        title = f"{line_end} || '── ' || windowStart || '/' || windowEnd || ' ──'"
        stream = tables.to_data_stream(tables.sql_query(f"SELECT {title} || {table} AS top FROM ({top})"))
    else:
        rows = f"SELECT always, {table} AS top FROM ({top_sql(sink.top_n)})"
        schema = Schema.new_builder().column("always", "BIGINT NOT NULL").column("top", "STRING")
        keyed = schema.primary_key("always").build()
        stream = tables.to_changelog_stream(tables.sql_query(rows), keyed, ChangelogMode.upsert())
    printed = stream._j_data_stream.print()
    if options.window is not None:
        printed.setParallelism(1)  # so that the newest window comes last
    job = tables._get_j_env().executeAsync(options.name)
    if is_local(tables):
        job.getJobExecutionResult().get()


def print_top_json(tables: StreamTableEnvironment, sink: Console, options: Options) -> None:
    """Print the most frequent words in this process, as JSON; only in a mini cluster."""
    window = options.window
    query = top_sql(sink.top_n) if window is None else windows.top_sql(sink.top_n, ROW, window)
    with tables.execute_sql(query).collect() as changes:
        for row in changes:
            if row.get_row_kind() in (RowKind.INSERT, RowKind.UPDATE_AFTER):
                *first, top = row
                name = "" if window is None else window_name(*first)
                print(top_words.document([(each[21:], int(each[5:19])) for each in top], name), flush=True)


def write_counts(tables: StreamTableEnvironment, options: Options) -> None:
    """Write all counts to the file `counts` and to the sink."""
    sink = options.sink
    if not isinstance(sink, Console):
        insert(tables, options)
    shown: dict[str, int]
    counts: dict[str, Any]
    if options.window is None:
        newest, shown = "", dict(all_rows(tables, "word"))
        counts = shown
    else:
        counts = by_name(all_rows(tables, "word, windowStart, windowEnd"))
        newest = max(counts, key=lambda name: name.split("/")[::-1], default="")
        shown = counts.get(newest, {})
    Path(str(options.counts)).write_text(json.dumps(counts, ensure_ascii=False, sort_keys=True))
    if isinstance(sink, Console):
        top = top_words.most_frequent(shown.items(), sink.top_n)
        print(top_words.render(top, sink.format, "all", newest), flush=True)


def all_rows(tables: StreamTableEnvironment, columns: str) -> list[list[Any]]:
    """Return all counts, each after its `columns`.

    They come in one row of JSON, because PyFlink needs milliseconds to fetch a row from the JVM. The last row
    counts.
    """
    query = f"SELECT ARRAY_JOIN(ARRAY_AGG(JSON_ARRAY({columns}, `count`)), ',') FROM counts"
    document = None
    with tables.execute_sql(query).collect() as rows:
        for row in rows:
            if row.get_row_kind() in (RowKind.INSERT, RowKind.UPDATE_AFTER):
                document = row[0]
    rows_found: list[list[Any]] = json.loads(f"[{document or ''}]")
    return rows_found


def is_local(tables: StreamTableEnvironment) -> bool:
    """Return whether the job runs in a mini cluster of this process, which must then wait for it."""
    return bool(is_local_deployment(get_j_env_configuration(tables._get_j_env())))


if __name__ == "__main__":
    sys.exit(main())
