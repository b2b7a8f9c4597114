"""The phases, one row each, and the table that decides between them."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from wordcount_core.causes import Cause
from wordcount_operator.api.v1alpha1 import Restarts, Status
from wordcount_operator.model.job import JobState, Problem, Stage


@dataclass(frozen=True)
class Phase:
    """One word for people, with its three kstatus conditions, what it means, and what a person does next.

    `NAME` in the next step stands for the resource's name.
    """

    name: str
    meaning: str
    next_step: str
    ready: bool = False
    reconciling: bool = False
    stalled: bool = False

    def because(self, meaning: str) -> "Phase":
        """Return the same phase with a more precise meaning."""
        return replace(self, meaning=meaning)


STARTING = Phase(
    "Starting",
    "its pods or its job are being started",
    "wait; if it takes minutes, `wordcount logs NAME` and the events say what it waits for",
    reconciling=True,
)
RUNNING = Phase("Running", "counting", "nothing, it counts", ready=True)
DEGRADED = Phase(
    "Degraded",
    "not counting at the moment",
    "wait, it is recovering; read `wordcount logs NAME` if that takes long",
    reconciling=True,
)
BACKING_OFF = Phase(
    "BackingOff",
    "",
    "wait for the next attempt; the message above says why the last one ended",
    reconciling=True,
)
STALLED = Phase(
    "Stalled", "waits for a person", "do what the message says; it goes on by itself then", stalled=True
)
FAILED = Phase(
    "Failed",
    "gave up",
    "correct what ended it, then edit the spec or `wordcount restart NAME`: it is not retried until then",
    stalled=True,
)
UPGRADING = Phase(
    "Upgrading",
    "stopping cleanly to go on with the new spec",
    "wait, it goes on with the new spec",
    reconciling=True,
)
ROLLED_BACK = Phase(
    "RolledBack",
    "counting on the last spec that made progress",
    "correct the spec and apply it again: the last edit made no progress, and the one before it counts",
    stalled=True,
)
SUSPENDING = Phase(
    "Suspending", "stopping cleanly, keeping its state", "wait, it keeps its state", reconciling=True
)
SUSPENDED = Phase(
    "Suspended",
    "stopped as requested; its state is kept",
    "`wordcount resume NAME` to count again",
    ready=True,
)
DELETING = Phase(
    "Deleting",
    "removing what the operator created for it",
    "wait; if it does not end, the message says what it waits for",
    reconciling=True,
)
PHASES = (
    *(STARTING, RUNNING, DEGRADED, BACKING_OFF, STALLED, FAILED),
    *(UPGRADING, ROLLED_BACK, SUSPENDING, SUSPENDED, DELETING),
)


@dataclass(frozen=True)
class Facts:
    """All that the phase depends on; `status` is the one that is about to be written."""

    job: JobState
    status: Status
    problem: Problem | None
    suspend: bool
    deleting: bool
    rolled_back: bool

    @property
    def restarts(self) -> Restarts:
        """What went wrong so far."""
        return self.status.restarts

    @property
    def intent(self) -> str:
        """What was last begun, `None` if nothing ever was."""
        return self.status.attempt.intent if self.status.attempt else "None"

    @property
    def idle(self) -> bool:
        """Whether no attempt is under way."""
        return self.intent in ("None", "Ended")

    @property
    def waiting(self) -> bool:
        """Whether the next attempt has a time."""
        return bool(self.restarts.next_attempt_time)

    @property
    def lost_state(self) -> bool:
        """Whether the last run failed because its state cannot be read or written."""
        return self.restarts.last_reason == Cause.STATE_UNAVAILABLE.value


TABLE: tuple[tuple[Callable[[Facts], bool], Phase], ...] = (
    (lambda f: f.deleting, DELETING),
    (lambda f: f.problem is not None, STALLED),
    (lambda f: f.suspend and f.idle, SUSPENDED),
    (lambda f: f.suspend, SUSPENDING),
    (lambda f: f.idle and f.restarts.exhausted, FAILED),
    (
        lambda f: f.idle and f.waiting and f.lost_state,
        STALLED.because("its state cannot be read, and it does not start from zero unless asked"),
    ),
    (lambda f: f.idle and f.waiting, BACKING_OFF),
    (
        lambda f: f.intent == "Aborting" and (f.waiting or f.restarts.exhausted),
        DEGRADED.because("being ended, because it makes no progress"),
    ),
    (lambda f: f.intent in ("Stopping", "Aborting", "Ended"), UPGRADING),
    (lambda f: f.rolled_back and f.job.stage is Stage.RUNNING, ROLLED_BACK),
    (lambda f: f.job.stage is Stage.RUNNING, RUNNING),
    (
        lambda f: f.job.stage is Stage.RECOVERING and f.job.cause is Cause.STATE_UNAVAILABLE,
        STALLED.because("its state cannot be written or read"),
    ),
    (lambda f: f.intent == "Running", DEGRADED),
    (
        lambda f: f.job.stage is Stage.STARTING and f.job.cause is not None,
        STALLED.because("cannot start until its cause is fixed"),
    ),
    (lambda _: True, STARTING),
)


def phase(facts: Facts) -> Phase:
    """Return the first row of the table that holds."""
    return next(result for holds, result in TABLE if holds(facts))
