"""Takes one engine, in a thread, from its installation to the check of every count."""

import json
import re
import threading
import time
from collections import deque
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from tools.testbed.deployment import EXAMPLES
from tools.testbed.job_process import kill, running
from tools.try_it.book import Book
from tools.try_it.screen import View
from wordcount_cli.local import run
from wordcount_cli.local.engine_envs import java_home, python
from wordcount_cli.local.java import DOWNLOAD
from wordcount_cli.local.this_machine import chosen
from wordcount_compare.local import Local
from wordcount_core.options import Files, Options
from wordcount_core.top_words import most_frequent, printed_tops
from wordcount_operator.engines import ENGINES

EXAMPLE = EXAMPLES / "03-files" / "wordcount.yaml"
POLL_INTERVAL = 0.5
RATE_SECONDS = 4
COUNT_TIMEOUT = 240
"""Seconds without a newly counted word after which something must be wrong."""
_java = threading.Lock()


class Stopped(Exception):
    """The user wants no more; nobody needs to see this error."""


class EngineRun(threading.Thread):
    """One engine, from its installation to the comparison of every count."""

    def __init__(self, engine: str, book: Book, folder: Path) -> None:
        """Prepare a run in an empty folder of its own."""
        super().__init__(name=engine)
        self.engine, self.error = engine, ""
        self.different: int | None = None
        """How many words have another count than by the definition; None before the check."""
        self._book, self._folder = book, folder
        self._view, self._changing = View(engine, "waiting"), threading.Lock()
        self._since = time.monotonic()
        self._samples: deque[tuple[float, int]] = deque()
        self._stopping = threading.Event()
        folder.mkdir()

    @property
    def view(self) -> View:
        """How far the engine has come."""
        return replace(self._view, seconds=time.monotonic() - self._since)

    def stop(self) -> None:
        """Ask the thread to end its processes and itself."""
        self._stopping.set()

    def run(self) -> None:
        """Go through all steps; an error becomes a sentence in `error`."""
        try:
            self._fetch()
            self._count()
            self._check()
        except Stopped:
            pass
        except OSError as error:
            self.error = f"{self.engine}: {error.strerror or error}; {error.filename or 'free some space'}"
        except ValueError as error:
            self.error = str(error)
        except Exception as error:
            self.error = f"{self.engine}: {type(error).__name__}: {error}; please report this"

    def _enter(self, step: str, detail: str = "") -> None:
        self._show(step=step, detail=detail)
        self._since = time.monotonic()

    def _show(self, **changes: Any) -> None:
        """Change the view; two threads do so."""
        with self._changing:
            self._view = replace(self._view, **changes)

    def _pause(self) -> None:
        if self._stopping.wait(POLL_INTERVAL):
            raise Stopped

    def _fetch(self) -> None:
        info = ENGINES[self.engine].info

        def watch(size: str) -> Any:
            def show(pid: int) -> None:
                detail = fetched(_written(pid), size)
                if self._view.step != "fetching":
                    self._enter("fetching")
                self._show(detail=detail)
                if self._stopping.is_set():
                    raise Stopped

            return show

        with _java:
            java_home(watch(f"Java, {DOWNLOAD}"))
        python(self.engine, watch(info.download))

    def _count(self) -> None:
        self._enter("starting", "a process on this machine")
        local = Local(self.engine, self._folder)
        try:
            local.start(self._document())
            threading.Thread(target=self._follow, args=[local.output()], daemon=True).start()
            self._watch_counters(local)
        finally:
            local.stop()

    def _document(self) -> dict[str, Any]:
        """Return the example's resource, with the folder of the book."""
        document = chosen(str(EXAMPLE), self.engine).value
        document["spec"]["source"]["files"]["path"] = str(self._book.folder)
        if self.engine == "flink":  # its REST API has new figures every ten seconds otherwise
            document["spec"]["flink"] = {"conf": {"metrics.fetcher.update-interval": "500"}}
        return document

    def _follow(self, output: Any) -> None:
        """Show each table of words that the job prints."""
        with suppress(ValueError):  # the output is closed when the job is stopped
            for top in printed_tops(output):
                if self._view.step == "starting":
                    self._enter("counting", f"{self._book.words:,} words")
                self._show(top=top)

    def _watch_counters(self, local: Local) -> None:
        expected = most_frequent(self._book.expected.items(), 10)
        changed = time.monotonic()
        while self._view.words != self._book.words or self._view.top != expected:
            self._pause()
            local.raise_if_ended()
            counters = local.counters()
            if counters and counters.words:
                if counters.words != self._view.words or not self._book.complete:
                    changed = time.monotonic()
                self._show(words=counters.words, rate=self._rate(counters.words))
            if time.monotonic() - changed > COUNT_TIMEOUT:
                raise ValueError(f"{self.engine} has not counted a word for {COUNT_TIMEOUT} s; try again")

    def _rate(self, words: int) -> float | None:
        """Return the words a second over the last few seconds."""
        now = time.monotonic()
        self._samples.append((now, words))
        while len(self._samples) > 2 and now - self._samples[0][0] > RATE_SECONDS:
            self._samples.popleft()
        then, before = self._samples[0]
        return (words - before) / (now - then) if now > then else None

    def _check(self) -> None:
        """Count the whole book with `once`, and compare every count."""
        self._show(rate=None)
        self._enter("checking", f"all {len(self._book.expected):,} counts")
        counts = self._folder / "counts.json"
        job = Options("book", Files(str(self._book.folder)), once=True, counts=str(counts))
        with running(job, self.engine, self._folder) as process:
            try:
                while process.poll() is None:
                    self._pause()
            finally:
                kill(process)
                process.communicate()
        if process.returncode:
            log = self._folder / f"{self.engine}.log"
            raise ValueError(f"{self.engine} has ended: {run.explain(log, self.engine)}")
        found = json.loads(counts.read_text())
        self.different = different(found, self._book.expected)
        self._enter("done")


def different(found: dict[str, int], expected: dict[str, int]) -> int:
    """Return how many words have another count than expected."""
    return sum(found.get(word) != expected.get(word) for word in found.keys() | expected.keys())


def fetched(written: int, size: str) -> str:
    """Return how far an installation of `size` ("about 550 MB") is that has written so many bytes.

    Unpacking writes more than was fetched.
    """
    most = re.search(r"\d+", size)
    if not most or not written:
        return size
    megabytes = written // 1_000_000
    return f"{megabytes} of {size}" if megabytes < int(most[0]) else f"{size}, unpacking"


def _written(pid: int) -> int:
    """Return how many bytes a process has written, as far as the system says so."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/io").read_text().splitlines():
            if line.startswith("wchar:"):
                return int(line.split()[1])
    return 0
