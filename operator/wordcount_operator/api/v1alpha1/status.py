"""What the operator records: `status` and its parts."""

from functools import cache
from typing import Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializationInfo,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)
from pydantic.alias_generators import to_camel

OLD_NAME = "x-old-name"
"""Key of a property's schema: the name that the field had in release 0.2.0."""


def renamed(old: str) -> dict[str, Any]:
    """Return what `Field` needs for a field that was called `old` in release 0.2.0."""
    return {"json_schema_extra": {OLD_NAME: old}}


class Recorded(BaseModel):
    """A part of the status; fields that another version of the operator wrote are left alone.

    Renamed fields are read and written under both names until release 0.4.0, so that one release can be gone
    back. If the two differ, release 0.2.0 wrote last, because this one always writes both.
    """

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore", frozen=True)

    @classmethod
    @cache  # each reconcile reads and writes a status with a dozen parts
    def old_names(cls) -> dict[str, str]:
        """Return the JSON names of the renamed fields, each with its old name."""
        extras = {str(f.alias): f.json_schema_extra for f in cls.model_fields.values()}
        return {new: str(extra[OLD_NAME]) for new, extra in extras.items() if isinstance(extra, dict)}

    @model_validator(mode="before")
    @classmethod
    def _read_old_names(cls, document: Any) -> Any:
        names = cls.old_names()
        if not isinstance(document, dict) or document.keys().isdisjoint(names.values()):
            return document
        return document | {new: document[old] for new, old in names.items() if old in document}

    @model_serializer(mode="wrap")
    def _write_old_names(
        self, write: SerializerFunctionWrapHandler, info: SerializationInfo
    ) -> dict[str, Any]:
        document: dict[str, Any] = write(self)
        if info.by_alias:
            document |= {old: document[new] for new, old in self.old_names().items() if new in document}
        return document


class Condition(Recorded):
    """One kstatus condition."""

    type: str = Field(description="Ready, Reconciling, Stalled, CheckpointFresh, ExactlyOnce or Fenced.")
    status: Literal["True", "False", "Unknown"] = Field(description="Whether it holds.")
    reason: str = Field("", description="One word for programs.")
    message: str = Field("", description="A sentence for people.")
    observed_generation: int | None = Field(
        None, description="The metadata.generation that the condition is about."
    )
    last_transition_time: str | None = Field(None, description="When its status last changed.")


class Attempt(Recorded):
    """One run of the engine, written before the action that its intent names."""

    id: str = Field(description="Name, state generation and number.")
    number: int = Field(description="1 for the first run of the resource.")
    start_time: str = Field("", **renamed("startedAt"), description="When it was started.")
    intent: Literal["Submitted", "Running", "Stopping", "Aborting", "Ended"] = Field(
        description="What the operator last set out to do."
    )
    spec_hash: str = Field(
        "", description="Digest of everything that this run was made from: spec and image."
    )
    run_id: str = Field("", description="Flink: the job id. Spark: the driver pod's uid.")
    restore_from: str = Field("", description="Flink: the checkpoint or savepoint that it started from.")
    image: str = Field("", description="Image of the pods that it runs in.")
    submit_time: str = Field(
        "",
        **renamed("submittedAt"),
        description="Flink: when the job was last sent to the JobManager.",
    )
    submit_count: int = Field(
        0,
        **renamed("submits"),
        description="Flink: how often the job was sent to the JobManager.",
    )
    first_progress_time: str = Field(
        "", **renamed("healthySince"), description="When it made progress for the first time."
    )
    made_progress: bool = Field(False, **renamed("proven"), description="Whether it finished a checkpoint.")


class Restarts(Recorded):
    """What went wrong, and when the next attempt starts."""

    count: int = Field(0, description="Restarts in all.")
    in_a_row: int = Field(
        0, description="Restarts since the last healthy run; backoff and maxAttempts follow it."
    )
    last_reason: str = Field("", description="The last failure's cause in one word.")
    last_message: str = Field("", description="The last failure in a sentence.")
    next_attempt_time: str = Field(
        "", **renamed("nextAttemptAt"), description="When the next attempt starts."
    )
    exhausted: bool = Field(False, description="No further attempt is made until the spec changes.")


