"""What the engine tests share: the engines, and a way to run one; never a fake engine."""

import json
import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from subprocess import Popen

import pytest

from wordcount_cli.local.engine_envs import python
from wordcount_cli.local.run import prepare, start
from wordcount_core.options import Options

ENGINES = ("spark", "flink")


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """Each engine in turn."""
    return str(request.param)


@contextmanager
def running(options: Options, engine: str, folder: Path) -> Iterator["Popen[str]"]:
    """The job as a process, as `wordcount run` starts it, killed at the end if it still runs."""
    with started(prepare(options, engine), engine, folder) as process:
        yield process


@contextmanager
def started(options: Options, engine: str, folder: Path) -> Iterator["Popen[str]"]:
    """The job as a process with exactly these options, killed at the end if it still runs."""
    with start(python(engine), options, engine, folder / f"{engine}.log") as process:
        try:
            yield process
        finally:
            kill(process)


ROW = re.compile(r" *\d+ +(\d+)  (\w+)$")


def tops(process: "Popen[str]") -> Iterator[dict[str, int]]:
    """The counts that the job shows, picture by picture: JSON lines, or the tables of Flink's console."""
    assert process.stdout
    rows: dict[str, int] = {}
    for said in process.stdout:
        if said.startswith('{"top"'):
            yield dict(json.loads(said)["top"])
        elif row := ROW.match(said):
            rows[row[2]] = int(row[1])
        elif rows:
            yield rows
            rows = {}


def kill(process: "Popen[str]") -> None:
    """The program and its JVM at once, as when a machine is lost."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def count_once(options: Options, engine: str, folder: Path) -> dict[str, int]:
    """The counts of a `once` run."""
    with running(options, engine, folder) as process:
        process.communicate()
    assert process.returncode == 0, (folder / f"{engine}.log").read_text()[-3000:]
    counts: dict[str, int] = json.loads(Path(str(options.counts)).read_text())
    return counts
