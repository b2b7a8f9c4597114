"""Runs the word count as a job in a Flink session cluster, through the JobManager's REST API."""

from collections.abc import Callable
from typing import Any

from wordcount_operator.api.v1alpha1 import Attempt
from wordcount_operator.engines.base import AttemptIdentity, Leftovers
from wordcount_operator.engines.common import pod_status, pods, savepoint_response
from wordcount_operator.engines.common.cleanup_pod import cleanup_pod
from wordcount_operator.engines.common.problems import problems
from wordcount_operator.engines.flink import conf, failures, job, manifests, reads, session, sharing, states
from wordcount_operator.engines.flink.info import COMPONENTS, INFO
from wordcount_operator.engines.flink.removal import session_removal
from wordcount_operator.engines.flink.run import TERMINAL, Run, all_tasks_run, ready
from wordcount_operator.engines.flink.session import Session, current_session, desired_session
from wordcount_operator.engines.flink.stopping import failure
from wordcount_operator.model.actions import Action
from wordcount_operator.model.job import JobState, Problem, SavepointProgress, Stage
from wordcount_operator.model.objects import Manifest, Ref
from wordcount_operator.model.reads import Observed, Read
from wordcount_operator.model.resource import WordCount

_ENDING = (*TERMINAL, "CANCELLING")
_JOBMANAGER = ("ConfigMap", "Deployment")
"""Kinds of which a change replaces the JobManager."""
_MOVED = "its last resource has moved"
_Way = Callable[[Run, Any], tuple[Action, ...]]


