"""What a user writes: text rules, windows, checkpoints, restarts, upgrades, sizes."""

from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    Field,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from wordcount_operator.api import rules
from wordcount_operator.api.v1alpha1.connectors import Sink, Source
from wordcount_operator.api.v1alpha1.engine_blocks import EngineName, FlinkBlock, SparkBlock
from wordcount_operator.api.v1alpha1.model import Model
from wordcount_operator.api.v1alpha1.types import Cpu, Duration, Length, Memory, Secret, Size


class Text(Model):
    """What a word is."""

    separator: str = Field(
        "whitespace",
        min_length=1,
        max_length=16,
        description=(
            "A literal, or `whitespace`: any run of Unicode white space. A literal keeps empty words."
        ),
    )
    lowercase: bool = Field(False, description="Count `The` and `the` as one word.")
    strip_punctuation: bool = Field(False, description="Remove punctuation from both ends of each word.")
    stop_words: list[Annotated[str, Field(max_length=256)]] = Field(
        default_factory=list,
        max_length=1024,
        description="Words that are not counted, compared after lowercase.",
    )
    min_length: int = Field(
        1, ge=1, le=1024, description="Shorter words are not counted. The unit is the code point."
    )


def _instant(value: Any) -> Any:
    if value not in TIMESTAMPS:
        raise PydanticCustomError("rule", "{sentence}", {"sentence": f"write {_TIMESTAMP_FORMS}"})
    return value


TIMESTAMPS: tuple[Any, ...] = ("ingest", "kafka", {"prefix": "iso8601"})
_TIMESTAMP_FORMS = "ingest, kafka or {prefix: iso8601}"
# A structural schema has no type for "a text or a block", and CEL cannot read one, so the values are listed.
Timestamp = Annotated[
    Any,
    AfterValidator(_instant),
    WithJsonSchema({"enum": list(TIMESTAMPS), "x-kubernetes-preserve-unknown-fields": True}),
]


class Window(Model):
    """Counts by windows of time. Each window is published once, when it is closed."""

    size: Length | None = Field(None, description="Length of a window. Windows are aligned to UTC.")
    slide: Length | None = Field(
        None, description="Time from the start of a window to the start of the next; the default is size."
    )
    gap: Length | None = Field(
        None,
        description=(
            "Instead of size: a session of each word, which ends when the word did not occur for so long."
        ),
    )
    watermark: Annotated[str, Field(max_length=16), rules.DURATION, rules.LENGTH] = Field(
        "0s",
        description=(
            "How much older than the newest line a line may be. A line that comes after all its windows were"
            " closed is counted in status.progress.lateLines, and nowhere else."
        ),
    )
    timestamp: Timestamp = Field(
        "ingest",
        description=(
            "The instant of a line. `ingest`: when it was read. `kafka`: its record's timestamp. `{prefix:"
            " iso8601}`: the line begins with it, such as 2026-11-25T10:00:00.123Z, and a space follows."
        ),
    )


# ReadWriteOncePod cannot work, because several pods of a run mount the volume.
AccessMode = Literal["ReadWriteOnce", "ReadWriteMany"]


class Volume(Model):
    """A PersistentVolumeClaim that the operator creates, or an existing one."""

    size: Size | None = Field(None, description="Size of the new PersistentVolumeClaim; the default is 1Gi.")
    storage_class_name: str | None = Field(
        None,
        max_length=253,
        description="Storage class of the new PersistentVolumeClaim; the default is the cluster's.",
    )
    access_modes: list[AccessMode] | None = Field(
        None,
        min_length=1,
        max_length=2,
        description="Access modes of the new PersistentVolumeClaim; the default is ReadWriteOnce.",
    )
    claim_name: str | None = Field(
        None, min_length=1, max_length=253, description="Name of an existing PersistentVolumeClaim."
    )


class S3(Model):
    """A folder in a bucket of any S3-compatible store; the bucket must exist."""

    uri: Annotated[str, Field(max_length=512), rules.BUCKET] = Field(
        description="s3a://bucket/folder; each resource has its own folder in it."
    )
    endpoint: Annotated[str, Field(max_length=512), rules.ENDPOINT] | None = Field(
        None, description="Address of the store; the default is AWS."
    )
    region: Annotated[str, Field(max_length=64), rules.REGION] = Field(
        "us-east-1", description="Region of the bucket."
    )
    path_style: bool = Field(
        False, description="Write the bucket into the path of a request, not into its host name."
    )
    credentials_secret: Secret | None = Field(
        None,
        description=(
            "Secret with AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, if needed, AWS_SESSION_TOKEN. "
            "Without a Secret the role of the nodes is used."
        ),
    )


class Storage(Model):
    """Where state is kept between runs. By default the operator creates a PersistentVolumeClaim."""

    volume: Annotated[Volume, rules.CLAIM] | None = None
    s3: S3 | None = None


