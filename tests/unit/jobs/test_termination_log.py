"""The message of a container that has ended."""

import json
from pathlib import Path

from wordcount_core.failure_codes import FailureCode
from wordcount_core.failures import JobFailure
from wordcount_jobs.common.termination_log import report


def test_the_report_is_left_where_kubernetes_looks(tmp_path: Path) -> None:
    """Only where there is such a file."""
    log = tmp_path / "termination-log"
    report(JobFailure(FailureCode.PROGRAM_ERROR, "why"), log)
    assert not log.exists()
    log.touch()
    report(JobFailure(FailureCode.PROGRAM_ERROR, "why"), log)
    assert json.loads(log.read_text()) == {"cause": "UserCode", "message": "why"}
