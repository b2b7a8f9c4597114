"""Recognises failures in the stack traces of both engines, by the names in them.

A trace comes from one of two places. A program of ours catches it: Spark's driver, or Flink's program before
its job is submitted. Or a JobManager reports it: the trace of a Flink job. The same name may mean different
things there.
"""

import re
from dataclasses import dataclass
from enum import Enum

from wordcount_core.failure_codes import FailureCode as Code


class Origin(Enum):
    """Who has caught the exception of a stack trace."""

    PROGRAM = "a program of ours: Spark's driver, or Flink's before its job is submitted"
    JOB = "a Flink job, as its JobManager reports it"


@dataclass(frozen=True)
class TraceRow:
    """A pattern, and the failure that it means in a trace of each origin; None if it means nothing there."""

    pattern: str
    program: Code | None = None
    job: Code | None = None


# fmt: off
STACK_TRACES = (
    # First: such a query ends before it has touched anything, and the trace names what it would have touched.
    TraceRow(r"CONCURRENT_SCHEDULER_INSUFFICIENT_SLOT", program=Code.TOO_FEW_SLOTS),
    TraceRow(r"CONCURRENT_STREAM_LOG_UPDATE", program=Code.OTHER_WRITER),
    TraceRow(r"OutOfMemoryError|OOMKilled", program=Code.OUT_OF_MEMORY, job=Code.JOB_OUT_OF_MEMORY),
    TraceRow(r"ExecutorLostFailure", program=Code.EXECUTOR_LOST),

    # The state is of another program.
    TraceRow(r"StateMigrationException", program=Code.STATE_INCOMPATIBLE, job=Code.JOB_STATE_INCOMPATIBLE),
    TraceRow(r"STATE_STORE_\w*(SCHEMA|INCOMPATIBLE|MISMATCH)\w*|STREAM_FAILED_DUE_TO_STATE\w*"
             r"|OffsetSeqLog\w*Exception", program=Code.STATE_INCOMPATIBLE),
    TraceRow(r"IncompatibleSerializer|InvalidSavepoint|There is no operator for the state"
             r"|Cannot map checkpoint/savepoint", job=Code.JOB_STATE_INCOMPATIBLE),

    # The state cannot be read or written.
    TraceRow(r"CANNOT_(LOAD_STATE_STORE|WRITE_STATE_STORE|LOAD_CHECKPOINT|CREATE_CHECKPOINT)\w*"
             r"|HDFSBackedStateStore\w*|HDFSMetadataLog|CheckpointFileManager"
             r"|StreamingQueryCheckpointMetadata\w*|\[Errno (5|13|28|30|116|122)\]|CheckpointException"
             r"|\w*CheckpointStorageAccess|fs\.s3a\.\w+"
             r"|awssdk\.\w+|botocore\.\w+|cloudpathlib\.\w+", program=Code.STATE_UNUSABLE),
    TraceRow(r"Cannot find (?:checkpoint|meta data|metadata)"
             r"|Failed to (?:rollback to|restore|load) .*(?:check|save)point", job=Code.JOB_STATE_UNREADABLE),
    TraceRow(r"runtime\.checkpoint\.(?:Checkpoints\.load|metadata\.Metadata)", job=Code.JOB_STATE_UNREADABLE),
    # All that Flink reports of a volume that is full or read-only.
    TraceRow(r"Failure to finalize checkpoint|Asynchronous task checkpoint failed|IO-problem detected",
             job=Code.STORAGE),
    TraceRow(r"s3native|S3Exception|software\.amazon\.awssdk", job=Code.STORAGE),
    TraceRow(r"FileNotFoundException.*(?:chk-|savepoint|shared/|taskowned)", job=Code.JOB_STATE_UNREADABLE),

    # Source and sink, after the state: a micro-batch of Spark writes its state while it writes to Kafka.
    TraceRow(r"KafkaSourceEnumerator|KafkaPartitionSplitReader"
             r"|Failed to (?:list|describe|fetch) .*(?:topic|partition)", job=Code.JOB_SOURCE_KAFKA),
    # Kafka's own exceptions have no frames. On Flink, this one came from the end of a chain: the sink.
    TraceRow(r"KafkaWriter|KafkaCommitter|ExceptionInChainedOperatorException.*kafka\.common\.errors",
             program=Code.SINK, job=Code.JOB_SINK_KAFKA),
    TraceRow(r"psycopg\.\w+|Kafka(Row|Data|Stream\w*)Writer|NotEnoughReplicas\w*Exception",
             program=Code.SINK),
    TraceRow(r"FlinkKafkaInternalProducer|Failed to send data to Kafka", job=Code.JOB_SINK_KAFKA),
    TraceRow(r"connector\.jdbc|org\.postgresql|PSQLException", job=Code.JOB_SINK_POSTGRES),

    TraceRow(r"PATH_NOT_FOUND|ConnectException|UnknownHostException|NoRouteToHostException"
             r"|SocketTimeoutException|FileNotFoundException|UnknownTopicOrPartition\w*"
             r"|org\.apache\.kafka\.\w[\w.]*Exception|KAFKA_\w+",
             program=Code.SOURCE),
    TraceRow(r"SocketTextStreamFunction|java\.net\.(?:Connect|UnknownHost|NoRouteToHost)Exception",
             job=Code.JOB_SOURCE_SOCKET),

    # The cluster.
    TraceRow(r"NoResourceAvailableException", job=Code.NO_TASKMANAGER),
    TraceRow(r"RemoteTransportException|TaskManager.*(?:lost|no longer reachable|disconnected|shut ?down)"
             r"|HeartbeatTimeout|[Hh]eartbeat of TaskManager|JobMaster.*leadership"
             r"|PartitionConnectionException|RecipientUnreachableException"
             r"|TaskExecutor(?: is shutting down|.*(?:disconnect|not reachable))"
             r"|Pod .*(?:deleted|terminated)",
             job=Code.TASKMANAGER_LOST),
)
# fmt: on
"""The rows in the order in which they are tried."""


def first_match(trace: str, origin: Origin) -> tuple[Code, str] | None:
    """Return the failure of the first matching row, and the matching text; None if no row matches."""
    flat = " ".join(trace.split())
    for row in STACK_TRACES:
        code = row.program if origin is Origin.PROGRAM else row.job
        if code is not None and (found := re.search(row.pattern, flat)):
            return code, found.group()
    return None
