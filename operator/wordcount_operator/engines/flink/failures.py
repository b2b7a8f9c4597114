"""Java exceptions → the class of the cause and one sentence; never the whole trace, and never a secret."""

import re
from collections.abc import Mapping
from typing import Any

from wordcount_core import failures
from wordcount_core.options import Options
from wordcount_jobs.common import kafka_preflight
from wordcount_operator.model.job import Cause

LONGEST = 300
_THROWN = re.compile(r"^(?:Caused by: )?((?:[a-z][\w$]*\.)+[A-Z][\w$]*)(?:: (.*))?$")
_SECRET = re.compile(
    r"(?i)((?:password|passwd|secret|token|sasl\.jaas\.config|credential\w*)\s*[=:]\s*)[^\s;,]+"
)
_KAFKA_SOURCE = (
    "spec.source.kafka.bootstrapServers: Kafka does not answer; correct the address or start Kafka"
)
_KAFKA_SINK = "spec.sink.kafka.bootstrapServers: Kafka does not answer; correct the address or start Kafka"
_POSTGRES = "spec.sink.postgres.url: PostgreSQL does not take the counts; start it, or correct the url"
_KAFKA = {_KAFKA_SOURCE: "source", _KAFKA_SINK: "sink"}
_NO_STATE = (
    "spec.checkpoint.storage: the state at status.checkpoint.latest.location cannot be read; bring it back, or write "
    "spec.upgrade.mode: stateless and another spec.restartNonce to count anew"
)
_NO_STORE = (
    "spec.checkpoint.storage: the state cannot be written or read there; is the volume full or read-only, or the store "
    "away? The JobManager's log says more"
)
_OTHER_STATE = (
    "the state was written by a program that differs too much; go back to the image and to the kinds of source and sink that wrote it, or write "
    "spec.upgrade.mode: stateless to count anew"
)
_TABLE: tuple[tuple[str, Cause, str], ...] = (
    (r"OutOfMemoryError|reason=OOMKilled", Cause.OUT_OF_MEMORY, "out of memory; raise spec.resources.worker.memory"),
    (r"StateMigrationException|IncompatibleSerializer|InvalidSavepoint", Cause.STATE_INCOMPATIBLE, _OTHER_STATE),
    (r"There is no operator for the state|Cannot map checkpoint/savepoint", Cause.STATE_INCOMPATIBLE, _OTHER_STATE),
    (r"Cannot find (?:checkpoint|meta data|metadata)|Failed to (?:rollback to|restore|load) .*(?:check|save)point",
     Cause.STATE_UNAVAILABLE, _NO_STATE),
    (r"runtime\.checkpoint\.(?:Checkpoints\.load|metadata\.Metadata)", Cause.STATE_UNAVAILABLE, _NO_STATE),
    # All that Flink tells of a volume that is full or read-only.
    (r"Failure to finalize checkpoint|Asynchronous task checkpoint failed|IO-problem detected",
     Cause.STATE_UNAVAILABLE, _NO_STORE),
    (r"s3native|S3Exception|software\.amazon\.awssdk", Cause.STATE_UNAVAILABLE, _NO_STORE),
    (r"FileNotFoundException.*(?:chk-|savepoint|shared/|taskowned)", Cause.STATE_UNAVAILABLE, _NO_STATE),
    (r"KafkaSourceEnumerator|KafkaPartitionSplitReader|Failed to (?:list|describe|fetch) .*(?:topic|partition)",
     Cause.SOURCE_UNAVAILABLE, _KAFKA_SOURCE),
    (r"KafkaWriter|KafkaCommitter|FlinkKafkaInternalProducer|Failed to send data to Kafka"
     # Kafka's own exceptions have no frames: this one came out of the end of a chain, where the sink is.
     r"|ExceptionInChainedOperatorException.*kafka\.common\.errors", Cause.SINK_UNAVAILABLE, _KAFKA_SINK),
    (r"connector\.jdbc|org\.postgresql|PSQLException", Cause.SINK_UNAVAILABLE, _POSTGRES),
    (r"SocketTextStreamFunction|java\.net\.(?:Connect|UnknownHost|NoRouteToHost)Exception",
     Cause.SOURCE_UNAVAILABLE, "spec.source.socket: nobody answers there; correct host and port or start the server"),
    (r"NoResourceAvailableException", Cause.INFRASTRUCTURE, "no TaskManager became ready in time"),
    (r"RemoteTransportException|TaskManager.*(?:lost|no longer reachable|disconnected|shut ?down)|"
     r"HeartbeatTimeout|[Hh]eartbeat of TaskManager|JobMaster.*leadership|PartitionConnectionException|"
     r"RecipientUnreachableException|TaskExecutor(?: is shutting down|.*(?:disconnect|not reachable))|Pod .*(?:deleted|terminated)",
     Cause.INFRASTRUCTURE, "a TaskManager was lost; another one takes its place"),
)  # fmt: skip
"""The first row whose pattern is found in the trace; its sentence goes before the exception's own words."""


