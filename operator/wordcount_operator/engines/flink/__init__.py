"""Runs the word count as a job in a Flink session cluster, by the JobManager's REST API; pure, and a stranger to other engines."""

from collections.abc import Callable
from typing import Any

from wordcount_operator.api.v1alpha1 import Attempt
from wordcount_operator.engines.base import AttemptIdentity, Leftovers
from wordcount_operator.engines.common import pod_status, pods, savepoint_response
from wordcount_operator.engines.flink import conf, failures, job, manifests, reads, session, states
from wordcount_operator.engines.flink.removal import session_removal
from wordcount_operator.engines.flink.session import Session, current_session, desired_session
from wordcount_operator.model.actions import Action
from wordcount_operator.model.job import JobState, Problem, SavepointProgress, Stage
from wordcount_operator.model.objects import Manifest, Ref
from wordcount_operator.model.reads import GetObject, Observed, Read
from wordcount_operator.model.resource import WordCount

_ENDING = (*states.TERMINAL, "CANCELLING")
_JOBMANAGER = ("ConfigMap", "Deployment")
"""Kinds of which a change replaces the JobManager."""
_Way = Callable[[WordCount, Attempt, Session, Any, Observed], tuple[Action, ...]]


class Flink:
    """The engine `flink`; see `wordcount_operator.engines.base.Engine` for what each method promises."""

    def problems(self, resource: WordCount, observed: Observed) -> tuple[Problem, ...]:
        """Keys that are the operator's, arguments that the program would refuse, a claim, path or session that does not fit."""
        found = [
            *conf.reserved(resource),
            *pods.problems(resource, observed),
            *job.rejected_arguments(resource),
        ]
        if why := session.mismatch(resource, observed):
            found.append(Problem("SessionMismatch", why))
        return tuple(found)

    def reads(self, resource: WordCount, observed: Observed) -> tuple[Read, ...]:
        """The session's parts, then the job as the JobManager knows it, then what explains that."""
        return reads.reads(resource, observed)

    def base_objects(self, resource: WordCount, observed: Observed) -> tuple[Manifest, ...]:
        """The session cluster's objects and the claim; nothing where somebody else made the named session.

        Where the resource asks for nothing else, but this version of the operator writes the JobManager otherwise than the one that
        made it, jobs are not interrupted for that: it is written anew when none runs in the session.
        """
        if session.is_foreign(desired_session(resource), observed):
            return ()
        standing = (pods.with_content_hash(manifest) for manifest in manifests.base_objects(resource))
        busy = session.runs_jobs(resource, observed)
        return tuple(
            each
            for each in standing
            if not (busy and each["kind"] in _JOBMANAGER and _is_there(each, observed))
        )

    def job_state(self, resource: WordCount, observed: Observed) -> JobState:
        """How the job does, by the JobManager, or by Kubernetes where that does not answer."""
        return states.job_state(resource, observed)

    def identify(self, resource: WordCount, number: int) -> AttemptIdentity:
        """The job's id is chosen before the job is submitted, and Flink makes a folder of checkpoints for each job id."""
        attempt = resource.status.attempt
        recorded = attempt.run_id if attempt and attempt.number == number else ""
        run_id = recorded or session.hex32(resource.uid, str(number))
        return AttemptIdentity(run_id, desired_session(resource).name, f"{resource.state_path}/{run_id}")

    def start(self, resource: WordCount, attempt: Attempt, observed: Observed) -> tuple[Action, ...]:
        """Submits the job once the JobManager answers, and is the one that is wanted and not about to be replaced."""
        target = current_session(resource)
        if session.outdated_settings(resource, observed) or not states.ready(
            observed.answers.get(GetObject(target.deployment))
        ):
            return ()
        return (job.submit(resource, target, attempt),)

    def submit_rejected(self, resource: WordCount, words: str) -> JobState:
        """By the exit status of the program, which is all that Flink tells."""
        cause, sentence = failures.from_rejected_submit(
            words, job.arguments(resource), resource.engine_block.conf
        )
        return JobState(Stage.FAILED, cause, sentence)

    def stop(self, resource: WordCount, observed: Observed) -> tuple[Action, ...]:
        """Stops the job with a savepoint; cancels it where none can be made; removes a session that cannot be asked."""
        return self._ask(resource, observed, self._end)

    def abort(self, resource: WordCount, observed: Observed) -> tuple[Action, ...]:
        """Cancels the job, whose checkpoints stay."""
        return self._ask(resource, observed, self._cancel)

    def _ask(self, resource: WordCount, observed: Observed, how: _Way) -> tuple[Action, ...]:
        attempt, current = resource.status.attempt, current_session(resource)
        if attempt is None:
            return ()
        reply = observed.reply(current.job(attempt.run_id))
        if reply is not None and reply.ok:
            return (
                ()
                if reply.body["state"] in _ENDING
                else how(resource, attempt, current, reply.body, observed)
            )
        deployment = observed.answers.get(GetObject(current.deployment))
        stuck = deployment is None or pod_status.startup_problem(
            observed.answers.get(current.pods("jobmanager"), ())
        )
        return (
            self._unneeded(resource, current, observed, "it cannot be asked to stop the job") if stuck else ()
        )

    def savepoint(self, resource: WordCount, observed: Observed) -> SavepointProgress:
        """The JobManager makes it while the job goes on."""
        attempt, session = resource.status.attempt, current_session(resource)
        if attempt is None:
            return SavepointProgress()
        reply = observed.reply(job.manual_savepoint_url(session, attempt, resource.savepoint_due))
        return savepoint_response.savepoint_progress(
            reply,
            job.trigger_savepoint(resource, session, attempt),
            lambda trace: failures.innermost_exception(trace)[1],
        )

    def leftovers(self, resource: WordCount, observed: Observed) -> Leftovers:
        """A job that outlived its attempt, and sessions that nobody needs; the PVC holds other resources' state too."""
        current = current_session(resource)
        looked = [observed.answers.get(current.pods(part), ()) for part in ("jobmanager", "taskmanager")]
        return Leftovers(
            attempt=self._left_by_attempt(resource, observed),
            cluster=self._unneeded(resource, desired_session(resource), observed, "nobody needs the session"),
            terminating=pod_status.terminating(pod for found in looked for pod in found),
        )

    def cleanup_pod(self, resource: WordCount, observed: Observed, paths: tuple[str, ...]) -> Manifest | None:
        """On the claim of the sessions that agree on the storage."""
        return pods.cleanup_pod(resource, manifests.claim(resource), observed, paths)

    def _left_by_attempt(self, resource: WordCount, observed: Observed) -> tuple[Action, ...]:
        """A job that came up after its attempt was given up, and the session that the resource has moved away from."""
        old, attempt = current_session(resource), resource.status.attempt
        if attempt is not None and states.outlives_attempt(attempt, old, observed):
            return (job.cancel(old, attempt, "its attempt was given up before it came up"),)
        return (
            ()
            if old == desired_session(resource)
            else self._unneeded(resource, old, observed, "its last resource has moved")
        )

    def _end(
        self, resource: WordCount, attempt: Attempt, current: Session, document: Any, observed: Observed
    ) -> tuple[Action, ...]:
        if resource.deleting:
            return (job.cancel(current, attempt, "the resource is being deleted"),)
        made = observed.reply(job.stop_savepoint_url(current, attempt))
        if failed := states.failure(made):
            return (job.cancel(current, attempt, failed),)
        if made is not None and made.ok:
            return ()
        if not states.counts(document):
            return (job.cancel(current, attempt, "the job is not running, so no savepoint can be made"),)
        return (job.stop(resource, current, attempt),)

    def _cancel(
        self, resource: WordCount, attempt: Attempt, current: Session, document: Any, observed: Observed
    ) -> tuple[Action, ...]:
        return (job.cancel(current, attempt, "the run makes no progress"),)

    def _unneeded(
        self, resource: WordCount, of: Session, observed: Observed, because: str
    ) -> tuple[Action, ...]:
        return () if session.other_users(resource, of, observed) else session_removal(of, observed, because)


def _is_there(manifest: Manifest, observed: Observed) -> bool:
    return observed.answers.get(GetObject(Ref.of(manifest))) is not None
