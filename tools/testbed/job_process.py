"""Runs a job of an embedded engine as a process of this machine, as `wordcount run` does."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from subprocess import Popen

from wordcount_cli.local.engine_envs import python
from wordcount_cli.local.run import prepare, start
from wordcount_core.options import Options


@contextmanager
def running(options: Options, engine: str, folder: Path) -> Iterator["Popen[str]"]:
    """Run a job as `wordcount run` does; kill it at the end if it still runs."""
    with started(prepare(options, engine), engine, folder) as process:
        yield process


@contextmanager
def started(options: Options, engine: str, folder: Path) -> Iterator["Popen[str]"]:
    """Run a job with exactly these options; kill it at the end if it still runs."""
    with start(python(engine), options, engine, folder / f"{engine}.log") as process:
        try:
            yield process
        finally:
            kill(process)


def kill(process: "Popen[str]") -> None:
    """Kill the program and its JVM at once, as if the machine were lost."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
