"""What the engine tests share: the engines, and a way to run one; never a fake engine."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen

import pytest
from wordcount_cli.embedded import prepare, start
from wordcount_cli.environments import python
from wordcount_jobs.core.options import Options

ENGINES = ("spark", "flink")


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """Each engine in turn."""
    return str(request.param)


@contextmanager
def running(options: Options, engine: str, folder: Path) -> Iterator["Popen[str]"]:
    """The job as a process, killed at the end if it still runs."""
    log = folder / f"{engine}.log"
    with start(python(engine), prepare(options, engine), engine, log) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def count_once(options: Options, engine: str, folder: Path) -> dict[str, int]:
    """The counts of a `once` run."""
    with running(options, engine, folder) as process:
        process.communicate()
    assert process.returncode == 0, (folder / f"{engine}.log").read_text()[-3000:]
    counts: dict[str, int] = json.loads(Path(str(options.counts)).read_text())
    return counts