class Flink:
    """The engine `flink`; see `wordcount_operator.engines.base.Engine` for what each method promises."""

    info = INFO

    def problems(self, resource: WordCount, observed: Observed | None) -> tuple[Problem, ...]:
        """Those of every engine, reserved keys, refused arguments, and a session that does not fit."""
        found = [
            *conf.reserved(resource),
            *problems(resource, observed),
            *job.rejected_arguments(resource),
        ]
        if observed is not None and (why := sharing.mismatch(resource, observed)):
            found.append(Problem("SessionMismatch", why))
        return tuple(found)

    def reads(self, resource: WordCount, observed: Observed) -> tuple[Read, ...]:
        """The session's parts, then the job as the JobManager knows it, then what explains that."""
        return reads.reads(resource, observed)

    def base_objects(self, resource: WordCount, observed: Observed) -> tuple[Manifest, ...]:
        """The session cluster's objects and the PVC; nothing if somebody else made the named session.

        If the resource did not change, but this version of the operator writes the JobManager in another way
        than the version that created it, jobs are not interrupted for that: it is updated once no job runs in
        the session.
        """
        if session.is_foreign(desired_session(resource), observed):
            return ()
        standing = (pods.with_content_hash(manifest) for manifest in manifests.base_objects(resource))
        busy = sharing.runs_jobs(resource, observed)
        return tuple(
            each
            for each in standing
            if not (busy and each["kind"] in _JOBMANAGER and _is_there(each, observed))
        )

    def job_state(self, resource: WordCount, observed: Observed) -> JobState:
        """As the JobManager reports it, or as Kubernetes shows it if the JobManager does not answer."""
        return states.job_state(resource, observed)

    def identify(self, resource: WordCount, number: int) -> AttemptIdentity:
        """The job's id is chosen before the submit; each job id has its own folder of checkpoints."""
        attempt = resource.status.attempt
        recorded = attempt.run_id if attempt and attempt.number == number else ""
        run_id = recorded or session.hex32(resource.uid, str(number))
        return AttemptIdentity(run_id, desired_session(resource).name, f"{resource.state_path}/{run_id}")

    def start(self, resource: WordCount, attempt: Attempt, observed: Observed) -> tuple[Action, ...]:
        """Submit the job once the JobManager is ready and is not about to be replaced."""
        target = current_session(resource)
        if sharing.outdated_settings(resource, observed) or not ready(observed.object(target.deployment)):
            return ()
        return (job.submit(resource, target, attempt),)

    def submit_rejected(self, resource: WordCount, words: str) -> JobState:
        """By the exit status of the program, which is all that Flink reports."""
        cause, sentence = failures.from_rejected_submit(
            words, job.run_options(resource), resource.engine_block.conf
        )
        return JobState(Stage.FAILED, cause, sentence)

    def stop(self, resource: WordCount, observed: Observed) -> tuple[Action, ...]:
        """Stop with a savepoint, cancel if none can be made, or remove a session that cannot be asked."""
        return self._ask(resource, observed, self._end)

    def abort(self, resource: WordCount, observed: Observed) -> tuple[Action, ...]:
        """Cancel the job; its checkpoints stay."""
        return self._ask(resource, observed, self._cancel)

    def _ask(self, resource: WordCount, observed: Observed, how: _Way) -> tuple[Action, ...]:
        run = Run.of(resource, observed)
        if run is None:
            return ()
        reply = run.reply
        if reply is not None and reply.ok:
            return () if reply.body["state"] in _ENDING else how(run, reply.body)
        stuck = run.deployment is None or pod_status.startup_problem(run.pods("jobmanager"))
        because = "it cannot be asked to stop the job"
        return self._unneeded(resource, run.session, observed, because) if stuck else ()

    def savepoint(self, resource: WordCount, observed: Observed) -> SavepointProgress:
        """The JobManager makes the savepoint while the job goes on."""
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
        """A job that outlived its attempt, and sessions that nobody needs.

        The PVC holds other resources' state too.
        """
        current = current_session(resource)
        # Pods are read only if the JobManager does not answer or its job does not count: Flink itself
        # replaces a TaskManager of a job that counts.
        pods_read = [read for part in COMPONENTS if (read := current.pods(part)) in observed]
        terminating = pod_status.terminating(pod for read in pods_read for pod in observed.all(read))
        left_by_job = self._outlives(resource, observed)
        if not reads.may_remove_session(resource):
            return Leftovers(attempt=left_by_job, terminating=terminating)
        desired = desired_session(resource)
        moved = () if current == desired else self._unneeded(resource, current, observed, _MOVED)
        cluster = self._unneeded(resource, desired, observed, "nobody needs the session")
        return Leftovers(left_by_job or moved, cluster, terminating=terminating)

    def cleanup_pod(self, resource: WordCount, observed: Observed, paths: tuple[str, ...]) -> Manifest | None:
        """It mounts the PVC of the sessions that agree on the storage."""
        return cleanup_pod(resource, manifests.claim(resource), observed, paths)

    def _outlives(self, resource: WordCount, observed: Observed) -> tuple[Action, ...]:
        run = Run.of(resource, observed)
        if run is None or not states.outlives_attempt(run):
            return ()
        return (job.cancel(run.session, run.attempt, "its attempt ended before the job started"),)

    def _end(self, run: Run, document: Any) -> tuple[Action, ...]:
        if run.resource.deleting:
            return (job.cancel(run.session, run.attempt, "the resource is being deleted"),)
        if run.attempt.intent == "Stopping":  # before that there is no savepoint to read about
            made = run.observed.reply(job.stop_savepoint_url(run.session, run.attempt))
            if failed := failure(made):
                return (job.cancel(run.session, run.attempt, failed),)
            if made.ok:
                return ()
        if not all_tasks_run(document):
            because = "the job is not running, so no savepoint can be made"
            return (job.cancel(run.session, run.attempt, because),)
        return (job.stop(run.resource, run.session, run.attempt),)

    def _cancel(self, run: Run, document: Any) -> tuple[Action, ...]:
        return (job.cancel(run.session, run.attempt, "the run makes no progress"),)

    def _unneeded(
        self, resource: WordCount, of: Session, observed: Observed, because: str
    ) -> tuple[Action, ...]:
        return () if sharing.other_users(resource, of, observed) else session_removal(of, observed, because)


def _is_there(manifest: Manifest, observed: Observed) -> bool:
    return observed.object(Ref.of(manifest)) is not None
