"""What the engines' images start."""

import subprocess
import sys
from pathlib import Path

import pytest

from tools.cluster.paths import CHECKOUT

SCRIPTS = (
    "spark/entrypoint.sh",
    "spark/spark-submit",
    "flink/kubernetes-jobmanager.sh",
    "flink/kubernetes-taskmanager.sh",
)
PROGRAM = """
import signal, sys
signal.signal(signal.SIGTERM, lambda *_: (print("asked"), sys.exit(0)))
print("runs", flush=True)
signal.pause()
"""


def test_a_sigterm_reaches_the_drivers_program() -> None:
    """No shell wrapper swallows it: the image's entry point becomes the program, which is asked and ends by
    itself.
    """
    words = ("bash", CHECKOUT / "docker" / SCRIPTS[0], sys.executable, "-c", PROGRAM)
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "runs\n"
        process.terminate()
        assert process.communicate(timeout=10)[0] == "asked\n"
    assert process.returncode == 0


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_start_script_becomes_its_program(script: str) -> None:
    """The last command is an exec, so that no shell is between a signal and the program."""
    lines = Path(CHECKOUT, "docker", script).read_text().replace("\\\n", " ").strip().splitlines()
    assert lines[-1].startswith("exec ")
