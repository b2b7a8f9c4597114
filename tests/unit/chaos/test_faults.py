"""A stopped process goes on by itself, and a missing target is no fault."""

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.chaos import faults


@pytest.fixture
def sleeper() -> Iterator[int]:
    """A process that does nothing."""
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process.pid
        process.kill()


def state(pid: int) -> str:
    """T: stopped. S: sleeping."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def test_a_pause_ends_by_itself(sleeper: int) -> None:
    """By another process, which needs nobody any more."""
    fault = faults._pause([sleeper], "it", 0.3)
    assert fault
    assert fault.undoing
    end = time.monotonic() + 5
    while state(sleeper) != "T" and time.monotonic() < end:
        time.sleep(0.01)
    assert state(sleeper) == "T"
    assert os.getsid(fault.undoing.pid) != os.getsid(0)
    assert fault.undoing.wait(10) == 0
    while state(sleeper) != "S" and time.monotonic() < end:
        time.sleep(0.01)
    assert state(sleeper) == "S"


def test_what_ended_is_no_fault() -> None:
    """Another one is drawn for it, and nothing is left to undo."""
    with subprocess.Popen(["true"]) as process:
        process.wait()
    assert faults._pause([process.pid], "it", 60) is None


def test_an_undoing_that_fails_is_tried_again(tmp_path: Path) -> None:
    """As with an API server that is away."""
    flag = tmp_path / "flag"
    undoing = faults.later(0, "sh", "-c", 'test -e "$0" || { touch "$0"; exit 1; }', str(flag))
    assert undoing.wait(10) == 0
