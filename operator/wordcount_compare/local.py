"""The embedded ground: one engine as a process of this machine; never a cluster."""

import json
import os
import platform
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from shutil import rmtree
from typing import Any
from urllib.request import urlopen

from wordcount_cli.local import run
from wordcount_cli.local.engine_envs import python
from wordcount_compare.plan import Plan
from wordcount_compare.processes import Usage, of_session
from wordcount_core.options import Options
from wordcount_operator.api.v1alpha1 import Snapshot
from wordcount_operator.api.validation import read
from wordcount_operator.engines.common.job_options import job_options
from wordcount_operator.engines.flink import checkpoints, progress
from wordcount_operator.engines.spark import states as spark_states
from wordcount_operator.model.job import Counters
from wordcount_operator.model.reads import HttpReply, Observed, Read


class Local:
    """Runs one engine as `wordcount run` does, with state in a folder."""

    def __init__(self, engine: str, folder: Path) -> None:
        """`folder` must be there; what is in it is ours."""
        self._engine, self._folder = engine, folder
        self._python = python(engine)
        self._process: subprocess.Popen[str] | None = None
        self._job: Options | None = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]

    def machine(self) -> str:
        """This one."""
        return f"one machine with {os.cpu_count()} cores ({platform.machine()})"

    @contextmanager
    def probe(self, plan: Plan) -> Iterator[Iterator[str]]:
        """As a process, so that it types on while the engine is being killed."""
        command = [sys.executable, "-m", "wordcount_compare.probe", plan.to_json()]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env=environment, start_new_session=True
        ) as process:
            assert process.stdout
            try:
                yield iter(process.stdout)
            finally:
                process.terminate()

    def start(self, document: dict[str, Any]) -> None:
        """Its progress is told on a port of this machine."""
        spec = read(document).spec
        block = getattr(spec, self._engine)
        spark = self._engine == "spark"
        own = {} if spark else {"rest.port": f"{self._port}", "rest.bind-port": f"{self._port}"}
        job = job_options(
            document["metadata"]["name"],
            spec,
            checkpoint_dir=str(self._folder / "state"),
            conf=own | (dict(block.conf) if block else {}),
            progress_port=self._port if spark else None,
        )
        self._job = run.prepare(job, self._engine)
        self._begin(self._job)

    def stop(self) -> None:
        """By force: its state goes anyway."""
        self._end()
        rmtree(self._folder / "state", ignore_errors=True)

    def kill(self) -> str:
        """The process and its JVM at once, as when a machine is lost; then again from the newest checkpoint."""
        assert self._job
        self._end()
        again = replace(self._job, continues=True)
        if self._engine == "flink":
            made = (self._folder / "state").glob("*/chk-*/_metadata")
            newest = max(made, key=lambda path: path.stat().st_mtime, default=None)
            if newest is None:
                raise ValueError(
                    "flink was killed before it had made a checkpoint; compare with more --seconds"
                )
            again = replace(self._job, resume_from=str(newest.parent))
        self._begin(again)
        return "all its processes, by SIGKILL"

    def usage(self) -> Usage:
        """Of the program, its JVM and Python workers."""
        return of_session(self._process.pid) if self._process else Usage()

    def latest(self) -> Snapshot | None:
        """As the operator reads it."""
        self._check()
        if self._engine == "spark":
            body = self._get("/progress")
            return spark_states.checkpoint(body, "") if body else None
        job = self._flink()
        return checkpoints.checkpoint(self._get(f"{job}/checkpoints") or {}) if job else None

    def late_lines(self) -> int | None:
        """As the operator counts them."""
        counters = self._spark_counters() if self._engine == "spark" else self._flink_counters()
        return counters.late_lines if counters else None

    def _spark_counters(self) -> Counters | None:
        body = self._get("/progress")
        return spark_states.counters(body) if body else None

    def _flink_counters(self) -> Counters | None:
        url = self._flink()
        document = self._get(url) if url else None
        if not document:
            return None
        answers: dict[Read, HttpReply] = {
            look: HttpReply(200, self._get(look.url) or []) for look in progress.reads(document, url)
        }
        return progress.counters(document, url, Observed(answers))

    def _flink(self) -> str:
        jobs = (self._get("/jobs") or {}).get("jobs") or []
        return f"/jobs/{jobs[0]['id']}" if jobs else ""

    def _get(self, path: str) -> Any:
        with (
            suppress(OSError, ValueError),
            urlopen(f"http://127.0.0.1:{self._port}{path}", timeout=5) as reply,
        ):
            return json.loads(reply.read())
        return None

    def _begin(self, job: Options) -> None:
        self._process = run.start(self._python, job, self._engine, self._folder / f"{self._engine}.log")

    def _end(self) -> None:
        if self._process:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.communicate()
            self._process = None

    def _check(self) -> None:
        if self._process and self._process.poll() is not None:
            lines = (self._folder / f"{self._engine}.log").read_text(errors="replace").splitlines()
            raise ValueError(f"{self._engine} has ended: {lines[-1] if lines else 'without a word'}")
