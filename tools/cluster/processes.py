"""Starts long-running processes and waits until they answer."""

import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tools.cluster.terminal import ClusterError

Started = dict[str, subprocess.Popen[bytes]]


def start(started: Started, name: str, command: Sequence[str], env: Mapping[str, str], logs: Path) -> None:
    """Start a process in its own session, with only this environment, and keep it in `started`."""
    with (logs / f"{name}.log").open("ab") as log:
        started[name] = subprocess.Popen(
            command,
            env=env,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def wait(what: str, ready: Callable[[], bool], started: Started, logs: Path, seconds: float = 120) -> None:
    """Wait until something is ready.

    Raise ClusterError when it takes too long or a started process has ended.
    """
    end = time.monotonic() + seconds
    while not ready():
        for name, process in started.items():
            if process.poll() is not None:
                said = last_words(logs / f"{name}.log")
                raise ClusterError(f"{name} ended by itself with code {process.returncode}:\n{said}")
        if time.monotonic() > end:
            raise ClusterError(f"{what} was not ready after {seconds:.0f} s; the logs are in {logs}")
        time.sleep(0.1)


def last_words(log: Path, lines: int = 8) -> str:
    """The end of a log, and where all of it is."""
    return "\n".join([*log.read_text(errors="replace").splitlines()[-lines:], f"(all of it: {log})"])


def answers(address: str | Path, port: int = 0) -> bool:
    """Whether something accepts connections at a socket file, or at a TCP port."""
    family = socket.AF_UNIX if isinstance(address, Path) else socket.AF_INET
    with socket.socket(family) as connection:
        connection.settimeout(1)
        return connection.connect_ex(str(address) if isinstance(address, Path) else (address, port)) == 0
