"""Turns what Flink reports of a failure into a cause and one short sentence without secrets."""

import re
from collections.abc import Mapping
from typing import Any

from wordcount_core import failures, kafka_errors
from wordcount_core.causes import Cause
from wordcount_core.failure_codes import FailureCode
from wordcount_core.options import Options
from wordcount_core.stack_traces import Origin, first_match

MAX_LENGTH = 300
_THROWN = re.compile(r"^(?:Caused by: )?((?:[a-z][\w$]*\.)+[A-Z][\w$]*)(?:: (.*))?$")
_SECRET = re.compile(
    r"(?i)((?:password|passwd|secret|token|sasl\.jaas\.config|credential\w*)\s*[=:]\s*)[^\s;,]+"
)
_KAFKA_PARTS = {FailureCode.JOB_SOURCE_KAFKA: "source", FailureCode.JOB_SINK_KAFKA: "sink"}


def from_exception_history(document: Any) -> tuple[Cause, str] | None:
    """Return cause and sentence of the newest failure in a job's exception history; None if it has none."""
    entries = document.get("exceptionHistory", {}).get("entries", []) if document else []
    if not entries:
        return None
    newest = max(entries, key=lambda entry: entry.get("timestamp", 0))
    return from_stack_trace(newest.get("stacktrace") or newest.get("exceptionName") or "")


def from_execution_result(document: Any) -> tuple[Cause, str]:
    """Return cause and sentence of a job that has failed for good, also if its tasks never started."""
    failure = (document or {}).get("job-execution-result", {}).get("failure-cause") or {}
    return from_stack_trace(failure.get("stack-trace") or failure.get("class") or "the job failed")


def from_stack_trace(trace: str) -> tuple[Cause, str]:
    """Return cause and sentence of one stack trace of a job."""
    _, words = innermost_exception(trace)
    if (found := first_match(trace, Origin.JOB)) is None:
        return Cause.USER_CODE, words
    code, _ = found
    if code in _KAFKA_PARTS and (error := kafka_errors.from_stack_trace(trace)):
        return code.cause, error.message(_KAFKA_PARTS[code])
    return code.cause, f"{code.message(code.sentence)} ({words})"[:MAX_LENGTH]


def innermost_exception(trace: str) -> tuple[str, str]:
    """Return the class of the innermost exception, and its first line: `NullPointerException: why`."""
    thrown = [match for line in trace.splitlines() if (match := _THROWN.match(line.strip()))]
    if not thrown:
        return "", _clean(next(iter(trace.strip().splitlines()), "no reason given"))
    name, text = thrown[-1].groups()
    while inner := _THROWN.match(text or ""):  # Flink wraps the exceptions that it sends between processes
        name, text = inner.groups()
    short = name.rpartition(".")[2].rpartition("$")[2]
    return name, _clean(f"{short}: {text}" if text else short)


def _clean(line: str) -> str:
    return _SECRET.sub(r"\1***", line.strip())[:MAX_LENGTH]


def from_rejected_submit(words: str, options: Options, conf: Mapping[str, str]) -> tuple[Cause, str]:
    """Return why a program was not submitted: from its exit status, else in the JobManager's own words."""
    status = re.search(r"exits with code: (\d+)", words)
    failure = failures.from_exit_status(int(status[1]), options, ", ".join(sorted(conf))) if status else None
    if failure is None:
        return Cause.USER_CODE, f"{words}; the JobManager's log says more"
    return failure.cause, failure.message
