"""`make try`, whole, on the real engines; and Ctrl-C while they run."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tools.cluster.paths import CHECKOUT

pytestmark = pytest.mark.nightly
COMMAND = [sys.executable, "-m", "tools.try_it"]


def started(folder: Path) -> "subprocess.Popen[str]":
    """Start it where there is no terminal, with its temporary files in this folder."""
    environment = os.environ | {"TMPDIR": str(folder), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return subprocess.Popen(COMMAND, cwd=CHECKOUT, env=environment, stdout=subprocess.PIPE, text=True)


def processes(folder: Path) -> list[str]:
    """Return the command lines of all processes that name the folder."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = file.read_text(errors="replace")
        except OSError:
            continue
        if str(folder) in command:
            found.append(command)
    return found


def test_both_engines_count_the_book(tmp_path: Path) -> None:
    """Lines instead of a picture, the verdict, and nothing left."""
    with started(tmp_path) as process:
        output = process.communicate()[0]
    assert process.returncode == 0, output
    assert "✓ Both engines counted all 789,634 words" in output
    for engine in ("spark", "flink"):
        for step in ("starting", "counting", "checking", "done"):
            assert f"{engine}: {step}" in output
    assert output.count("62,051") == 2
    assert list(tmp_path.glob("wordcount-*")) == []
    assert processes(tmp_path) == []


def test_ctrl_c_leaves_nothing(tmp_path: Path) -> None:
    """While both engines start: no process and no folder."""
    with started(tmp_path) as process:
        deadline = time.monotonic() + 300
        while len(processes(tmp_path)) < 4:  # each engine's program and its JVM
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        output = process.communicate()[0]
    assert process.returncode == 130, output
    assert processes(tmp_path) == []
    assert list(tmp_path.glob("wordcount-*")) == []
