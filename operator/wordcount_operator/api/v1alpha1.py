"""`StreamingWordCount` v1alpha1 as pydantic models, the one source of the CRD and the reference; never behaviour.

A field stands here only when it works. Descriptions become the text of `kubectl explain`.
"""

from typing import Annotated, Any, Literal, NotRequired

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetPydanticSchema,
    WithJsonSchema,
    with_config,
)
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from wordcount_operator.api import rules

Duration = Annotated[str, Field(max_length=16), rules.DURATION, rules.POSITIVE_DURATION]
Cpu = Annotated[str, Field(max_length=32), rules.QUANTITY, rules.CPU]
Memory = Annotated[str, Field(max_length=32), rules.QUANTITY, rules.MEMORY]
Size = Annotated[str, Field(max_length=32), rules.QUANTITY, rules.SIZE]
Servers = Annotated[str, Field(max_length=2048), rules.SERVERS]
Topic = Annotated[str, Field(max_length=256), rules.TOPIC]
Path = Annotated[str, Field(max_length=1024), rules.FOLDER]
Secret = Annotated[str, Field(max_length=253), rules.SECRET]


_PLACE = "under a mounted volume (the state volume is mounted at /data), or s3a://bucket/folder in the store that keeps the state."
_KAFKA_LOGIN = (
    "Secret with username and password (SASL), ca.crt where Kafka's certificate is not of a public authority (TLS), and "
    "tls.crt and tls.key where Kafka wants the client's certificate. With a Secret, TLS is spoken."
)


class Model(BaseModel):
    """A part of the spec: camelCase outside, frozen, and as strict about types and names as the API server."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True, strict=True
    )


class Recorded(BaseModel):
    """A part of the status; fields that another version of the operator wrote are left alone."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore", frozen=True)


class Socket(Model):
    """Lines from a TCP server; it cannot be replayed, so counts are not exact after a crash."""

    host: Annotated[str, Field(max_length=253), rules.HOST] = Field(
        description="Name or address of the server, as the pods resolve it."
    )
    port: int = Field(ge=1, le=65535, description="Its port.")


class KafkaSource(Model):
    """Lines from Kafka topics, one record a line."""

    bootstrap_servers: Servers = Field(description="Kafka's addresses, host:port with a comma between them.")
    topics: list[Topic] = Field(min_length=1, max_length=64, description="The topics to read, all of them.")
    starting_offsets: Literal["earliest", "latest"] = Field(
        "earliest", description="Where a run without state begins to read."
    )
    isolation: Literal["read_committed", "read_uncommitted"] = Field(
        "read_committed",
        description="What is read of transactions: only what was committed, or also what is open or was taken back.",
    )
    credentials_secret: Secret | None = Field(None, description=_KAFKA_LOGIN)


class FilesSource(Model):
    """Lines from text files in a folder; new files are picked up."""

    path: Path = Field(description=f"A folder {_PLACE}")


class RateSource(Model):
    """Synthetic lines, the same for the same seed."""

    lines_per_second: int = Field(100, ge=1, le=10_000_000, description="In all, not for each task.")
    vocabulary: int = Field(1000, ge=1, le=1_000_000, description="How many distinct words there are.")
    seed: int = Field(7, ge=0, le=1_000_000_000, description="Another seed gives other lines.")


class Source(Model):
    """Where lines come from: exactly one of the four."""

    socket: Socket | None = None
    kafka: KafkaSource | None = None
    files: FilesSource | None = None
    rate: RateSource | None = None


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
Length = Annotated[str, Field(max_length=16), rules.DURATION, rules.POSITIVE_DURATION, rules.LENGTH]


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


class ConsoleSink(Model):
    """The most frequent words, printed to the log; with a window, those of the newest that was closed."""

    top_n: int = Field(20, ge=1, le=1000, description="How many words are printed.")


