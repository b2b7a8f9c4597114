"""A real PostgreSQL server on a port of this machine; Debian's package if none is installed."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tools.cluster.build import debian_packages

NOBODY = "nobody"  # PostgreSQL refuses to run as root
USER, PASSWORD = "counts", "f4r from s3cret"
START_TIMEOUT = 30.0


class Postgres:
    """A server with a database `words`, which `USER` owns.

    It can be ended and started again on the same port and data.
    """

    def __init__(self, folder: Path) -> None:
        self._data = folder / "data"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.url = f"postgresql://127.0.0.1:{self.port}/words"
        self._process: subprocess.Popen[bytes] | None = None

    def make(self) -> None:
        """The data folder, the user and the database."""
        secret = self._data.parent / "password"
        secret.write_text(PASSWORD)
        words = [
            "--auth=scram-sha-256",
            f"--username={USER}",
            f"--pwfile={secret}",
            "--no-sync",
            "--encoding=UTF8",
        ]
        _run(program("initdb"), *words, "--locale=C.UTF-8", str(self._data))
        self.start()
        with psycopg.connect(
            self.url.replace("/words", "/postgres"), user=USER, password=PASSWORD
        ) as session:
            session.autocommit = True
            session.execute("CREATE DATABASE words")

    def start(self) -> None:
        """Begins the server, and waits until it answers. Raises TimeoutError."""
        flags = [f"-p{self.port}", "-h127.0.0.1", f"-k{self._data.parent}", "-cfsync=off"]
        self._process = subprocess.Popen(
            [program("postgres"), "-D", str(self._data), *flags],
            user=NOBODY,
            cwd=self._data.parent,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + START_TIMEOUT
        while time.monotonic() < deadline:
            try:
                psycopg.connect(self.url.replace("/words", "/postgres"), user=USER, password=PASSWORD).close()
                return
            except psycopg.OperationalError:
                time.sleep(0.1)
        raise TimeoutError("PostgreSQL does not answer")

    def stop(self) -> None:
        """Ends the server at once; what it had committed it finds again."""
        if self._process:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(START_TIMEOUT)
            self._process = None

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """What a query finds."""
        with psycopg.connect(self.url, user=USER, password=PASSWORD) as session:
            return list(session.execute(query.encode()))

    def run(self, statement: str) -> None:
        """Runs a statement and commits it."""
        with psycopg.connect(self.url, user=USER, password=PASSWORD) as session:
            session.execute(statement.encode())


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A server of its own, with nothing in its database."""
    with tempfile.TemporaryDirectory(prefix="postgres-", ignore_cleanup_errors=True) as folder:
        owner = pwd.getpwnam(NOBODY)
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        server = Postgres(Path(folder))
        try:
            server.make()
            yield server
        finally:
            server.stop()


def program(name: str) -> str:
    """Where a program of PostgreSQL's server is; Debian keeps them out of PATH."""
    if not _installed(name):
        debian_packages({"postgresql": name})
    found = _installed(name)
    assert found, f"the package postgresql brought no {name}"
    return found


def _installed(name: str) -> str | None:
    newest = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))[-1:]
    return shutil.which(name) or (str(newest[0]) if newest else None)


def _run(*words: str) -> None:
    subprocess.run(words, user=NOBODY, cwd="/", check=True, stdout=subprocess.DEVNULL)


def secret(folder: Path) -> None:
    """The Secret of `USER`, as files."""
    folder.mkdir(parents=True)
    (folder / "username").write_text(USER)
    (folder / "password").write_text(f"{PASSWORD}\n")
