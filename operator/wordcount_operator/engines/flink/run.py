"""An attempt in its session cluster, with what was read about both."""

from dataclasses import dataclass
from typing import Any

from wordcount_operator.api.v1alpha1 import Attempt
from wordcount_operator.engines.flink.session import Session, current_session
from wordcount_operator.model.objects import Manifest
from wordcount_operator.model.reads import HttpReply, Observed
from wordcount_operator.model.resource import WordCount

TERMINAL = ("FINISHED", "CANCELED", "FAILED")
_COUNTING = ("RUNNING", "FINISHED")


@dataclass(frozen=True)
class Run:
    """The attempt of a resource, the session it began in, and what was read."""

    resource: WordCount
    attempt: Attempt
    session: Session
    observed: Observed

    @classmethod
    def of(cls, resource: WordCount, observed: Observed) -> "Run | None":
        """Return the run of the attempt that is on record, or None if there is no attempt."""
        attempt = resource.status.attempt
        return cls(resource, attempt, current_session(resource), observed) if attempt else None

    @property
    def url(self) -> str:
        """Return the address of the job's document."""
        return self.session.job(self.attempt.run_id)

    @property
    def deployment(self) -> Manifest | None:
        """Return the JobManager's Deployment."""
        return self.observed.object(self.session.deployment)

    @property
    def reply(self) -> HttpReply | None:
        """Return the JobManager's answer about the job.

        None if it is not ready, because then nothing asks it.
        """
        return self.observed.reply(self.url) if ready(self.deployment) else None

    @property
    def recorded(self) -> bool:
        """Whether Flink's high-availability records hold the job, so that a JobManager will recover it."""
        plan = f"executionPlan-{self.attempt.run_id}"
        return any(plan in record.get("data", {}) for record in self.observed.all(self.session.records))

    @property
    def made_progress(self) -> bool:
        """Whether the job was once seen to count."""
        return bool(self.attempt.first_progress_time)

    def pods(self, component: str) -> tuple[Manifest, ...]:
        """Return the session's pods of that component."""
        return self.observed.all(self.session.pods(component))

    def body(self, path: str) -> Any:
        """Return the JobManager's document at a path below the job's; empty if it has none."""
        reply = self.observed.reply(self.url + path)
        return reply.body if reply.ok else {}


def ready(deployment: Manifest | None) -> bool:
    """Whether the JobManager is ready, in the version that its Deployment now asks for."""
    status = (deployment or {}).get("status", {})
    generation = (deployment or {}).get("metadata", {}).get("generation", 0)
    current = status.get("observedGeneration", 0) >= generation
    return bool(current and status.get("updatedReplicas") and status.get("readyReplicas"))


def all_tasks_run(document: Any) -> bool:
    """Whether the job and all its tasks run."""
    return document["state"] == "RUNNING" and all(
        vertex["status"] in _COUNTING for vertex in document["vertices"]
    )
