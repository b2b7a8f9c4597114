"""Runs commands and prints for the person at the terminal what happens."""

import fcntl
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

console = Console(stderr=True, highlight=False)


class ClusterError(Exception):
    """Something that the person at the terminal has to know, as a sentence that says what to do."""


def run(*argv: object, env: Mapping[str, str] | None = None, stdin: str | None = None) -> str:
    """Run a command to its end and return its standard output; raise ClusterError when it fails."""
    words = [str(word) for word in argv]
    done = subprocess.run(words, input=stdin, capture_output=True, text=True, env=env, check=False)
    if done.returncode:
        raise ClusterError(f"`{' '.join(words)}` failed: {(done.stderr or done.stdout).strip()[-2000:]}")
    return done.stdout


def succeeds(*argv: object) -> bool:
    """Whether a command exists and ends with 0."""
    try:
        run(*argv)
    except (ClusterError, OSError):
        return False
    return True


@contextmanager
def step(sentence: str) -> Iterator[Callable[[str], None]]:
    """Show a step while it lasts, then how long it took; yields a function that shows how far it has come."""
    start = shown = time.monotonic()

    def say(detail: str) -> None:
        nonlocal shown
        if console.is_terminal:
            status.update(f"{sentence}: {detail}")
        elif time.monotonic() - shown > 20:  # a log wants a sign of life, not thousands of lines
            shown = time.monotonic()
            console.print(f"  {sentence}: {detail}", markup=False)

    with console.status(sentence) as status:
        yield say
    console.print(f"[green]✓[/] {sentence} [dim]({time.monotonic() - start:.1f} s)[/]")


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Let one command at a time do something; the kernel gives the lock of a killed one back."""
    with file.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            console.print(f"another command has {file}: waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
