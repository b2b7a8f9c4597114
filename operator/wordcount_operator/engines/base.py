"""What the operator asks of an engine, and the answers that only engines give."""

from dataclasses import dataclass
from typing import Protocol

from wordcount_operator.api.v1alpha1 import Attempt
from wordcount_operator.engines.info import EngineInfo
from wordcount_operator.model.actions import Action
from wordcount_operator.model.job import JobState, Problem, SavepointProgress
from wordcount_operator.model.objects import Manifest
from wordcount_operator.model.reads import Observed, Read
from wordcount_operator.model.resource import WordCount


@dataclass(frozen=True)
class AttemptIdentity:
    """What an engine knows of an attempt before it starts.

    A field is empty if the engine has no such thing.
    """

    run_id: str = ""
    """The id under which the attempt will run, if the caller and not the engine chooses it."""
    session: str = ""
    """The session cluster that the attempt will run in, if resources can share one."""
    checkpoints_folder: str = ""
    """The folder of the attempt's own checkpoints, if no later attempt writes to it."""


@dataclass(frozen=True)
class Leftovers:
    """What remains of a resource's runs, as the actions that remove it; no action removes state."""

    attempt: tuple[Action, ...] = ()
    """Remove what an ended attempt left."""
    cluster: tuple[Action, ...] = ()
    """Remove the base objects of a resource that runs nothing, because it is suspended or deleted."""
    claim: tuple[Action, ...] = ()
    """Let the PVC that was made for this resource alone be deleted with it."""
    terminating: tuple[Manifest, ...] = ()
    """The pods that were asked to end and still exist: each may still write."""


class Engine(Protocol):
    """An engine says what should exist for a resource, and how its job does from what exists.

    All methods are pure: `observed` is all they know of the world.
    """

    @property
    def info(self) -> EngineInfo:
        """Return what others know about the engine."""

    def problems(self, resource: WordCount, observed: Observed | None) -> tuple[Problem, ...]:
        """Return what this engine cannot work with, in or around the resource; the user sees the first one.

        `observed` is None if there is no cluster to read, as in `wordcount validate`: then only the resource
        is checked.
        """

    def reads(self, resource: WordCount, observed: Observed) -> tuple[Read, ...]:
        """Return what to read; called again with the answers until it asks for nothing new."""

    def base_objects(self, resource: WordCount, observed: Observed) -> tuple[Manifest, ...]:
        """Return the objects that should exist unless the resource is suspended, in creation order."""

    def job_state(self, resource: WordCount, observed: Observed) -> JobState:
        """Return how the attempt in `resource.status.attempt` does; ABSENT if there is none."""

    def identify(self, resource: WordCount, number: int) -> AttemptIdentity:
        """Return what is known of attempt `number` before it starts.

        The same answer each time it is asked.
        """

    def start(self, resource: WordCount, attempt: Attempt, observed: Observed) -> tuple[Action, ...]:
        """Return the actions that start the attempt; none as long as something it needs is not ready."""

    def submit_rejected(self, resource: WordCount, words: str) -> JobState:
        """Return what it means that the engine refused to start the attempt with these words.

        Always FAILED.
        """

    def stop(self, resource: WordCount, observed: Observed) -> tuple[Action, ...]:
        """Return the actions that end the running attempt cleanly and keep its state.

        None once they are under way.
        """

    def abort(self, resource: WordCount, observed: Observed) -> tuple[Action, ...]:
        """Return the actions that end a run without waiting for it; its state so far is kept."""

    def savepoint(self, resource: WordCount, observed: Observed) -> SavepointProgress:
        """Return how the savepoint `resource.savepoint_due` does; asking again starts no second one."""

    def leftovers(self, resource: WordCount, observed: Observed) -> Leftovers:
        """Return what remains of runs that are over, and the actions that remove it."""

    def cleanup_pod(self, resource: WordCount, observed: Observed, paths: tuple[str, ...]) -> Manifest | None:
        """Return the pod that deletes these paths of the state, or all state if none is named.

        None if it has no PVC.
        """