def from_exception_history(document: Any) -> tuple[Cause, str] | None:
    """Cause and sentence of the newest failure in a job's exception history; None where it has none."""
    entries = document.get("exceptionHistory", {}).get("entries", []) if document else []
    if not entries:
        return None
    newest = max(entries, key=lambda entry: entry.get("timestamp", 0))
    return from_stack_trace(newest.get("stacktrace") or newest.get("exceptionName") or "")


def from_execution_result(document: Any) -> tuple[Cause, str]:
    """Cause and sentence of a job that has failed for good, also of one that never came to its tasks."""
    failure = (document or {}).get("job-execution-result", {}).get("failure-cause") or {}
    return from_stack_trace(failure.get("stack-trace") or failure.get("class") or "the job failed")


def from_stack_trace(trace: str) -> tuple[Cause, str]:
    """Cause and sentence of one stack trace."""
    _, words = innermost_exception(trace)
    flat = " ".join(trace.split())
    for pattern, cause, sentence in _TABLE:
        if re.search(pattern, flat):
            if sentence in _KAFKA and (trouble := kafka_preflight.told(trace)):
                return cause, trouble.where(_KAFKA[sentence])
            return cause, f"{sentence} ({words})"[:LONGEST]
    return Cause.USER_CODE, words


def innermost_exception(trace: str) -> tuple[str, str]:
    """Class of the innermost exception, and its first line in words: `NullPointerException: why`."""
    thrown = [match for line in trace.splitlines() if (match := _THROWN.match(line.strip()))]
    if not thrown:
        return "", _clean(next(iter(trace.strip().splitlines()), "no reason given"))
    name, text = thrown[-1].groups()
    while inner := _THROWN.match(text or ""):  # Flink wraps what it sends around
        name, text = inner.groups()
    short = name.rpartition(".")[2].rpartition("$")[2]
    return name, _clean(f"{short}: {text}" if text else short)


def _clean(line: str) -> str:
    return _SECRET.sub(r"\1***", line.strip())[:LONGEST]


def from_rejected_submit(words: str, options: Options, conf: Mapping[str, str]) -> tuple[Cause, str]:
    """Why a program was not submitted: by its exit status (`failure.STATUS`), else in the JobManager's own words."""
    found = re.search(r"exits with code: (\d+)", words)
    status = int(found[1]) if found else 0
    if told := failures.of_field(status, options) or failures.of_kafka(status, options):
        return Cause(told.cause), told.message
    if status == failures.STATUS["SourceUnavailable"]:
        return Cause.SOURCE_UNAVAILABLE, failures.source_failure(options).message
    if status == failures.STATUS["SinkUnavailable"]:
        return Cause.SINK_UNAVAILABLE, failures.sink_failure(options).message
    if status == failures.STORAGE_STATUS:
        return Cause.STATE_UNAVAILABLE, _NO_STORE
    if status == failures.LOST_STATUS:
        return Cause.STATE_UNAVAILABLE, failures.lost_state(options).message
    if status == failures.STATUS["StateUnavailable"]:
        return Cause.STATE_UNAVAILABLE, failures.no_state(options).message
    if status == failures.STATUS["StateIncompatible"]:
        return Cause.STATE_INCOMPATIBLE, failures.other_state(options).message
    if status == failures.CONF_STATUS:
        keys = ", ".join(sorted(conf))
        return (
            Cause.USER_CODE,
            f"spec.flink.conf: the engine refuses a value among {keys}; correct or remove it",
        )
    return Cause.USER_CODE, f"{words}; the JobManager's log says more"