class Checkpoint(Model):
    """How often state is made durable, and where."""

    interval: Duration = Field(
        "10s",
        description=(
            "Flink: time between checkpoints. Spark: time between micro-batches, each of which is a"
            " checkpoint; with latency: low, time between checkpoints, at least 5s."
        ),
    )
    retain: int = Field(
        3,
        ge=1,
        le=100,
        description=(
            "Number of the operator's savepoints that are kept. Flink keeps three checkpoints beside them,"
            " Spark what its last hundred micro-batches need."
        ),
    )
    storage: Annotated[Storage, rules.STORAGE] = Field(default_factory=Storage)
    on_delete: Literal["Retain", "Delete"] = Field(
        "Retain", description="What happens to the state when the resource is deleted."
    )
    restore_from: Annotated[str, Field(max_length=1024), rules.STATE] | None = Field(
        None,
        description=(
            "The checkpoint or savepoint that the first run begins from, of this or another resource, on the"
            " same volume or in the same store, with the same engine, text rules, window and latency. Ignored"
            " once there is state."
        ),
    )


class Backoff(Model):
    """How long to wait before each further attempt."""

    initial: Duration = Field("5s", description="Before the first further attempt.")
    factor: int = Field(2, ge=1, le=10, description="Each wait is the last one times this.")
    max: Duration = Field("5m", description="Longest wait.")
    reset_after: Duration = Field("10m", description="A healthy run this long resets the count.")


class Restart(Model):
    """What happens after a run ended unexpectedly."""

    policy: Literal["Always", "OnFailure", "Never"] = Field(
        "Always",
        description=(
            "A stream that ends by itself has failed, so Always and OnFailure do the same. With Never, Flink"
            " does not restart tasks by itself either; that is set when an attempt starts."
        ),
    )
    backoff: Annotated[Backoff, rules.BACKOFF] = Field(default_factory=Backoff)
    max_attempts: int = Field(
        0, ge=0, le=1_000_000, description="Restarts in a row before giving up; 0 = no limit."
    )
    stalled_after: Duration = Field(
        "5m",
        description=(
            "A run that finished no checkpoint for so long is restarted. Must be longer than"
            " checkpoint.interval on Flink, and on Spark with latency: low. Waiting for lines is no stall."
        ),
    )


class Upgrade(Model):
    """How an edit that needs a restart takes effect."""

    mode: Literal["savepoint", "lastState", "stateless"] = Field(
        "savepoint",
        description=(
            "savepoint: stop cleanly and go on from there. lastState: end at once and go on from the latest "
            "checkpoint. stateless: count from zero; the old state is kept."
        ),
    )
    progress_deadline: Duration = Field(
        "10m", description="An edited spec that finished no checkpoint within this time has failed."
    )
    rollback: bool = Field(
        True, description="Go back to the last spec that made progress if the edited one fails."
    )


class DriverResources(Model):
    """Size of the Spark driver or the Flink JobManager."""

    cpu: Cpu = Field("1", description="Cores.")
    memory: Memory = Field("1Gi", description="Memory of the pod, Python and JVM together.")


class WorkerResources(Model):
    """Size and number of Spark executors or Flink TaskManagers."""

    cpu: Cpu = Field("1", description="Cores.")
    memory: Memory = Field("1Gi", description="Memory of the pod, Python and JVM together.")
    replicas: int = Field(
        1, ge=1, le=1000, description="Spark: executors. Flink starts TaskManagers as parallelism needs them."
    )


class Resources(Model):
    """Size of the pods; the memory limit equals the request."""

    driver: DriverResources = Field(default_factory=DriverResources)
    worker: WorkerResources = Field(default_factory=WorkerResources)


class Spec(Model):
    """What the user wants."""

    engine: Annotated[
        EngineName,
        rules.immutable(
            "spec.engine cannot change, because one engine cannot read the other's state; make a new resource"
        ),
    ] = Field(description="Which engine runs it.")
    suspend: bool = Field(
        False, description="true: stop cleanly and keep the state; false again: go on from it."
    )
    source: Annotated[Source, rules.one_of("socket", "kafka", "files", "rate")]
    text: Text = Field(default_factory=Text)
    window: Annotated[Window, rules.one_of("size", "gap"), rules.SLIDE, rules.WATERMARK] | None = Field(
        None, description="Counts by windows of time; without it, running totals."
    )
    latency: Literal["throughput", "low"] = Field(
        "throughput",
        description=(
            "How soon a line is counted. throughput: within seconds, many lines at once, with the least work."
            " low: within milliseconds, each line as it comes; needs sink.kafka, and on Spark source.kafka"
            " and no window."
        ),
    )
    sink: Annotated[Sink, rules.one_of("console", "kafka", "files", "postgres")]
    checkpoint: Checkpoint = Field(default_factory=Checkpoint)
    restart: Restart = Field(default_factory=Restart)
    restart_nonce: int = Field(
        0,
        ge=0,
        le=9_007_199_254_740_991,
        description="Any change causes one clean restart from the newest state.",
    )
    upgrade: Upgrade = Field(default_factory=Upgrade)
    parallelism: int = Field(
        2, ge=1, le=1024, description="Flink: tasks side by side. Spark: partitions of the counts."
    )
    resources: Resources = Field(default_factory=Resources)
    spark: SparkBlock | None = None
    flink: FlinkBlock | None = None
