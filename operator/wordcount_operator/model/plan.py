"""What one reconcile decided."""

from dataclasses import dataclass

from wordcount_operator.api.v1alpha1 import Status
from wordcount_operator.model.actions import Action


@dataclass(frozen=True)
class Plan:
    """What one reconcile decided, in the order in which it is carried out.

    The status is written once: before the actions if it holds an intent that they carry out, else after them.
    """

    status_before: Status | None = None
    actions: tuple[Action, ...] = ()
    status_after: Status | None = None
    maintenance: tuple[Action, ...] = ()
    """Actions beside the run (savepoints by hand, clean-up): their refusal does not concern the run."""
    requeue_after: float = 10.0
    """Seconds until the next reconcile, unless something wakes the operator before."""
    finished: bool = False
    """For a resource that is being deleted: nothing of it is left, so it may go."""

    def __post_init__(self) -> None:
        """Refuse a plan that writes no status, or two."""
        if (self.status_before is None) == (self.status_after is None):
            raise ValueError("a plan writes its status once: either before its actions or after them")

    @property
    def status(self) -> Status:
        """The status that is written."""
        status = self.status_before or self.status_after
        assert status
        return status
