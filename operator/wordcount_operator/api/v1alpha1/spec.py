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
        description="A literal, or `whitespace`: any run of Unicode white space. A literal keeps empty words.",
    )
    lowercase: bool = Field(False, description="Count `The` and `the` as one word.")
    strip_punctuation: bool = Field(False, description="Remove punctuation from both ends of each word.")
    stop_words: list[Annotated[str, Field(max_length=256)]] = Field(
        default_factory=list,
        max_length=1024,
        description="Words that are not counted, compared after lowercase.",
    )
    min_length: int = Field(1, ge=1, le=1024, description="Shorter words are not counted; in code points.")


def _instant(value: Any) -> Any:
    if value not in TIMESTAMPS:
        raise PydanticCustomError("rule", "{sentence}", {"sentence": f"write {_TIMESTAMP_FORMS}"})
    return value


TIMESTAMPS: tuple[Any, ...] = ("ingest", "kafka", {"prefix": "iso8601"})
_TIMESTAMP_FORMS = "ingest, kafka or {prefix: iso8601}"
# A text or a block has no type in a structural schema, and CEL cannot look at it; what it may be is listed instead.
Timestamp = Annotated[
    Any,
    AfterValidator(_instant),
    WithJsonSchema({"enum": list(TIMESTAMPS), "x-kubernetes-preserve-unknown-fields": True}),
]


class Window(Model):
    """Counts by windows of time; each is published once, when it is closed."""

    size: Length | None = Field(None, description="How long a window is; windows are aligned to UTC.")
    slide: Length | None = Field(
        None, description="From the beginning of a window to that of the next; as long as size by default."
    )
    gap: Length | None = Field(
        None,
        description="Instead of size: sessions of each word, which end when it was not seen for so long.",
    )
    watermark: Annotated[str, Field(max_length=16), rules.DURATION, rules.LENGTH] = Field(
        "0s",
        description="How much older than the newest line a line may be. One that comes after all its windows were closed is "
        "counted in status.progress.lateLines, and nowhere else.",
    )
    timestamp: Timestamp = Field(
        "ingest",
        description="When a line was: `ingest`, when it was read; `kafka`, its record's timestamp; `{prefix: iso8601}`, the "
        "instant that it begins with, such as 2026-11-25T10:00:00.123Z, and then a space.",
    )


AccessMode = Literal["ReadWriteOnce", "ReadWriteMany", "ReadWriteOncePod"]


class Volume(Model):
    """A PersistentVolumeClaim, made by the operator or named."""

    size: Size | None = Field(None, description="Size of the claim to be made; 1Gi where nothing is written.")
    storage_class_name: str | None = Field(
        None, max_length=253, description="Class of the claim to be made; the cluster's default by default."
    )
    access_modes: list[AccessMode] | None = Field(
        None,
        min_length=1,
        max_length=3,
        description="Modes of the claim to be made; ReadWriteOnce by default.",
    )
    claim_name: str | None = Field(None, min_length=1, max_length=253, description="An existing claim.")


class S3(Model):
    """A folder in a bucket of any S3-compatible store; the bucket must exist."""

    uri: Annotated[str, Field(max_length=512), rules.BUCKET] = Field(
        description="s3a://bucket/folder; below it each resource has a folder of its own."
    )
    endpoint: Annotated[str, Field(max_length=512), rules.ENDPOINT] | None = Field(
        None, description="Address of the store; AWS's own by default."
    )
    region: Annotated[str, Field(max_length=64), rules.REGION] = Field(
        "us-east-1", description="Region of the bucket."
    )
    path_style: bool = Field(
        False, description="The bucket stands in the path of a request, not in its host name."
    )
    credentials_secret: Secret | None = Field(
        None,
        description="Secret with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and AWS_SESSION_TOKEN where there is one. "
        "Without it the nodes' own role holds.",
    )


class Storage(Model):
    """Where state is kept between runs; a claim that the operator makes where nothing is written."""

    volume: Annotated[Volume, rules.CLAIM] | None = None
    s3: S3 | None = None


