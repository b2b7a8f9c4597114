"""What the operator asks of an engine; pure, so an engine may never read a clock, call a server or draw a random number."""

from typing import Protocol

from wordcount_operator.api.v1alpha1 import Attempt
from wordcount_operator.model.actions import Action
from wordcount_operator.model.job import JobState, Problem, SavepointProgress
from wordcount_operator.model.objects import Manifest
from wordcount_operator.model.reads import Observed, Read
from wordcount_operator.model.resource import WordCount


class Engine(Protocol):
    """One engine: from a resource to what should exist, and from what exists to how the job does."""

    def problems(self, resource: WordCount, observed: Observed) -> tuple[Problem, ...]:
        """What in the resource or around it this engine cannot work with; the first is shown to the user."""

    def reads(self, resource: WordCount, observed: Observed) -> tuple[Read, ...]:
        """What to look at; called again with the answers until it asks for nothing new."""

    def base_objects(self, resource: WordCount, observed: Observed) -> tuple[Manifest, ...]:
        """The standing objects that should exist while the resource is not suspended, in the order to make them."""

    def job_state(self, resource: WordCount, observed: Observed) -> JobState:
        """How the attempt in `resource.status.attempt` does; ABSENT where there is none."""

    def attempt_run_id(self, resource: WordCount, number: int) -> str:
        """The id under which attempt `number` will run, where the engine lets the caller choose it, else empty."""

    def session(self, resource: WordCount) -> str:
        """The session cluster that the next attempt will run in, empty where the engine has none."""

    def start(self, resource: WordCount, attempt: Attempt, observed: Observed) -> tuple[Action, ...]:
        """The actions that launch the attempt; none while something it needs is not ready yet."""

    def submit_rejected(self, resource: WordCount, words: str) -> JobState:
        """What it means that the engine refused to begin the attempt with these words; always FAILED."""

    def stop(self, resource: WordCount, observed: Observed) -> tuple[Action, ...]:
        """The actions that end the running attempt cleanly, keeping its state; none once they are under way."""

    def abort(self, resource: WordCount, observed: Observed) -> tuple[Action, ...]:
        """The actions that end a run which makes no progress, without waiting for it; its state so far is kept."""

    def savepoint(self, resource: WordCount, observed: Observed) -> SavepointProgress:
        """How the savepoint `resource.savepoint_due` of the running attempt does; asking again begins no second one."""

    def remove_attempt(self, resource: WordCount, observed: Observed) -> tuple[Action, ...]:
        """The actions that remove what an ended attempt left (never its state); none when nothing is left."""

    def attempt_checkpoints(self, resource: WordCount, attempt: Attempt) -> str:
        """The folder of the attempt's own checkpoints, which no later run writes to; empty where all runs share one."""

    def terminating_pods(self, resource: WordCount, observed: Observed) -> tuple[Manifest, ...]:
        """The pods that were asked to end and still exist: each may still write."""

    def cleanup_pod(self, resource: WordCount, observed: Observed, paths: tuple[str, ...]) -> Manifest | None:
        """The pod that removes these paths of the state, or all of it where none is named; None where no claim is left."""

    def adopt_claim(self, resource: WordCount, observed: Observed) -> tuple[Action, ...]:
        """The actions that let what held the state, and was made for this resource alone, go with it."""

    def remove_cluster(self, resource: WordCount, observed: Observed) -> tuple[Action, ...]:
        """The actions that remove the standing objects of a resource that runs nothing (suspended, deleted);
        none when nothing is left. The state stays."""
