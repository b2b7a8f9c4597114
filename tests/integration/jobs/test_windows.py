"""Both engines count windows as the definition does, report what they leave out, survive a kill."""

import json
import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from subprocess import Popen
from threading import Thread
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from tests.support.checkpoints import CHECKPOINT_TIMEOUT, checkpoints, wait_for_checkpoint
from tests.support.job_counts import ROW, count_once
from tools.testbed.job_process import kill, started
from wordcount_core import tokenizer, windows
from wordcount_core.options import Console, Files, Options, Text, Window
from wordcount_operator.engines.flink import progress
from wordcount_operator.model.job import Counters
from wordcount_operator.model.reads import HttpReply, Observed, Read

FILES = {
    "1.txt": (
        b"2026-11-25T10:00:05Z a b a\n2026-11-25T10:01:05.5Z a c\nnonsense x y\n"
        b"2026-11-25T11:00:35.500999999+01:00 a\n2026-02-30T10:00:00Z no such day"
    ),
    "2.txt": (
        b"2026-11-25T10:00:59.999Z\tb\xff b\r\n\xef\xbb\xbf2026-11-25T10:01:00Z"
        b" z\r\n2024-02-29T00:00:00Z\r\n2026-11-25T10:03:00Zx\r\n2026-11-25T09:00:00.25-01:00 \xef\xbb\xbfbom"
        b" a\r\n2026-11-25T10:02:00Z  c\r\n"
    ),
    # The same word exactly a gap later, and a millisecond more than that.
    "3.txt": (
        b"2026-11-25T10:04:00Z s\n2026-11-25T10:04:30Z s\n2026-11-25T10:05:00.001Z s\n"
        b"1970-01-01T00:00:00Z q\n\n"
    ),
}
WINDOWS = {
    "sliding": Window(60_000, 20_000, watermark_ms=1000, timestamp="prefix"),
    "sessions": Window(gap_ms=30_000, timestamp="prefix"),
}


@pytest.mark.parametrize("window", WINDOWS.values(), ids=WINDOWS.keys())
def test_counts_equal_the_definition(engine: str, window: Window, tmp_path: Path) -> None:
    """Also the last windows, out of order over three files, by two tasks.

    Nothing is late where all is there.
    """
    source = tmp_path / "in"
    source.mkdir()
    for name, data in FILES.items():
        (source / name).write_bytes(data)
    options = Options(
        "windows",
        Files(str(source)),
        parallelism=2,
        once=True,
        counts=str(tmp_path / "counts.json"),
        window=window,
    )
    lines = [line for data in FILES.values() for line in tokenizer.lines(data)]
    good = [read for line in lines if (read := windows.stamped(line))]
    assert len(good) == len(lines) - 5
    found: object = count_once(options, engine, tmp_path)
    assert found == windows.document(windows.count(good, window, Text()))


