"""What went wrong, in one word for programs and one sentence for people; never the engine's own text, which may hold secrets.

A failure is recognised by the names of exception classes and error conditions, never by prose.
"""

import json
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from wordcount_core.options import (
    REALTIME_PARTITIONS,
    Files,
    FilesSink,
    KafkaSink,
    KafkaSource,
    Options,
    Postgres,
    Socket,
)
from wordcount_jobs.common import kafka_preflight
from wordcount_jobs.common.kafka_preflight import TROUBLES, Trouble

TERMINATION_LOG = Path("/dev/termination-log")

SOURCE = {
    Socket: "spec.source.socket: {host}:{port} cannot be read; start the server there, or correct host and port",
    KafkaSource: "spec.source.kafka: topics {topics} at {bootstrap_servers} cannot be read; start Kafka there and "
    "create the topics, or correct bootstrapServers and topics",
    Files: "spec.source.files.path: {path} cannot be read; create it, or correct the path and its permissions",
}
SINK = (
    "spec.sink.kafka: topic {topic} at {bootstrap_servers} cannot be written; start Kafka there and create the topic, "
    "or correct bootstrapServers and topic"
)

RULES = (
    # First: such a query ends before it has touched anything, and the trace names what it would have touched.
    (
        "UserCode",
        r"CONCURRENT_SCHEDULER_INSUFFICIENT_SLOT",
        "spec.latency: low on Spark runs a task for each partition of the topics and for each of spec.parallelism at "
        f"once, and an executor has room for {REALTIME_PARTITIONS} partitions; raise spec.resources.worker.replicas, or write latency: "
        "throughput",
    ),
    (
        "ZombieWriter",
        r"CONCURRENT_STREAM_LOG_UPDATE",
        "another run still writes to this checkpoint; it must end first",
    ),
    ("OutOfMemory", r"OutOfMemoryError|OOMKilled", "the engine ran out of memory; raise spec.resources"),
    ("Infrastructure", r"ExecutorLostFailure", "an executor was lost, and with it what it was counting"),
    (
        "StateIncompatible",
        r"STATE_STORE_\w*(SCHEMA|INCOMPATIBLE|MISMATCH)\w*|STREAM_FAILED_DUE_TO_STATE\w*|StateMigrationException"
        r"|OffsetSeqLog\w*Exception",
        "the state under {dir} was written by a different program; make a new resource to count anew",
    ),
    (
        "StateUnavailable",
        r"CANNOT_(LOAD_STATE_STORE|WRITE_STATE_STORE|LOAD_CHECKPOINT|CREATE_CHECKPOINT)\w*|HDFSBackedStateStore\w*"
        r"|HDFSMetadataLog|CheckpointFileManager|StreamingQueryCheckpointMetadata\w*|\[Errno (5|13|28|30|116|122)\]"
        r"|CheckpointException|\w*CheckpointStorageAccess|fs\.s3a\.\w+|awssdk\.\w+|botocore\.\w+|cloudpathlib\.\w+",
        "spec.checkpoint.storage: the state under {dir} cannot be read or written; mend it, or write "
        "spec.upgrade.mode: stateless and another spec.restartNonce to count anew",
    ),
    # After the state: a micro-batch writes its state while it writes to Kafka.
    (
        "SinkUnavailable",
        r"psycopg\.\w+|Kafka(Row|Data|Stream\w*)?Writer|KafkaCommitter|NotEnoughReplicas\w*Exception"
        # Kafka's own exceptions have no frames: on Flink, this one came out of the end of a chain, where the sink is.
        r"|ExceptionInChainedOperatorException[\s\S]*kafka\.common\.errors",
        "",
    ),
    (
        "SourceUnavailable",
        r"PATH_NOT_FOUND|ConnectException|UnknownHostException|NoRouteToHostException|FileNotFoundException"
        r"|UnknownTopicOrPartition\w*|org\.apache\.kafka\.\w[\w.]*Exception|KAFKA_\w+|SocketTimeoutException",
        "",
    ),
)

SYSTEM = (
    r"No space left on device|Disk quota exceeded|Read-only file system|Permission denied|Input/output error"
    r"|Stale file handle"
)
"""What an operating system says of a volume that cannot be used, for which Java has no name."""

STATUS = {"SourceUnavailable": 65, "SinkUnavailable": 66, "StateUnavailable": 67, "StateIncompatible": 68}
"""Exit statuses by cause: all that Flink's REST API tells of a program that failed before its job was submitted."""
CONF_STATUS, STORAGE_STATUS, LOST_STATUS = 70, 69, 71
FIELDS = {
    "spec.sink.postgres.url": (
        72,
        "PostgreSQL at {url} does not answer or has no such database; start it and make the database, or correct the url",
    ),
    "spec.sink.postgres.credentialsSecret": (
        73,
        "Secret {credentials_secret} with username and password is not there, or PostgreSQL refuses them; make or correct it",
    ),
    "spec.sink.postgres.table": (
        74,
        "table {table} cannot take counts, the program's log says why; mend it, or name another table",
    ),
    "spec.sink.files.path": (
        75,
        "{path} cannot be written; mend the volume or the bucket, or write another path",
    ),
}
"""Field of a sink → the exit status that tells of it, and what is said where no more than the status is known."""
REACHED = {Postgres: "spec.sink.postgres.url", FilesSink: "spec.sink.files.path"}
"""Sink → the field that says where it is."""
KAFKA_STATUS = {"SourceUnavailable": 100, "SinkUnavailable": 150}
"""The first of the statuses that tell what keeps Kafka from being reached, in the order of `TROUBLES`."""
LOST = "spec.checkpoint.storage: the state at "