class KafkaSink(Model):
    """Counts as upserts: key the word, value `{"word": …, "count": …}`; the last record of a key is the truth.

    With a window, key and value are JSON, and both hold `windowStart` and `windowEnd` too.
    """

    bootstrap_servers: Servers = Field(description="Kafka's addresses, host:port with a comma between them.")
    topic: Topic = Field(description="The topic to write; best a compacted one.")
    credentials_secret: Secret | None = Field(None, description=_KAFKA_LOGIN)


class FilesSink(Model):
    """Counts of closed windows as files of the rows word, windowStart, windowEnd and count; each row in one file, once."""

    path: Path = Field(description=f"A folder {_PLACE}")
    format: Literal["parquet", "json"] = Field(
        "parquet",
        description="json: one object a line. Instants are texts, 2026-11-25T10:00:00.000Z, in both.",
    )


class PostgresSink(Model):
    """Counts as upserts into a table with the columns word and count; with a window also window_start and window_end.

    The table is made where there is none.
    """

    url: Annotated[str, Field(max_length=1024), rules.POSTGRES] = Field(
        description="postgresql://host:5432/database, with ?sslmode=… where the server wants it."
    )
    table: Annotated[str, Field(max_length=127), rules.TABLE] = Field(
        "word_counts", description="A table, or schema.table."
    )
    credentials_secret: Secret | None = Field(
        None, description="Secret with username and password, as type kubernetes.io/basic-auth has them."
    )


class Sink(Model):
    """Where counts go: exactly one of the four."""

    console: ConsoleSink | None = None
    kafka: KafkaSink | None = None
    files: FilesSink | None = None
    postgres: PostgresSink | None = None


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


# A pod has hundreds of fields. What is written here is what the operator itself reads; the API server checks the rest
# when a pod is made. Typed dictionaries, because a template stays the document that the user wrote.
# `metadata` takes no name: one driver pod name per resource is what keeps a second writer away.


@with_config(extra="allow")
class TemplateContainer(TypedDict):
    """Any field of a container; the engine's is called main."""

    name: Annotated[str, Field(description="main for the engine's container; another name adds one.")]
    volumeMounts: NotRequired[Annotated[list[dict[str, Any]], Field(description="Where its volumes appear.")]]


@with_config(extra="allow")
class TemplateSpec(TypedDict):
    """Any field of a pod's spec; containers merge by name."""

    containers: NotRequired[Annotated[list[TemplateContainer], Field(description="Merged by name.")]]


@with_config(extra="forbid")
class TemplateMetadata(TypedDict):
    """Added to the pods' own labels and annotations."""

    labels: NotRequired[
        Annotated[dict[str, str], Field(max_length=64, description="Labels to add."), rules.OWN_LABELS]
    ]
    annotations: NotRequired[Annotated[dict[str, str], Field(description="Annotations to add.")]]


@with_config(extra="forbid")
class Template(TypedDict):
    """Merged into the pods that the operator makes."""

    metadata: NotRequired[TemplateMetadata]
    spec: NotRequired[TemplateSpec]


PodTemplate = Annotated[dict[str, Any], GetPydanticSchema(lambda _, handler: handler(Template))]
Conf = Annotated[dict[str, Annotated[str, Field(max_length=4096)]], Field(max_length=256)]


class EngineBlock(Model):
    """What an engine's own block holds."""

    image: str | None = Field(None, max_length=512, description="Replaces the operator's default image.")
    conf: Conf = Field(default_factory=dict, description="The engine's own configuration keys.")
    pod_template: PodTemplate | None = None


class SparkBlock(EngineBlock):
    """Only read with engine: spark."""


class Session(Model):
    """A Flink session cluster."""

    name: Annotated[str, Field(min_length=1, max_length=40), rules.SESSION] = Field(
        description="Used where it exists and matches, else made."
    )


class FlinkBlock(EngineBlock):
    """Only read with engine: flink."""

    session: Session | None = None


