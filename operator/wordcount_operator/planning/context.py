"""What one decision depends on (`Context`) and what it changes (`Changes`)."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from wordcount_operator.api.v1alpha1 import (
    Attempt,
    CheckpointStatus,
    Restarts,
    Spec,
    Status,
    UpgradeStatus,
)
from wordcount_operator.engines.base import Engine, Leftovers
from wordcount_operator.model.actions import Action
from wordcount_operator.model.job import JobState, Problem
from wordcount_operator.model.reads import Observed
from wordcount_operator.model.resource import WordCount

REQUEUE_FAST, REQUEUE_RUNNING, REQUEUE_IDLE = 0.5, 2.0, 10.0
"""Seconds until the next reconcile: while something changes, while a job runs, while only a person or an
event can change anything."""

_RECORDED = ("attempt", "restarts", "checkpoint", "upgrade", "session")
_INTENT = ("attempt", "checkpoint", "upgrade")


@dataclass(frozen=True)
class Changes:
    """What is to be different after a reconcile; every default means: as it was."""

    attempt: Attempt | None = None
    restarts: Restarts | None = None
    checkpoint: CheckpointStatus | None = None
    upgrade: UpgradeStatus | None = None
    session: str | None = None
    problem: Problem | None = None
    """What stops the operator, if anything does."""
    message: str = ""
    """A sentence for the status in place of the phase's own."""
    actions: tuple[Action, ...] = ()
    maintenance: tuple[Action, ...] = ()
    requeue_after: float = REQUEUE_FAST
    finished: bool = False
    """For a resource that is being deleted: nothing of it is left."""

    def recorded(self) -> dict[str, Any]:
        """Return the changed parts of the status by name."""
        parts = {name: getattr(self, name) for name in _RECORDED}
        return {name: part for name, part in parts.items() if part is not None}

    def applied_to(self, status: Status) -> Status:
        """Return the status with the changed parts."""
        return status.model_copy(update=self.recorded())

    def on_top_of(self, earlier: "Changes") -> "Changes":
        """Return these changes with the parts that earlier ones changed and these do not."""
        return replace(self, **(earlier.recorded() | self.recorded()))

    def alter(self, status: Status, *parts: str) -> bool:
        """Return whether one of these parts of the status becomes different."""
        changed = self.recorded()
        return any(changed[part] != getattr(status, part) for part in parts if part in changed)

    def alter_intent(self, status: Status) -> bool:
        """Return whether the status has to be written first, because it holds what the actions carry out."""
        return self.alter(status, *_INTENT)


@dataclass(frozen=True)
class Context:
    """All that a decision depends on."""

    resource: WordCount
    engine: Engine
    observed: Observed
    job: JobState
    now: datetime

    @property
    def spec(self) -> Spec:
        """The spec that is in force."""
        return self.resource.effective_spec

    @property
    def status(self) -> Status:
        """What is on record."""
        return self.resource.status

    @property
    def attempt(self) -> Attempt | None:
        """The newest attempt, None if there never was one."""
        return self.resource.status.attempt

    @property
    def edited(self) -> bool:
        """Whether the newest attempt was made from another spec, or there is none."""
        return self.attempt is None or self.attempt.spec_hash != self.resource.spec_hash

    @cached_property
    def problem(self) -> Problem | None:
        """What the engine cannot work with, None if there is nothing."""
        return next(iter(self.engine.problems(self.resource, self.observed)), None)

    @cached_property
    def leftovers(self) -> Leftovers:
        """What remains of runs that are over."""
        return self.engine.leftovers(self.resource, self.observed)

    def with_changes(self, changes: Changes) -> "Context":
        """Return the context in which these changes are on record."""
        return replace(self, resource=replace(self.resource, status=changes.applied_to(self.status)))
