"""Reads the steps of a page, runs them in one shell, and compares the output with the page's.

A step is a block ```console and, directly after it, maybe a block ```text: lines that must be in the output
in this order. `…` stands for anything, a line of its own for any lines. Blocks of other languages are for
readers alone.
"""

import os
import re
import selectors
import shlex
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_BLOCKS = re.compile(
    r"^```console\n(?P<commands>.*?)^```\n(?:\s*^```text\n(?P<shown>.*?)^```\n)?", re.DOTALL | re.MULTILINE
)
_END = "--- this step ended ---"
ANY = "…"


@dataclass(frozen=True)
class Step:
    """Commands of a page, from which line on, and the lines that it shows of their output."""

    line: int
    commands: str
    shown: tuple[str, ...] = ()

    def missing(self, output: str) -> str:
        """The first line shown that is not in the output, or not where it should be; empty where all are.

        Blanks count as one.
        """
        rest = iter([" ".join(line.split()) for line in output.splitlines()])
        for wanted in self.shown:
            text = " ".join(wanted.split())
            pattern = ".*".join(map(re.escape, text.split(ANY)))
            if text not in (ANY, "") and not any(re.fullmatch(pattern, line) for line in rest):
                return wanted
        return ""


def steps(page: str) -> tuple[Step, ...]:
    """All steps of a page, in order."""
    return tuple(
        Step(
            page.count("\n", 0, found.start()) + 1,
            found["commands"],
            tuple((found["shown"] or "").splitlines()),
        )
        for found in _BLOCKS.finditer(page)
    )


class Failed(AssertionError):
    """A command ended with an error, took too long, or its output is not what the page shows.

    The text has the output.
    """


class Shell:
    """One bash, so that a step sees the functions and variables of those before it.

    It ends at the first command that fails.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._bash = subprocess.Popen(
            ["bash", "-euo", "pipefail"],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def __enter__(self) -> "Shell":
        return self

    def __exit__(self, *_: object) -> None:
        """Ends the shell and whatever it still runs."""
        with suppress(ProcessLookupError):
            os.killpg(self._bash.pid, signal.SIGKILL)
        self._bash.communicate()

    def run(self, step: Step, seconds: float) -> str:
        """What the step printed; raises Failed."""
        assert self._bash.stdin
        # Commands get an empty input: what follows in the shell's own is not theirs to read.
        self._bash.stdin.write(
            f"eval {shlex.quote(step.commands)} </dev/null\nprintf '\\n{_END}\\n'\n".encode()
        )
        self._bash.stdin.flush()
        output, why = self._read(time.monotonic() + seconds)
        if not why and (line := step.missing(output)):
            why = f"the page shows a line that is not in the output, or not there: {line}"
        if why:
            raise Failed(f"line {step.line}: {why}\n{step.commands}\n{output}")
        return output

    def _read(self, end: float) -> tuple[str, str]:
        """The output of a step, and what is wrong: it failed, or took too long."""
        assert self._bash.stdout
        mark = f"\n{_END}\n".encode()
        read = b""
        with selectors.DefaultSelector() as ready:
            ready.register(self._bash.stdout, selectors.EVENT_READ)
            while not read.endswith(mark):
                if not ready.select(max(0.0, end - time.monotonic())):
                    return read.decode(errors="replace"), "this is not over within its time"
                some = os.read(self._bash.stdout.fileno(), 65536)
                read += some
                if not some:
                    return read.decode(errors="replace"), f"a command ended with {self._bash.wait()}"
        return read.removesuffix(mark).decode(errors="replace"), ""