class Snapshot(Recorded):
    """A finished checkpoint or savepoint."""

    id: str = Field(description="The engine's own name for it.")
    completion_time: str = Field("", **renamed("at"), description="When it was finished.")
    bytes: int = Field(
        0, description="Its size; 0 if the engine does not report it, as Flink for a savepoint."
    )
    duration_ms: int = Field(
        0,
        description=(
            "How long it took in milliseconds; 0 if the engine does not report it. Flink: from its trigger to"
            " the last task's acknowledgement. Spark: the micro-batch's time for its two log entries and the"
            " commit of the state."
        ),
    )
    location: str = Field("", description="Its folder or file.")
    origin: Literal["periodic", "upgrade", "suspend", "manual"] = Field(
        "periodic", description="Why it was made."
    )


class CheckpointStatus(Recorded):
    """The state as a managed object."""

    generation: int = Field(1, description="Number of the span in which counts can be continued.")
    state_hash: str = Field(
        "", description="Digest of what the generation depends on: text rules, window and latency."
    )
    location: str = Field("", description="Folder of the generation's state.")
    latest: Snapshot | None = Field(None, description="What a new run would start from.")
    savepoints: list[Snapshot] = Field(
        default_factory=list,
        description="Savepoints that the operator made, the newest last; spec.checkpoint.retain limits them.",
    )
    retained_runs: list[str] = Field(
        default_factory=list,
        **renamed("ended"),
        description=(
            "Flink: folders of ended runs whose checkpoints still exist; spec.checkpoint.retain limits them."
            " At most 200 are recorded; if more runs in a row finish no checkpoint, the folders of the later"
            " ones stay."
        ),
    )
    last_savepoint_request: str = Field(
        "",
        **renamed("asked"),
        description="The last value of the savepoint annotation that was served.",
    )
    last_savepoint_result: str = Field(
        "",
        **renamed("answer"),
        description="Its result: the location of the savepoint, or why there is none.",
    )
    highest_generation: int = Field(
        1,
        **renamed("highest"),
        description="The highest generation so far; no number is used twice.",
    )


class LastGood(Recorded):
    """The last spec that made progress; a failed upgrade goes back to it."""

    spec_hash: str = Field(description="Digest of everything that its runs are made from.")
    generation: int = Field(description="Its metadata.generation.")
    image: str = Field("", description="Image of the engine's pods.")
    spec: str = Field("", description="The spec without defaults, as JSON.")
    checkpoint: CheckpointStatus | None = Field(
        None, description="The state before another spec was started."
    )


class UpgradeStatus(Recorded):
    """How the last edit that needed a restart went."""

    last_good: LastGood | None = Field(None, **renamed("proven"))
    start_time: str = Field(
        "",
        **renamed("begunAt"),
        description="When the first run on a spec that has not made progress yet was started.",
    )
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
    bad_sample: list[str] = Field(
        default_factory=list, description="Spark: up to three of these lines, shortened."
    )
    last_progress_time: str = Field(
        "", **renamed("lastProgressAt"), description="When lines were last counted."
    )
    last_heartbeat_time: str = Field(
        "",
        **renamed("aliveAt"),
        description="When the run last finished a checkpoint or waited for lines.",
    )
    sample_time: str = Field("", **renamed("sampledAt"), description="When the engine was last read.")


class Links(Recorded):
    """Where to find more."""

    ui: str = Field("", description="The engine's own pages about this run.")


class Status(Recorded):
    """What the operator observed and did."""

    observed_generation: int = Field(0, description="The metadata.generation that the status is about.")
    phase: str = Field("", description="One word for people; conditions are for programs.")
    message: str = Field("", description="What the phase means here, or what to do.")
    conditions: list[Condition] = Field(
        default_factory=list, description="For programs; Ready, Reconciling and Stalled follow kstatus."
    )
    engine: str = Field("", description="Which engine runs it.")
    attempt: Attempt | None = None
    restarts: Restarts = Field(default_factory=Restarts)
    checkpoint: CheckpointStatus = Field(default_factory=CheckpointStatus)
    upgrade: UpgradeStatus = Field(default_factory=UpgradeStatus)
    progress: Progress = Field(default_factory=Progress)
    session: str = Field("", description="Flink: the session cluster in use.")
    links: Links = Field(default_factory=Links)
