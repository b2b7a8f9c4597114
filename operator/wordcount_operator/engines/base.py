"""What the operator asks of an engine; pure, so an engine may never read a clock, call a server or draw a random number."""

from typing import Protocol

from wordcount_operator.api.v1alpha1 import Attempt
from wordcount_operator.domain import Action, App, JobState, Look, Manifest, Problem, Saving, Seen


class Engine(Protocol):
    """One engine: from a resource to what should exist, and from what exists to how the job does."""

    def problems(self, app: App, seen: Seen) -> tuple[Problem, ...]:
        """What in the resource or around it this engine cannot work with; the first is shown to the user."""

    def looks(self, app: App, seen: Seen) -> tuple[Look, ...]:
        """What to look at; called again with the answers until it asks for nothing new."""

    def desired(self, app: App, seen: Seen) -> tuple[Manifest, ...]:
        """The standing objects that should exist while the resource is not suspended, in the order to make them."""

    def state(self, app: App, seen: Seen) -> JobState:
        """How the attempt in `app.status.attempt` does; ABSENT where there is none."""

    def attempt_run_id(self, app: App, number: int) -> str:
        """The id under which attempt `number` will run, where the engine lets the caller choose it, else empty."""

    def session(self, app: App) -> str:
        """The session cluster that the next attempt will run in, empty where the engine has none."""

    def start(self, app: App, attempt: Attempt, seen: Seen) -> tuple[Action, ...]:
        """The actions that launch the attempt; none while something it needs is not ready yet."""

    def refusal(self, app: App, words: str) -> JobState:
        """What it means that the engine refused to begin the attempt with these words; always FAILED."""

    def stop(self, app: App, seen: Seen) -> tuple[Action, ...]:
        """The actions that end the running attempt cleanly, keeping its state; none once they are under way."""

    def abort(self, app: App, seen: Seen) -> tuple[Action, ...]:
        """The actions that end a run which makes no progress, without waiting for it; its state so far is kept."""

    def savepoint(self, app: App, seen: Seen) -> Saving:
        """How the savepoint `app.savepoint_due` of the running attempt does; asking again begins no second one."""

    def discard(self, app: App, seen: Seen) -> tuple[Action, ...]:
        """The actions that remove what an ended attempt left (never its state); none when nothing is left."""

    def checkpoints(self, app: App, attempt: Attempt) -> str:
        """The folder of the attempt's own checkpoints, which no later run writes to; empty where all runs share one."""

    def ending(self, app: App, seen: Seen) -> tuple[Manifest, ...]:
        """The pods that were asked to end and still exist: each may still write."""

    def cleaner(self, app: App, seen: Seen, paths: tuple[str, ...]) -> Manifest | None:
        """The pod that removes these paths of the state, or all of it where none is named; None where no claim is left."""

    def forget(self, app: App, seen: Seen) -> tuple[Action, ...]:
        """The actions that let what held the state, and was made for this resource alone, go with it."""

    def release(self, app: App, seen: Seen) -> tuple[Action, ...]:
        """The actions that remove the standing objects of a resource that runs nothing (suspended, deleted);
        none when nothing is left. The state stays."""
