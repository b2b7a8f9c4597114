"""Runs a job on this machine, with the engine in a process of its own, and shows its top words.

The job is the same program as in the images. It prints the top words on standard output as JSON.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType

from rich.live import Live
from rich.table import Table

import wordcount_jobs
from wordcount_cli.local.engine_envs import connectors, java_home, python
from wordcount_core.failures import JobFailure
from wordcount_core.options import Console, KafkaSink, KafkaSource, Options, Rate
from wordcount_core.top_words import printable
from wordcount_jobs.common.preflight import check_kafka
from wordcount_operator.engines import ENGINES

UPDATE_INTERVAL_MS = 2000
STOP_TIMEOUT = 60.0
"""Seconds until a job that was asked to end is killed."""


def run(options: Options, engine: str) -> int:
    """Count with the engine until done (`once`) or interrupted, and return the exit status.

    Raises ValueError for what the user can fix before anything runs.
    """
    if options.once and isinstance(options.source, Rate):
        raise ValueError(
            "spec.source.rate: it never ends, so --once cannot count it; use files, kafka or socket"
        )
    interpreter = python(engine)
    job = prepare(options, engine)
    try:
        check_kafka(job)
    except JobFailure as failure:
        raise ValueError(failure.message) from None
    with tempfile.TemporaryDirectory(prefix="wordcount-") as folder:
        log = Path(folder) / "log"
        status = _watch(interpreter, job, engine, log)
        if status:
            print(explain(log, engine), file=sys.stderr)
    return 1 if status else 0


def prepare(options: Options, engine: str) -> Options:
    """Return the options for this machine: frequent updates, JSON on standard output, and the connectors."""
    info = ENGINES[engine].info
    conf = dict(info.local_conf)
    kinds = {options.sink.kind, *(["kafka"] if isinstance(options.source, KafkaSource) else [])}
    if jars := connectors(engine, sorted(kinds)):
        paths = (jar.as_uri() if info.jars_as_uris else str(jar) for jar in jars)
        conf[info.jars_key] = info.jars_separator.join(paths)
    sink = replace(options.sink, format="json") if isinstance(options.sink, Console) else options.sink
    shown = (
        options
        if options.low
        else replace(options, checkpoint_interval_ms=min(options.checkpoint_interval_ms, UPDATE_INTERVAL_MS))
    )
    return replace(shown, sink=sink, conf=conf | options.conf)


def start(interpreter: Path, options: Options, engine: str, log: Path) -> "subprocess.Popen[str]":
    """Start the job as a process with a session of its own; its standard error goes to `log`."""
    main = [str(interpreter), "-m", f"wordcount_jobs.{engine}.main", *options.main_args()]
    with log.open("w") as errors:
        return subprocess.Popen(
            main,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            encoding="utf-8",
            env=_environment(interpreter, log.parent),
            cwd=log.parent,
            start_new_session=True,
        )


def _watch(interpreter: Path, options: Options, engine: str, log: Path) -> int:
    """Start the job, show its output until it ends, and return its exit status."""
    process = start(interpreter, options, engine, log)
    with process, _ended_after(process):
        assert process.stdout
        _show(process.stdout, options, engine)
        status = process.wait()
    if not status:
        _conclude(options)
    return status


def _show(output: Iterable[str], options: Options, engine: str) -> None:
    """Show the job's latest top words until its output ends. The last table stays on the screen."""
    with Live(f"{options.name} on {engine}: starting; Ctrl-C stops it", auto_refresh=False) as live:
        for line in output:
            if line.startswith('{"top"'):
                update = json.loads(line)
                title = " ".join(filter(None, (options.name, update.get("window"))))
                live.update(top_table(update["top"], title, engine), refresh=True)


def _conclude(options: Options) -> None:
    print()
    if isinstance(options.sink, KafkaSink):
        print(f"The counts are in the topic {options.sink.topic} of {options.sink.bootstrap_servers}.")
    if options.counts:
        print(f"All counts are in {options.counts}.")


def top_table(top: list[tuple[str, int]], name: str, engine: str) -> Table:
    """Return the top words as a table."""
    title = f"{name} on {engine}"
    table = Table(title=title, min_width=len(title))
    table.add_column("", justify="right", style="dim")
    table.add_column("word")
    table.add_column("count", justify="right")
    for rank, (word, count) in enumerate(top, 1):
        table.add_row(str(rank), printable(word).replace("[", r"\["), f"{count:,}")
    return table


def _environment(interpreter: Path, temporary: Path) -> dict[str, str]:
    """Return the job's environment variables: our code on its path, UTF-8, and no virtual environment.

    Temporary files go into the folder `temporary`, because an engine that is killed removes nothing.
    """
    kept = {key: value for key, value in os.environ.items() if key not in ("VIRTUAL_ENV", "PYTHONHOME")}
    return kept | {
        "PATH": f"{interpreter.parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "JAVA_HOME": str(java_home()),
        "PYTHONPATH": str(Path(wordcount_jobs.__file__).parents[1]),
        "PYTHONUTF8": "1",
        "PYSPARK_PYTHON": str(interpreter),
        "JAVA_TOOL_OPTIONS": f"-Dfile.encoding=UTF-8 -Duser.language=en -Djava.io.tmpdir={temporary}",
        "TMPDIR": str(temporary),
    }


@contextmanager
def _ended_after(process: "subprocess.Popen[str]") -> Iterator[None]:
    """End the job when the `with` block ends, also by SIGTERM: first by SIGTERM, then by SIGKILL."""

    def leave(number: int, _frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(STOP_TIMEOUT)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)


def explain(log: Path, engine: str) -> str:
    """Return the last line of the job's log, and where the whole log is kept from now on."""
    lines = log.read_text(errors="replace").splitlines()
    kept = Path(tempfile.gettempdir()) / f"wordcount-{engine}.log"
    kept.write_text("\n".join(lines))
    return f"{lines[-1] if lines else 'the job ended without a message'}\nIts log: {kept}"