class Checkpoint(Model):
    """How often state is made durable, and where."""

    interval: Duration = Field(
        "10s",
        description="Flink: time between checkpoints. Spark: time between micro-batches, each a checkpoint; with latency: low "
        "time from one checkpoint to the next, at least 5s.",
    )
    retain: int = Field(
        3,
        ge=1,
        le=100,
        description="Savepoints of the operator that are kept; Flink keeps three checkpoints beside them, Spark all that "
        "its last hundred micro-batches need.",
    )
    storage: Annotated[Storage, rules.STORAGE] = Field(default_factory=Storage)
    on_delete: Literal["Retain", "Delete"] = Field(
        "Retain", description="What happens to the state when the resource goes."
    )
    restore_from: Annotated[str, Field(max_length=1024), rules.STATE] | None = Field(
        None,
        description="Where the first run begins: a checkpoint or savepoint of this or another resource on the same "
        "volume or in the same store, of the same engine, text rules, window and latency. Not looked at once there is state.",
    )


class Backoff(Model):
    """How long to wait before each further attempt."""

    initial: Duration = Field("5s", description="Before the first further attempt.")
    factor: int = Field(2, ge=1, le=10, description="Each wait is this many times the last one.")
    max: Duration = Field("5m", description="No wait is longer.")
    reset_after: Duration = Field("10m", description="A healthy run this long sets the count back.")


class Restart(Model):
    """What happens after a run ended that nobody asked to end."""

    policy: Literal["Always", "OnFailure", "Never"] = Field(
        "Always",
        description="A stream that ends unasked has failed, so Always and OnFailure act alike. Whether Flink restarts tasks "
        "by itself is decided as an attempt begins: with Never it does not.",
    )
    backoff: Annotated[Backoff, rules.BACKOFF] = Field(default_factory=Backoff)
    max_attempts: int = Field(
        0, ge=0, le=1_000_000, description="Restarts in a row before giving up; 0 = no limit."
    )
    stalled_after: Duration = Field(
        "5m",
        description="A run that finished no checkpoint for so long is restarted. Flink, and Spark with latency: low: longer than "
        "checkpoint.interval. Waiting for lines is no stall.",
    )


class Upgrade(Model):
    """How an edit that needs a restart takes effect."""

    mode: Literal["savepoint", "lastState", "stateless"] = Field(
        "savepoint",
        description="savepoint: stop cleanly and go on from there. lastState: end at once and go on from the latest "
        "checkpoint. stateless: count anew; the old state is kept.",
    )
    progress_deadline: Duration = Field(
        "10m", description="An edited spec that finished no checkpoint by then has failed."
    )
    rollback: bool = Field(
        True, description="Go back to the last spec that made progress where the edited one failed."
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
    """What the pods ask for; requests and memory limit are the same."""

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
        None, description="Counts by windows of time; running totals where nothing is written."
    )
    latency: Literal["throughput", "low"] = Field(
        "throughput",
        description="How soon a line is in its words' counts. throughput: within seconds, many lines at once, with the least work. "
        "low: within milliseconds, each line as it comes; needs sink.kafka, and on Spark source.kafka and no window.",
    )
    sink: Annotated[Sink, rules.one_of("console", "kafka", "files", "postgres")]
    checkpoint: Checkpoint = Field(default_factory=Checkpoint)
    restart: Restart = Field(default_factory=Restart)
    restart_nonce: int = Field(
        0,
        ge=0,
        le=9_007_199_254_740_991,
        description="Any change of it is one clean restart from the newest state.",
    )
    upgrade: Upgrade = Field(default_factory=Upgrade)
    parallelism: int = Field(
        2, ge=1, le=1024, description="Flink: tasks side by side. Spark: partitions of the counts."
    )
    resources: Resources = Field(default_factory=Resources)
    spark: SparkBlock | None = None
    flink: FlinkBlock | None = None