@dataclass
class Run:
    """A running job: the counts of the windows that it has shown, and where it reports its progress."""

    engine: str
    process: "Popen[str]"
    port: int
    log: Path
    shown: dict[str, dict[str, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Listens to what the job says as long as it says something."""
        Thread(target=self.listen, daemon=True).start()

    def listen(self) -> None:
        """A window that is shown twice would be recorded under a key that has the word `again`."""
        assert self.process.stdout
        name = ""
        for said in self.process.stdout:
            if title := re.match("── (.*Z) ──$", said):
                name = title[1] if title[1] not in self.shown else f"{title[1]} again"
            elif row := ROW.match(said):
                self.shown.setdefault(name, {})[row[2]] = int(row[1])

    def counters(self) -> Counters:
        """What it says of its progress, read as the operator reads it."""
        if self.engine == "spark":
            body = self.get("/progress")
            return Counters(
                body["lines"],
                body["words"],
                late_lines=body["lateLines"],
                bad_lines=body["badLines"],
                bad_sample=tuple(body["badSample"]),
            )
        (job,) = self.get("/jobs")["jobs"]
        url = f"/jobs/{job['id']}"
        document = self.get(url)
        answers: dict[Read, HttpReply] = {
            look: HttpReply(200, self.get(look.url)) for look in progress.reads(document, url)
        }
        found = progress.counters(document, url, Observed(answers))
        assert found is not None, document
        return found

    def get(self, path: str) -> Any:
        """The JSON that it answers."""
        with urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as reply:
            return json.loads(reply.read())

    def until(self, holds: Callable[[Counters], bool]) -> Counters:
        """The counters once they are so."""
        deadline, seen = time.monotonic() + CHECKPOINT_TIMEOUT, None
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                seen = self.counters()
                if holds(seen):
                    return seen
            except (URLError, OSError, ValueError, AssertionError):
                pass  # it has not started yet
            time.sleep(0.2)
        raise AssertionError(f"{seen} {self.shown}\n{self.log.read_text()[-3000:]}")


def put(folder: Path, name: str, *lines: str) -> None:
    """Makes a file that is there whole or not at all."""
    part = folder / f".{name}"
    part.write_text("".join(f"{line}\n" for line in lines))
    part.rename(folder / name)


@pytest.fixture
def job(engine: str, tmp_path: Path) -> Options:
    """Windows of a minute, over a folder of lines that begin with their instants."""
    (tmp_path / "in").mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    flink = {"rest.bind-port": f"{port}", "rest.port": f"{port}", "metrics.fetcher.update-interval": "300"}
    # Spark soon reports that nothing came, under the number of the batch that is still to come.
    spark = {"spark.ui.enabled": "false", "spark.sql.streaming.noDataProgressEventInterval": "200"}
    kept = {"execution.checkpointing.num-retained": "3"}
    return Options(
        "windows",
        Files(str(tmp_path / "in")),
        Console(1000),
        checkpoint_dir=str(tmp_path / "state"),
        checkpoint_interval_ms=500,
        conf=flink | kept if engine == "flink" else spark,
        progress_port=port if engine == "spark" else None,
        parallelism=2,  # so that one of two readers is idle while the other goes on
        window=Window(60_000, watermark_ms=10_000, timestamp="prefix"),
    )


@contextmanager
def begun(job: Options, engine: str, folder: Path) -> Iterator[Run]:
    """The job as it runs."""
    port = job.progress_port or int(job.conf["rest.port"])
    with started(job, engine, folder) as process:
        yield Run(engine, process, port, folder / f"{engine}.log")


def test_late_and_bad_lines_are_in_the_progress_and_a_kill_changes_no_count(
    engine: str, job: Options, tmp_path: Path
) -> None:
    """Lines out of order count; one that comes after its window was closed does not, and is in the progress.

    So are bad ones. The open window's counts so far survive a kill, and each window is shown once.
    """
    folder, state = tmp_path / "in", tmp_path / "state"
    at = "2026-11-25T10:0"
    put(folder, "1.txt", f"{at}0:40Z a b", f"{at}1:05Z b c", f"{at}0:56Z a", "no instant")
    with begun(job, engine, tmp_path) as run:
        run.until(lambda seen: seen.lines == 4)
        put(folder, "2.txt", f"{at}1:12Z c", "2026-02-30T10:00:00Z neither", "é" * 300)
        run.until(lambda seen: seen.lines == 7 and bool(run.shown))
        put(folder, "3.txt", f"{at}0:59Z late a", f"{at}1:03Z c in order")
        seen = run.until(lambda seen: (seen.lines, seen.late_lines) == (9, 1))
        assert (seen.words, seen.bad_lines) == (9, 3)
        if engine == "spark":
            assert sorted(seen.bad_sample) == ["2026-02-30T10:00:00Z neither", "no instant", "é" * 200]
        assert run.shown == {windows_name(0): {"a": 2, "b": 1}}
        wait_for_checkpoint(engine, state)
        kill(run.process)
    if engine == "flink":
        newest = checkpoints(state)[-1].parent
        job = replace(job, conf=job.conf | {"execution.state-recovery.path": newest.as_uri()})
    put(folder, "4.txt", f"{at}1:59Z d", f"{at}9:00Z e")
    with begun(job, engine, tmp_path) as run:
        run.until(lambda seen: seen.lines == 2 and bool(run.shown))
        expected = {"b": 1, "c": 3, "in": 1, "order": 1, "d": 1}
        run.until(lambda _: run.shown == {windows_name(1): expected})


def windows_name(minute: int) -> str:
    """The window of that minute."""
    return f"2026-11-25T10:0{minute}:00.000Z/2026-11-25T10:0{minute + 1}:00.000Z"


@pytest.mark.parametrize("engine", ["spark"])
def test_lines_that_come_after_a_pause_are_in_the_progress(engine: str, job: Options, tmp_path: Path) -> None:
    """Spark reports that nothing came under the number of the batch that then brings them."""
    folder = tmp_path / "in"
    with begun(replace(job, window=None), engine, tmp_path) as run:
        for name in ("1.txt", "2.txt", "3.txt"):
            put(folder, name, "two words")
            time.sleep(2)
        seen = run.until(lambda seen: seen.lines == 3)
        assert seen.words == 6
