"""How a job does, as its engine reports it."""

from dataclasses import dataclass
from enum import StrEnum

from wordcount_core.causes import Cause
from wordcount_operator.api.v1alpha1 import Snapshot
from wordcount_operator.model.actions import Action


class Stage(StrEnum):
    """How far the current attempt is, as its engine reports it."""

    ABSENT = "Absent"  # nothing of this attempt exists
    STARTING = "Starting"  # its pods or its job exist and do not count yet
    RUNNING = "Running"  # it counts, or waits for lines
    RECOVERING = "Recovering"  # it exists, does not count, and the engine itself tries to recover
    UNKNOWN = "Unknown"  # the one who knows does not answer: neither running nor gone
    STOPPING = "Stopping"  # it was asked to stop and has not ended
    ENDED = "Ended"  # it ended well; unasked, that is a failure too
    FAILED = "Failed"  # it ended badly


@dataclass(frozen=True)
class Counters:
    """What a run has counted: lines and words since some start (they may fall), distinct words in all.

    Late and bad lines are among the lines; None if there are no windows. Lag: records of Kafka that are not
    counted yet, None for other sources.
    """

    lines: int
    words: int
    distinct_words: int | None = None
    late_lines: int | None = None
    bad_lines: int | None = None
    bad_sample: tuple[str, ...] = ()
    lag_records: int | None = None


@dataclass(frozen=True)
class JobState:
    """The current attempt as its engine sees it; `cause` and `message` say why if it does not count."""

    stage: Stage
    cause: Cause | None = None
    message: str = ""
    run_id: str = ""
    counters: Counters | None = None
    latest: Snapshot | None = None
    heartbeat: str = ""
    """When the run last finished a checkpoint, or said that it waits for lines."""
    ui: str = ""


@dataclass(frozen=True)
class SavepointProgress:
    """The requested savepoint: what to do for it, and at the end where it is or why there is none."""

    actions: "tuple[Action, ...]" = ()
    location: str = ""
    failure: str = ""


@dataclass(frozen=True)
class Problem:
    """Something in the resource or around it that stops the operator: the field, and what to do."""

    reason: str
    sentence: str
