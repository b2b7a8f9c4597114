"""Runs a job, kills it at moments that a seed chooses, and goes on until the counts are right.

What the operator does in a cluster, beginning again from the newest state, is a few lines here.
"""

import random
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from subprocess import Popen

from tests.support.checkpoints import checkpoints, newer
from tests.support.guarantees.sinks import SinkUnderTest
from tests.support.guarantees.sources import WINDOW, SourceUnderTest
from tools.testbed.job_process import kill, started
from wordcount_cli.local.run import prepare
from wordcount_core import options as o

COUNT_TIMEOUT = 120.0
STEP = 0.5
"""Seconds between two pieces of the source."""
INGEST = o.Window(2000, timestamp="ingest")
READ = 5.0
"""Seconds in which a job has read what is there."""
MOST_RUNS = 12
"""Runs of one job; what ends again and again is no crash of ours."""
AWAY = 3.0
"""Seconds for which the sink's server is away."""


class GuaranteeRun:
    """One job from its first run to its last; a context manager that ends what still runs."""

    def __init__(
        self, source: SourceUnderTest, sink: SinkUnderTest, engine: str, folder: Path, windowed: bool
    ) -> None:
        kept = {"execution.checkpointing.num-retained": "3"} if engine == "flink" else {}
        job = o.Options(
            "guarantee",
            source.source,
            sink.sink,
            checkpoint_dir=str(folder / "state"),
            checkpoint_interval_ms=500,
            conf=kept,
            window=_window(source.source) if windowed else None,
        )
        # The console stays a table: the JSON of Flink is collected in a way that cannot be restored.
        self._job = replace(prepare(job, engine), sink=sink.sink)
        self._source, self._sink, self._engine, self._folder = source, sink, engine, folder
        self._runs, self._started = ExitStack(), 0
        self._process: Popen[str] | None = None

    def __enter__(self) -> "GuaranteeRun":
        return self

    def __exit__(self, *_: object) -> None:
        self._runs.close()

    def run(self, kills: int, seed: int) -> None:
        """Kills come while counts arrive; after them the sink fails once; then all has to become right.

        Raises AssertionError.
        """
        chance = random.Random(seed)
        self._start()
        for _ in range(kills):
            self._counting()
            self._produce_for(chance.uniform(0, 1.5))
            self._kill()
            self._start()
        self._counting()
        if again := self._sink.trouble():
            self._produce_for(AWAY)
            again()
            if self._engine == "flink":
                # A task whose JDBC sink fails takes its TaskManager with it (connector 4.0, Flink 2.3). A
                # cluster makes another one, this process has one only.
                self._kill()
                self._start()
            self._counting()  # a socket's last lines must not come while nobody listens
        time.sleep(READ)  # files are read in any order, and what comes after the last line's instant is late
        self._source.end()
        self._until(lambda: not self._wrong(), self._wrong, producing=False)

    def _start(self) -> None:
        """Spark finds its checkpoint by itself; Flink is given the newest, as the operator does."""
        found = checkpoints(self._folder / "state")[-1:] if self._engine == "flink" else []
        self._started += 1
        if self._started > MOST_RUNS:
            raise AssertionError(f"it ends again and again\n{self._log()}")
        job = replace(self._job, resume_from=str(found[0].parent) if found else None)
        began = time.time()
        self._process = self._runs.enter_context(started(job, self._engine, self._folder))
        self._sink.listen(self._process)
        self._source.more()
        self._until(lambda: self._reads(began), lambda: "it reads nothing", producing=False)

    def _log(self) -> str:
        return (self._folder / f"{self._engine}.log").read_text()[-3000:]

    def _reads(self, began: float) -> bool:
        """Whether it has finished a checkpoint: many files that wait for it are read in any order, and would
        be late.
        """
        state = self._folder / "state"
        kept = checkpoints(state) if self._engine == "flink" else (state / "commits").glob("[0-9]*")
        return any(newer(each, began) for each in kept)

    def _kill(self) -> None:
        assert self._process
        kill(self._process)
        self._process.wait()

    def _counting(self) -> None:
        """Until the sink has something new."""
        before = self._sink.rows()
        self._until(lambda: self._sink.rows() != before, lambda: "nothing new in the sink")

    def _wrong(self) -> str:
        return self._source.wrong(self._sink.rows())

    def _produce_for(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._source.more()
            time.sleep(STEP)

    def _until(self, holds: Callable[[], bool], why: Callable[[], str], producing: bool = True) -> None:
        """A job that ended by itself is started again, as the operator does after a failure."""
        deadline = time.monotonic() + COUNT_TIMEOUT
        while not holds():
            assert time.monotonic() < deadline, f"{why()}\n{self._log()}"
            if self._process and self._process.poll() is not None:
                self._start()
            if producing:
                self._source.more()
            time.sleep(STEP)


def _window(source: o.Source) -> o.Window:
    """Made-up lines have no instant of their own."""
    return INGEST if isinstance(source, o.Rate) else WINDOW
