"""A fake of the part of a JobManager's REST API that the operator uses; it runs no job.

`tests/e2e/sessions/test_jobmanager.py` holds it and a real JobManager to the same conversation.
"""

import copy
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from wordcount_operator.model.reads import HttpReply

RUNNING = json.loads(
    (Path(__file__).parents[1] / "unit" / "engines" / "flink" / "answers" / "job-running.json").read_text()
)
TERMINAL = ("FINISHED", "CANCELED", "FAILED")


class JobManager:
    """Jobs by their ids, and how many ever ran at once."""

    def __init__(self) -> None:
        self.jobs: dict[str, str] = {}
        self.begun_from: dict[str, str] = {}
        self.savepoints: dict[str, str] = {}
        self.most_at_once = 0
        self.checkpoints = True
        """Whether jobs finish checkpoints."""

    def answer(self, method: str, path: str, body: Any) -> HttpReply:
        """The reply to one request; 404 for what it does not know."""
        routes: tuple[tuple[str, str, Callable[..., HttpReply]], ...] = (
            ("POST", r"/jars/[^/]+/run", self._run),
            ("GET", r"/jobs/(\w+)", self._job),
            ("PATCH", r"/jobs/(\w+)\?mode=cancel", self._cancel),
            ("POST", r"/jobs/(\w+)/stop", self._stop),
            ("POST", r"/jobs/(\w+)/savepoints", self._save),
            ("GET", r"/jobs/(\w+)/savepoints/(\w+)", self._saved),
            ("GET", r"/jobs/(\w+)/checkpoints", self._checkpoints),
        )
        for verb, pattern, act in routes:
            match = re.fullmatch(pattern, path) if verb == method else None
            if match and match.groups() and match[1] not in self.jobs:
                return HttpReply(404, {"errors": [f"Job {match[1]} not found"]})
            if match:
                return act(*match.groups(), *([] if body is None else [body]))
        return HttpReply(404, {"errors": ["Not found."]})

    def fail(self) -> None:
        """Lets every job that runs fail for good."""
        self.jobs = {job: "FAILED" if state == "RUNNING" else state for job, state in self.jobs.items()}

    @property
    def running(self) -> list[str]:
        """The ids of the jobs that run."""
        return [job for job, state in self.jobs.items() if state not in TERMINAL]

    def _run(self, body: Any) -> HttpReply:
        job = body["jobId"]
        if job in self.jobs:
            return HttpReply(400, {"errors": ["Job has already been submitted."]})
        self.jobs[job] = "RUNNING"
        options = json.loads(body["programArgsList"][-1])
        self.begun_from[job] = options.get("resumeFrom") or options.get("restoreFrom") or ""
        self.most_at_once = max(self.most_at_once, len(self.running))
        return HttpReply(200, {"jobid": job})

    def _job(self, job: str) -> HttpReply:
        document = copy.deepcopy(RUNNING)
        document |= {"jid": job, "state": self.jobs[job], "end-time": 1795361980010}
        for vertex in document["vertices"]:
            vertex["status"] = self.jobs[job]
        return HttpReply(200, document)

    def _cancel(self, job: str, body: Any) -> HttpReply:
        if self.jobs[job] in TERMINAL:
            return HttpReply(409, {"errors": ["Job is terminal."]})
        self.jobs[job] = "CANCELED"
        return HttpReply(202, {})

    def _stop(self, job: str, body: Any) -> HttpReply:
        self._save(job, {"target-directory": body["targetDirectory"], "triggerId": body["triggerId"]})
        self.jobs[job] = "FINISHED"
        return HttpReply(202, {"request-id": body["triggerId"]})

    def _save(self, job: str, body: Any) -> HttpReply:
        folder = body["target-directory"].replace("file://", "file:")
        place = f"{folder}/savepoint-{job[:6]}-{body['triggerId'][:6]}"
        self.savepoints.setdefault(f"{job}/{body['triggerId']}", place)
        return HttpReply(202, {"request-id": body["triggerId"]})

    def _saved(self, job: str, trigger: str) -> HttpReply:
        place = self.savepoints.get(f"{job}/{trigger}")
        if place is None:
            return HttpReply(404, {"errors": ["There is no savepoint operation with this trigger id."]})
        return HttpReply(200, {"status": {"id": "COMPLETED"}, "operation": {"location": place}})

    def _checkpoints(self, job: str) -> HttpReply:
        newest = {
            "id": 1,
            "external_path": f"file:/data/checkpoints/{job}/chk-1",
            "latest_ack_timestamp": 1795361980010,
            "state_size": 1000,
            "end_to_end_duration": 40,
            "discarded": False,
        }
        return HttpReply(200, {"latest": {"completed": newest if self.checkpoints else None}})
