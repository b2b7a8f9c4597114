"""The stand-in for the JobManager speaks as a real one does, to which tests/e2e/sessions/test_jobmanager.py holds the same conversation."""

import json
from typing import Any

from tests.support.conversation import converse
from tests.support.jobmanager import JobManager


def test_the_stand_in_holds_the_conversation() -> None:
    """So what the crash points show with it holds with Flink."""
    flink = JobManager()

    def submit(job: str, place: str) -> dict[str, Any]:
        return {"jobId": job, "programArgsList": ["--options", json.dumps({"resumeFrom": place})]}

    converse(flink.answer, submit, "file:///data/state/a/b/c/g1")
    assert flink.running == []
    assert flink.most_at_once == 1
    assert flink.begun_from["b2" * 16].startswith("file:/data/state")
