"""The one place where the phase is decided, as a table read from the top; never sets anything."""

from collections.abc import Callable
from dataclasses import dataclass

from wordcount_core.causes import Cause
from wordcount_operator.api.v1alpha1 import Attempt, Restarts
from wordcount_operator.model.job import JobState, Problem, Stage


@dataclass(frozen=True)
class Facts:
    """All that the phase depends on."""

    state: JobState
    attempt: Attempt | None
    restarts: Restarts
    problem: Problem | None
    suspend: bool
    deleting: bool
    rolled_back: bool

    @property
    def intent(self) -> str:
        """What was last begun, `None` where nothing ever was."""
        return self.attempt.intent if self.attempt else "None"

    @property
    def resting(self) -> bool:
        """Whether no attempt is under way."""
        return self.intent in ("None", "Ended")


@dataclass(frozen=True)
class Phase:
    """One word for people, and what it means to programs that read kstatus conditions."""

    name: str
    ready: bool = False
    reconciling: bool = False
    stalled: bool = False
    meaning: str = ""


_STATE = Cause.STATE_UNAVAILABLE.value
TABLE: tuple[tuple[Callable[[Facts], bool], Phase], ...] = (
    (lambda f: f.deleting, Phase("Deleting", reconciling=True, meaning="removing what was made for it")),
    (lambda f: f.problem is not None, Phase("Stalled", stalled=True, meaning="waits for a person")),
    (
        lambda f: f.suspend and f.resting,
        Phase("Suspended", ready=True, meaning="stopped as asked; its state is kept"),
    ),
    (
        lambda f: f.suspend,
        Phase("Suspending", reconciling=True, meaning="stopping cleanly, keeping its state"),
    ),
    (lambda f: f.resting and f.restarts.exhausted, Phase("Failed", stalled=True, meaning="gave up")),
    (
        lambda f: f.resting and bool(f.restarts.next_attempt_time) and f.restarts.last_reason == _STATE,
        Phase(
            "Stalled", stalled=True, meaning="its state cannot be read, and nothing counts from zero unasked"
        ),
    ),
    (lambda f: f.resting and bool(f.restarts.next_attempt_time), Phase("BackingOff", reconciling=True)),
    (
        lambda f: f.intent == "Aborting" and bool(f.restarts.next_attempt_time or f.restarts.exhausted),
        Phase("Degraded", reconciling=True, meaning="being ended, because it makes no progress"),
    ),
    (
        lambda f: f.intent in ("Stopping", "Aborting", "Ended"),
        Phase("Upgrading", reconciling=True, meaning="stopping cleanly to go on with the new spec"),
    ),
    (
        lambda f: f.rolled_back and f.state.stage is Stage.RUNNING,
        Phase("RolledBack", stalled=True, meaning="counting on the last spec that made progress"),
    ),
    (lambda f: f.state.stage is Stage.RUNNING, Phase("Running", ready=True, meaning="counting")),
    (
        lambda f: f.state.stage is Stage.RECOVERING and f.state.cause is Cause.STATE_UNAVAILABLE,
        Phase("Stalled", stalled=True, meaning="its state cannot be written or read"),
    ),
    (
        lambda f: f.intent == "Running",
        Phase("Degraded", reconciling=True, meaning="not counting at the moment"),
    ),
    (
        lambda f: f.state.stage is Stage.STARTING and f.state.cause is not None,
        Phase("Stalled", stalled=True, meaning="cannot start as things are"),
    ),
    (lambda _: True, Phase("Starting", reconciling=True, meaning="its pods or its job are being started")),
)


def phase(facts: Facts) -> Phase:
    """The first row of the table that holds."""
    return next(result for holds, result in TABLE if holds(facts))
