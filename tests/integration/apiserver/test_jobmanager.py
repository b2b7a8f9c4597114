"""The tests' fake JobManager answers the same conversation as a real one."""

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
