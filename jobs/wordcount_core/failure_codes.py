"""Lists the failures of a job, each with exit status, cause, field of the resource and remedy.

Flink's REST API reports only the exit status of a program that fails before its job is submitted. So the
operator reads the failure back from this number. Several codes may share one; the first of them in this table
is read back.
"""

from enum import Enum, unique

from wordcount_core.causes import Cause
from wordcount_core.options import REALTIME_PARTITIONS

_START_FROM_ZERO = "write spec.upgrade.mode: stateless and another spec.restartNonce to count from zero"
NO_STATUS = 1
"""The exit status of a failure that has none of its own."""


@unique
class FailureCode(Enum):
    """One kind of failure.

    A sentence may use fields of the options, or of the source or the sink that it is about.
    """

    # fmt: off
    SOURCE = (65, Cause.SOURCE_UNAVAILABLE, "spec.source", "cannot be read")
    SOURCE_SOCKET = (65, Cause.SOURCE_UNAVAILABLE, "spec.source.socket",
        "{host}:{port} cannot be read; start the server there, or correct host and port")
    SOURCE_TOPICS = (65, Cause.SOURCE_UNAVAILABLE, "spec.source.kafka",
        "topics {topics} at {bootstrap_servers} cannot be read; start Kafka there and create the topics, or "
        "correct bootstrapServers and topics")
    SOURCE_FILES = (65, Cause.SOURCE_UNAVAILABLE, "spec.source.files.path",
        "{path} cannot be read; create it, or correct the path and its permissions")
    SINK = (66, Cause.SINK_UNAVAILABLE, "spec.sink", "cannot be written")
    SINK_TOPIC = (66, Cause.SINK_UNAVAILABLE, "spec.sink.kafka",
        "topic {topic} at {bootstrap_servers} cannot be written; start Kafka there and create the topic, or "
        "correct bootstrapServers and topic")
    RESTORE_POINT_MISSING = (67, Cause.STATE_UNAVAILABLE, "spec.checkpoint.restoreFrom",
        "there is no checkpoint or savepoint at {restore_from}; correct the path (it must lie on the same "
        "volume or in the same store), or remove restoreFrom to count from the beginning")
    RESTORE_POINT_INCOMPATIBLE = (68, Cause.STATE_INCOMPATIBLE, "spec.checkpoint.restoreFrom",
        "the state at {restore_from} was made by another engine or with other text rules, windows or "
        "latency; write the same spec.engine, spec.text, spec.window and spec.latency, or remove restoreFrom "
        "to count from the beginning")
    STATE_INCOMPATIBLE = (68, Cause.STATE_INCOMPATIBLE, "",
        "the state under {checkpoint_dir} was written by a different program; make a new resource to count "
        "from zero")
    STORAGE = (69, Cause.STATE_UNAVAILABLE, "spec.checkpoint.storage",
        "the state cannot be written or read there; check that the volume is not full or read-only, "
        "and that the bucket can be reached. The JobManager's log says more")
    STATE_UNUSABLE = (69, Cause.STATE_UNAVAILABLE, "spec.checkpoint.storage",
        f"the state under {{checkpoint_dir}} cannot be read or written; fix it, or {_START_FROM_ZERO}")
    BUCKET_MISSING = (69, Cause.STATE_UNAVAILABLE, "spec.checkpoint.storage.s3.uri",
        "there is no bucket {bucket}; create it, or correct the uri")
    BUCKET_FORBIDDEN = (69, Cause.STATE_UNAVAILABLE, "spec.checkpoint.storage.s3.credentialsSecret",
        "the store refuses these credentials for bucket {bucket}; correct AWS_ACCESS_KEY_ID and "
        "AWS_SECRET_ACCESS_KEY in the Secret, or what they may do")
    STORE_SILENT = (69, Cause.STATE_UNAVAILABLE, "spec.checkpoint.storage.s3.endpoint",
        "the store does not answer; start it, or correct the endpoint")
    FLINK_CONF = (70, Cause.USER_CODE, "spec.flink.conf",
        "the engine refuses a value among {keys}; correct or remove it")
    CONF = (70, Cause.USER_CODE, "conf",
        "the engine refuses the value of {key}; correct it, or remove the key")
    STATE_LOST = (71, Cause.STATE_UNAVAILABLE, "spec.checkpoint.storage",
        f"the state at {{place}} is gone; restore it, or {_START_FROM_ZERO}")
    POSTGRES_SERVER = (72, Cause.SINK_UNAVAILABLE, "spec.sink.postgres.url",
        "PostgreSQL at {url} does not answer or has no such database; start it and make the database, or "
        "correct the url")
    POSTGRES_LOGIN = (73, Cause.SINK_UNAVAILABLE, "spec.sink.postgres.credentialsSecret",
        "Secret {credentials_secret} with username and password is not there, or PostgreSQL refuses them; "
        "make or correct it")
    POSTGRES_TABLE = (74, Cause.SINK_UNAVAILABLE, "spec.sink.postgres.table",
        "table {table} cannot take counts, the program's log says why; fix it, or name another table")
    SINK_FILES = (75, Cause.SINK_UNAVAILABLE, "spec.sink.files.path",
        "{path} cannot be written; fix the volume or the bucket, or write another path")
    # The next two are the first of a range: the position in KAFKA_ERRORS is added to the exit status.
    SOURCE_KAFKA_ERROR = (100, Cause.SOURCE_UNAVAILABLE, "spec.source.kafka", "")
    SINK_KAFKA_ERROR = (150, Cause.SINK_UNAVAILABLE, "spec.sink.kafka", "")

    # No failure of Flink's submit is one of these.
    TOO_FEW_SLOTS = (NO_STATUS, Cause.USER_CODE, "spec.latency",
        "low on Spark runs a task for each partition of the topics and for each of spec.parallelism at once, "
        f"and an executor has room for {REALTIME_PARTITIONS} partitions; "
        "raise spec.resources.worker.replicas, "
        "or write latency: throughput")
    OTHER_WRITER = (NO_STATUS, Cause.ZOMBIE_WRITER, "",
        "another run still writes to this checkpoint; it must end first")
    OUT_OF_MEMORY = (NO_STATUS, Cause.OUT_OF_MEMORY, "",
        "the engine ran out of memory; raise spec.resources")
    EXECUTOR_LOST = (NO_STATUS, Cause.INFRASTRUCTURE, "",
        "an executor was lost, and with it what it was counting")
    STATE_NOT_DELETED = (NO_STATUS, Cause.STATE_UNAVAILABLE, "",
        "{file}: {reason}; look at spec.checkpoint.storage")
    STREAM_ENDED = (NO_STATUS, Cause.USER_CODE, "",
        "the stream ended without being asked to; see its log")
    PROGRAM_ERROR = (NO_STATUS, Cause.USER_CODE, "", "the job threw {exception}; see its log")

    # What a JobManager reports of a Flink job. These sentences are made without the options.
    JOB_OUT_OF_MEMORY = (NO_STATUS, Cause.OUT_OF_MEMORY, "",
        "out of memory; raise spec.resources.worker.memory")
    JOB_STATE_INCOMPATIBLE = (NO_STATUS, Cause.STATE_INCOMPATIBLE, "",
        "the state was written by a program that differs too much; go back to the image and to the kinds of "
        "source and sink that wrote it, or write spec.upgrade.mode: stateless to count from zero")
    JOB_STATE_UNREADABLE = (NO_STATUS, Cause.STATE_UNAVAILABLE, "spec.checkpoint.storage",
        "the state at status.checkpoint.latest.location cannot be read; restore it, or "
        f"{_START_FROM_ZERO}")
    JOB_SOURCE_KAFKA = (NO_STATUS, Cause.SOURCE_UNAVAILABLE, "spec.source.kafka.bootstrapServers",
        "Kafka does not answer; correct the address or start Kafka")
    JOB_SINK_KAFKA = (NO_STATUS, Cause.SINK_UNAVAILABLE, "spec.sink.kafka.bootstrapServers",
        "Kafka does not answer; correct the address or start Kafka")
    JOB_SINK_POSTGRES = (NO_STATUS, Cause.SINK_UNAVAILABLE, "spec.sink.postgres.url",
        "PostgreSQL does not take the counts; start it, or correct the url")
    JOB_SOURCE_SOCKET = (NO_STATUS, Cause.SOURCE_UNAVAILABLE, "spec.source.socket",
        "nobody answers there; correct host and port or start the server")
    NO_TASKMANAGER = (NO_STATUS, Cause.INFRASTRUCTURE, "", "no TaskManager became ready in time")
    TASKMANAGER_LOST = (NO_STATUS, Cause.INFRASTRUCTURE, "",
        "a TaskManager was lost; another one takes its place")
    # fmt: on

    def __init__(self, exit_status: int, cause: Cause, field: str, sentence: str) -> None:
        self.exit_status = exit_status
        self.cause = cause
        self.field = field
        self.sentence = sentence

    def message(self, sentence: str) -> str:
        """Return the sentence behind the field that it is about, if it is about one."""
        return f"{self.field}: {sentence}" if self.field else sentence
