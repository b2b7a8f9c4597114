"""`python -m tools.try_it`: both engines count the book side by side, live, without a cluster."""

import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.live import Live

from tools.testbed import ENGINES
from tools.try_it.book import Book
from tools.try_it.engine_run import EngineRun
from tools.try_it.screen import line, render

REFRESH_INTERVAL = 0.5
LINE_INTERVAL = 10
"""Seconds between two lines about the same step, where there is no terminal."""
LAST_LINE = "Ctrl-C ends it, and leaves no process and no folder behind."
FURTHER = """
What you saw is examples/03-files/wordcount.yaml, run by the same programs as in a cluster. Next:
  make demo     # the operator in a cluster of its own, on this machine: both engines, Kafka, recovery
  uv run wordcount run examples/04-rate/wordcount.yaml --engine flink     # one resource on this machine
"""
console = Console(highlight=False)


def show(console: Console) -> int:
    """Show both engines until they have counted the book; return the exit status."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="wordcount-try-") as folder:
        book = Book(Path(folder))
        runs = [EngineRun(engine, book, Path(folder) / engine) for engine in ENGINES]
        with _ended_after(runs):
            (_live if console.is_terminal else _lines)(console, runs, book)
    if errors := dict.fromkeys(run.error for run in runs if run.error):
        console.print(*(f"✗ {error}" for error in errors), sep="\n", markup=False, soft_wrap=True)
        return 1
    counts = {run.engine: run.different for run in runs if run.different is not None}
    assert len(counts) == len(runs), "a run without an error has compared its counts"
    sentence = verdict(counts, book.words, len(book.expected))
    console.print(sentence, f"It took {time.monotonic() - began:.0f} s.", markup=False, soft_wrap=True)
    console.print(FURTHER, markup=False, soft_wrap=True)
    return int(any(counts.values()))


def verdict(different: dict[str, int], words: int, distinct: int) -> str:
    """Return whether the engines have the definition's counts; `different` has the number of wrong ones."""
    wrong = [f"{engine} has {number:,} other counts" for engine, number in different.items() if number]
    if wrong:
        return f"✗ {' and '.join(wrong)} than the plain-Python definition; please report this."
    return (
        f"✓ Both engines counted all {words:,} words, and each of their {distinct:,} counts is the same as "
        "that of the plain-Python definition (jobs/wordcount_core/tokenizer.py)."
    )


def _pictures(runs: Sequence[EngineRun], book: Book) -> Iterator[None]:
    """Yield until all runs have ended or one has failed; let the book come when both engines show words."""
    while any(run.is_alive() for run in runs) and not any(run.error for run in runs):
        if all(run.view.top for run in runs):
            book.come()
        yield
        time.sleep(REFRESH_INTERVAL)


def _live(console: Console, runs: Sequence[EngineRun], book: Book) -> None:
    with Live(console=console, auto_refresh=False) as screen:
        for _ in _pictures(runs, book):
            screen.update(render([run.view for run in runs], book.words, LAST_LINE), refresh=True)
        screen.update(render([run.view for run in runs], book.words, ""), refresh=True)


def _lines(console: Console, runs: Sequence[EngineRun], book: Book) -> None:
    """Print a line for each step of each engine and sometimes within it, and in the end the picture."""
    shown: dict[str, tuple[str, int]] = {}
    for _ in _pictures(runs, book):
        for view in (run.view for run in runs):
            moment = (view.step, int(view.seconds) // LINE_INTERVAL)
            if shown.get(view.engine) != moment:
                shown[view.engine] = moment
                console.print(line(view, book.words), markup=False, soft_wrap=True)
    if not any(run.error for run in runs):
        console.print(render([run.view for run in runs], book.words, ""))


@contextmanager
def _ended_after(runs: Sequence[EngineRun]) -> Iterator[None]:
    """Start the runs; at the end stop them and wait until they have ended their processes."""
    try:
        for run in runs:
            run.start()
        yield
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        for run in runs:
            run.stop()
        for run in runs:
            if run.ident:
                run.join()


def main() -> None:
    """Show it. Ctrl-C, SIGTERM and a terminal that is closed end it in the same way."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    try:
        sys.exit(show(console))
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        sys.exit(f"✗ {error.strerror or error}: {error.filename or tempfile.gettempdir()}; free some space")


if __name__ == "__main__":
    main()
