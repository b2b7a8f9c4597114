"""The embedded target: one engine runs as a process of this machine."""

import json
import os
import platform
import signal
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator
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
    """Runs one engine as `wordcount run` does, with its state in a folder."""

    def __init__(self, engine: str, folder: Path) -> None:
        """Prepare the engine's environment; `folder` must exist, and its content may be deleted."""
        self._engine, self._folder = engine, folder
        self._python = python(engine)
        self._process: subprocess.Popen[str] | None = None
        self._job: Options | None = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]

    def machine(self) -> str:
        """Return how many cores this machine has."""
        return f"one machine with {os.cpu_count()} cores ({platform.machine()})"

    @contextmanager
    def probe(self, plan: Plan) -> Iterator[Iterator[str]]:
        """Run the probe as a process, so that it goes on producing while the engine is killed."""
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
        """Start the job; it reports its progress on a port of this machine."""
        spec = read(document).spec
        block = getattr(spec, self._engine)
        spark = self._engine == "spark"
        ports = {} if spark else {"rest.port": f"{self._port}", "rest.bind-port": f"{self._port}"}
        job = job_options(
            document["metadata"]["name"],
            spec,
            checkpoint_dir=str(self._folder / "state"),
            conf=ports | (dict(block.conf) if block else {}),
            progress_port=self._port if spark else None,
        )
        self._job = run.prepare(job, self._engine)
        self._start_job(self._job)

    def stop(self) -> None:
        """Kill the processes and remove the state."""
        self._kill_job()
        rmtree(self._folder / "state", ignore_errors=True)

    def kill(self) -> str:
        """Kill the processes as if the machine were lost, and start again from the newest checkpoint."""
        assert self._job
        self._kill_job()
        again = replace(self._job, continues=True)
        if self._engine == "flink":
            checkpoints = (self._folder / "state").glob("*/chk-*/_metadata")
            newest = max(checkpoints, key=lambda path: path.stat().st_mtime, default=None)
            if newest is None:
                raise ValueError("flink was killed before it had made a checkpoint; use a larger --seconds")
            again = replace(self._job, resume_from=str(newest.parent))
        self._start_job(again)
        return "all its processes, by SIGKILL"

    def usage(self) -> Usage:
        """Return the usage of the program, its JVM and its Python workers."""
        return of_session(self._process.pid) if self._process else Usage()

    def latest(self) -> Snapshot | None:
        """Return the newest checkpoint as the operator reads it."""
        self.raise_if_ended()
        if self._engine == "spark":
            body = self._get("/progress")
            return spark_states.checkpoint(body, "") if body else None
        job = self._flink()
        return checkpoints.checkpoint(self._get(f"{job}/checkpoints") or {}) if job else None

    def late_lines(self) -> int | None:
        """Return the late lines as the operator reads them."""
        counters = self.counters()
        return counters.late_lines if counters else None

    def counters(self) -> Counters | None:
        """Return what the run has counted, as the operator reads it; None if it does not report it yet."""
        return self._spark_counters() if self._engine == "spark" else self._flink_counters()

    def output(self) -> Iterable[str]:
        """Return the lines that the job prints, until it ends; none if it was not started."""
        return self._process.stdout or () if self._process else ()

    def _spark_counters(self) -> Counters | None:
        body = self._get("/progress")
        return spark_states.counters(body) if body else None

    def _flink_counters(self) -> Counters | None:
        url = self._flink()
        document = self._get(url) if url else None
        if not document:
            return None
        answers: dict[Read, HttpReply] = {
            each: HttpReply(200, self._get(each.url) or []) for each in progress.reads(document, url)
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

    def _start_job(self, job: Options) -> None:
        self._process = run.start(self._python, job, self._engine, self._folder / f"{self._engine}.log")

    def _kill_job(self) -> None:
        if self._process:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.communicate()
            self._process = None

    def raise_if_ended(self) -> None:
        """Raise a ValueError with the last line of its log if the job has ended by itself."""
        if self._process and self._process.poll() is not None:
            log = self._folder / f"{self._engine}.log"
            raise ValueError(f"{self._engine} has ended: {run.explain(log, self._engine)}")