@dataclass(eq=False)
class Failure(Exception):
    """`cause` is a class of ../design/lifecycle.md's list; `message` names the field and the remedy."""

    cause: str
    message: str
    trouble: Trouble | None = None

    @property
    def status(self) -> int:
        """The exit status that tells the cause, 1 where there is none for it."""
        if self.trouble:
            return KAFKA_STATUS[self.cause] + TROUBLES.index(self.trouble)
        if self.message.startswith(LOST):
            return LOST_STATUS
        if self.message.startswith("spec.checkpoint.storage"):
            return STORAGE_STATUS
        for field, (status, _) in FIELDS.items():
            if self.message.startswith(f"{field}: "):
                return status
        return CONF_STATUS if self.message.startswith("conf:") else STATUS.get(self.cause, 1)

    def report(self, log: Path = TERMINATION_LOG) -> None:
        """Leave it where Kubernetes shows it as the container's message; elsewhere there is no such file."""
        if log.exists():
            with suppress(OSError):
                log.write_text(json.dumps({"cause": self.cause, "message": self.message}))


def source_failure(options: Options, trouble: Trouble | None = None) -> Failure:
    """The source cannot be read."""
    if trouble and trouble.sentence and isinstance(options.source, KafkaSource):
        return Failure("SourceUnavailable", trouble.where("source"), trouble)
    template = SOURCE.get(type(options.source), "spec.source: cannot be read")
    return Failure("SourceUnavailable", template.format(**_values(options.source)))


def sink_failure(options: Options, trouble: Trouble | None = None) -> Failure:
    """The sink cannot be written."""
    if field := REACHED.get(type(options.sink)):
        return _field_failure(field, options)
    if trouble and trouble.sentence and isinstance(options.sink, KafkaSink):
        return Failure("SinkUnavailable", trouble.where("sink"), trouble)
    template = SINK if isinstance(options.sink, KafkaSink) else "spec.sink: cannot be written"
    return Failure("SinkUnavailable", template.format(**_values(options.sink)))


def of_field(status: int, options: Options) -> Failure | None:
    """The failure of which a program tells by this exit status; None where it is none of `FIELDS`."""
    told = (_field_failure(field, options) for field, (number, _) in FIELDS.items() if number == status)
    return next(told, None)


def _field_failure(field: str, options: Options) -> Failure:
    return Failure("SinkUnavailable", f"{field}: {FIELDS[field][1].format(**_values(options.sink))}")


def of_kafka(status: int, options: Options) -> Failure | None:
    """The failure of which a program tells by this exit status; None where it is another one."""
    for failed, cause in ((source_failure, "SourceUnavailable"), (sink_failure, "SinkUnavailable")):
        if 0 <= (at := status - KAFKA_STATUS[cause]) < len(TROUBLES):
            return failed(options, TROUBLES[at])
    return None


def no_state(options: Options) -> Failure:
    """There is nothing to begin from where the resource says there is."""
    sentence = (
        f"spec.checkpoint.restoreFrom: there is no checkpoint or savepoint at {options.restore_from}; correct the path "
        "(it must lie on the same volume or in the same store), or remove restoreFrom to count from the beginning"
    )
    return Failure("StateUnavailable", sentence)


def lost_state(options: Options) -> Failure:
    """The counts so far are gone from where they should be."""
    sentence = (
        f"{LOST}{options.resume_from or options.checkpoint_dir} is gone; bring it back, or write "
        "spec.upgrade.mode: stateless and another spec.restartNonce to count anew"
    )
    return Failure("StateUnavailable", sentence)


def other_state(options: Options) -> Failure:
    """What the resource wants to begin from cannot be gone on from."""
    sentence = (
        f"spec.checkpoint.restoreFrom: the state at {options.restore_from} was made by another engine or with other "
        "text rules, windows or latency; write the same spec.engine, spec.text, spec.window and spec.latency, or remove "
        "restoreFrom to count from the beginning"
    )
    return Failure("StateIncompatible", sentence)


def classify(text: str, options: Options) -> Failure:
    """The failure that an engine's stack trace (`text`) tells of; `UserCode` where it is none that is known."""
    for cause, names, sentence in RULES:
        if found := re.search(names, text):
            if cause == "SourceUnavailable":
                return source_failure(options, kafka_preflight.told(text))
            if cause == "SinkUnavailable":
                return sink_failure(options, kafka_preflight.told(text))
            why = re.search(SYSTEM, text) if cause == "StateUnavailable" else None
            return Failure(cause, f"{sentence.format(dir=options.checkpoint_dir)} ({(why or found).group()})")
    for key in options.conf:
        if key in text:
            return Failure(
                "UserCode", f"conf: the engine refuses the value of {key}; correct it, or remove the key"
            )
    names_found = re.findall(r"\b[\w.]*\w+(?:Exception|Error)\b", text)
    return Failure(
        "UserCode", f"the job threw {names_found[-1] if names_found else 'an exception'}; see its log"
    )


def _values(part: object) -> dict[str, object]:
    return {key: ", ".join(value) if isinstance(value, tuple) else value for key, value in vars(part).items()}


def preflight(options: Options, timeout: float = 5.0) -> None:
    """Raises Failure where no Kafka server of source or sink can be spoken to within `timeout` seconds. See wordcount_jobs/common/kafka_preflight.py.

    A socket source is left alone: its server may serve the first connection only, and the engine's own attempt tells.
    """
    source, sink = options.source, options.sink
    if isinstance(source, KafkaSource) and (trouble := kafka_preflight.trouble(source, timeout)):
        raise source_failure(options, trouble)
    if isinstance(sink, KafkaSink) and (trouble := kafka_preflight.trouble(sink, timeout)):
        raise sink_failure(options, trouble)
