"""What one reconcile decided."""

from dataclasses import dataclass

from wordcount_operator.api.v1alpha1 import Status
from wordcount_operator.model.actions import Action


@dataclass(frozen=True)
class Plan:
    """What one pass decided: the status to write first, then the actions in order, then when to look again."""

    status: Status
    actions: tuple[Action, ...] = ()
    maintenance: tuple[Action, ...] = ()
    """Actions beside the run (savepoints by hand, clean-up): one that is refused says nothing about the resource."""
    requeue_after: float = 10.0
    """Seconds until the next look, if nothing wakes the operator before."""
    done: bool = False
    """For a resource that is being deleted: nothing of it is left, so it may go."""