class Spec(Model):
    """What the user wants."""

    engine: Annotated[
        Literal["spark", "flink"],
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


class Condition(Recorded):
    """One kstatus condition."""

    type: str = Field(description="Ready, Reconciling, Stalled, CheckpointFresh, ExactlyOnce or Fenced.")
    status: Literal["True", "False", "Unknown"] = Field(description="Whether it holds.")
    reason: str = Field("", description="One word for programs.")
    message: str = Field("", description="A sentence for people.")
    observed_generation: int | None = Field(None, description="The metadata.generation that it speaks of.")
    last_transition_time: str | None = Field(None, description="When its status last changed.")


class Attempt(Recorded):
    """One run of the engine, written before the act that its intent names."""

    id: str = Field(description="Name, state generation and number.")
    number: int = Field(description="1 for the first run of the resource.")
    started_at: str = Field(description="When it was begun.")
    intent: Literal["Submitted", "Running", "Stopping", "Aborting", "Ended"] = Field(
        description="What was last begun."
    )
    spec_hash: str = Field("", description="Digest of everything that this run was made from.")
    run_id: str = Field("", description="Flink: the job id. Spark: the driver pod's uid.")
    restore_from: str = Field("", description="Flink: the checkpoint or savepoint that it began from.")
    image: str = Field("", description="Image of the pods that it runs in.")
    submitted_at: str = Field("", description="Flink: when the job was last sent to the JobManager.")
    submits: int = Field(0, description="Flink: how often the job was sent to the JobManager.")
    healthy_since: str = Field("", description="When it first made progress.")
    proven: bool = Field(False, description="Whether a checkpoint was finished on it.")


class Restarts(Recorded):
    """What went wrong and when it is tried again."""

    count: int = Field(0, description="Restarts in all.")
    in_a_row: int = Field(
        0, description="Restarts since the last healthy run; backoff and maxAttempts follow it."
    )
    last_reason: str = Field("", description="The last failure's cause in one word.")
    last_message: str = Field("", description="The last failure in a sentence.")
    next_attempt_at: str = Field("", description="When the next attempt begins.")
    exhausted: bool = Field(False, description="No further attempt is made until the spec changes.")


class Latest(Recorded):
    """The newest finished checkpoint or savepoint."""

    id: str = Field(description="The engine's own name of it.")
    at: str = Field("", description="When it was finished.")
    bytes: int = Field(
        0, description="Its size, 0 where the engine does not say: Flink does not for a savepoint."
    )
    duration_ms: int = Field(
        0,
        description="How long it took to make, in milliseconds, 0 where the engine does not say. Flink: from its trigger to "
        "the last task's answer, while lines go on. Spark: what the micro-batch spent on being a checkpoint (its two log "
        "entries, and the commit of the state).",
    )
    location: str = Field("", description="Where it lies.")
    origin: Literal["periodic", "upgrade", "suspend", "manual"] = Field(
        "periodic", description="Why it was made."
    )


class CheckpointStatus(Recorded):
    """The state as a managed object."""

    generation: int = Field(1, description="The span in which counts can be continued.")
    state_hash: str = Field(
        "", description="Digest of what the generation depends on: text rules, window and latency."
    )
    location: str = Field("", description="Where the generation's state lies.")
    latest: Latest | None = Field(None, description="What a new run would go on from.")
    savepoints: list[Latest] = Field(
        default_factory=list,
        description="Savepoints that the operator made, the newest last; retain bounds them.",
    )
    ended: list[str] = Field(
        default_factory=list,
        description="Flink: folders of runs that are over, whose checkpoints are still there; retain bounds them. "
        "No more than 200 are recorded: where so many runs in a row finish no checkpoint, those after them leave theirs.",
    )
    asked: str = Field("", description="The word of the savepoint annotation that was last served.")
    answer: str = Field("", description="What came of it: where the savepoint lies, or why there is none.")
    highest: int = Field(
        1, description="The newest generation that was ever begun; its number is never used again."
    )


class Proven(Recorded):
    """The last spec that made progress, to which a failed upgrade goes back."""

    spec_hash: str = Field(description="Digest of everything that its runs are made from.")
    generation: int = Field(description="The metadata.generation that it was.")
    image: str = Field("", description="Image of the engine's pods.")
    spec: str = Field("", description="What was asked, without defaults, as JSON.")
    checkpoint: CheckpointStatus | None = Field(
        None, description="The state as it was before another spec was begun."
    )


class UpgradeStatus(Recorded):
    """How the last edit that needed a restart went."""

    proven: Proven | None = None
    begun_at: str = Field("", description="When the first run on a spec that is not proven yet was begun.")
    failed_hash: str = Field(
        "", description="Digest of the spec that was rolled back; it is not tried again."
    )
    message: str = Field("", description="Why it was rolled back.")


class Progress(Recorded):
    """How fast it counts."""

    lines: int = Field(0, description="Lines of the current run.")
    words: int = Field(0, description="Words of the current run.")
    lines_per_second: float = Field(0, description="Between the last two samples.")
    words_per_second: float = Field(0, description="Between the last two samples.")
    distinct_words: int | None = Field(None, description="Different words in all; not with a window.")
    lag_records: int | None = Field(
        None, description="Kafka: records that are not counted yet, at the last sample."
    )
    late_lines: int | None = Field(
        None, description="Lines of the current run that came after all their windows were closed."
    )
    bad_lines: int | None = Field(
        None,
        description="Lines of the current run that do not begin with an instant, as window.timestamp says.",
    )
    bad_sample: list[str] = Field(default_factory=list, description="Spark: up to three of them, cut.")
    last_progress_at: str = Field("", description="When lines were last counted.")
    alive_at: str = Field("", description="When the run last finished a checkpoint or waited for lines.")
    sampled_at: str = Field("", description="When the engine was last asked.")


class Links(Recorded):
    """Where to look further."""

    ui: str = Field("", description="The engine's own pages about this run.")


class Status(Recorded):
    """What the operator saw and did."""

    observed_generation: int = Field(0, description="The metadata.generation that the status speaks of.")
    phase: str = Field("", description="One word for people; conditions are for programs.")
    message: str = Field("", description="What the phase means here, or what to do.")
    conditions: list[Condition] = Field(
        default_factory=list, description="For programs, as kstatus has them."
    )
    engine: str = Field("", description="Which engine runs it.")
    attempt: Attempt | None = None
    restarts: Restarts = Field(default_factory=Restarts)
    checkpoint: CheckpointStatus = Field(default_factory=CheckpointStatus)
    upgrade: UpgradeStatus = Field(default_factory=UpgradeStatus)
    progress: Progress = Field(default_factory=Progress)
    session: str = Field("", description="Flink: the session cluster in use.")
    links: Links = Field(default_factory=Links)


class Metadata(BaseModel):
    """The part of metadata that rules look at."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    name: str = Field(min_length=1)
    namespace: str = "default"
    labels: dict[str, str] = Field(default_factory=dict)
    annotations: dict[str, str] = Field(default_factory=dict)


class StreamingWordCount(BaseModel):
    """One word count, run by Spark or by Flink."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    metadata: Metadata
    spec: Annotated[
        Spec,
        rules.only_with("spark"),
        rules.only_with("flink"),
        rules.NO_LOOP,
        rules.ONLY_WINDOWS,
        rules.SAME_STORE,
        rules.PARQUET,
        rules.STALL,
        rules.LOW_SINK,
        rules.LOW_SPARK,
        rules.LOW_BATCH,
        rules.unless_stateless("source", "the state holds its positions", rules.SAME_SOURCE),
        rules.unless_stateless("checkpoint.storage", "the state lies there", rules.SAME_STORAGE),
    ]


RESOURCE_RULES = (rules.NAME,)
