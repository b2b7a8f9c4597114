"""The next step of a resource's life, between deciding and reporting; data only, never a decision."""

from dataclasses import dataclass

from wordcount_operator.api.v1alpha1 import Attempt, CheckpointStatus, Restarts, UpgradeStatus
from wordcount_operator.model.actions import Action
from wordcount_operator.model.job import Problem

REQUEUE_FAST, REQUEUE_RUNNING, REQUEUE_IDLE = 0.5, 2.0, 10.0
"""Seconds until the next look: while something moves, while it runs, while only a person or an event can change it."""


@dataclass(frozen=True)
class Step:
    """The next step of the attempt's life, before it is reported."""

    attempt: Attempt | None
    restarts: Restarts
    checkpoint: CheckpointStatus
    upgrade: UpgradeStatus
    actions: tuple[Action, ...] = ()
    maintenance: tuple[Action, ...] = ()
    problem: Problem | None = None
    session: str = ""
    requeue_after: float = REQUEUE_FAST
