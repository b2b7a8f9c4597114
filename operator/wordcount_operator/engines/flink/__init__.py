"""Runs the word count as a job in a Flink session cluster, by the JobManager's REST API; pure, and a stranger to other engines."""

from collections.abc import Callable
from typing import Any

from wordcount_operator.api.v1alpha1 import Attempt
from wordcount_operator.domain import (
    Action,
    App,
    Get,
    JobState,
    Look,
    Manifest,
    Problem,
    Ref,
    Saving,
    Seen,
    Stage,
)
from wordcount_operator.engines.common import pod_status, pods, savepoint_response
from wordcount_operator.engines.flink import conf, failures, job, manifests, reads, session, states
from wordcount_operator.engines.flink.removal import removal
from wordcount_operator.engines.flink.session import Session, used, wanted

_ENDING = (*states.TERMINAL, "CANCELLING")
_JOBMANAGER = ("ConfigMap", "Deployment")
"""Kinds of which a change replaces the JobManager."""
_Way = Callable[[App, Attempt, Session, Any, Seen], tuple[Action, ...]]


class Flink:
    """The engine `flink`; see `wordcount_operator.engines.base.Engine` for what each method promises."""

    def problems(self, app: App, seen: Seen) -> tuple[Problem, ...]:
        """Keys that are the operator's, arguments that the program would refuse, a claim, path or session that does not fit."""
        found = [*conf.reserved(app), *pods.problems(app, seen), *job.refused(app)]
        if why := session.mismatch(app, seen):
            found.append(Problem("SessionMismatch", why))
        return tuple(found)

    def looks(self, app: App, seen: Seen) -> tuple[Look, ...]:
        """The session's parts, then the job as the JobManager knows it, then what explains that."""
        return reads.looks(app, seen)

    def desired(self, app: App, seen: Seen) -> tuple[Manifest, ...]:
        """The session cluster's objects and the claim; nothing where somebody else made the named session.

        Where the resource asks for nothing else, but this version of the operator writes the JobManager otherwise than the one that
        made it, jobs are not interrupted for that: it is written anew when none runs in the session.
        """
        if session.foreign(wanted(app), seen):
            return ()
        standing = (pods.marked(manifest) for manifest in manifests.standing(app))
        busy = session.busy(app, seen)
        return tuple(
            each for each in standing if not (busy and each["kind"] in _JOBMANAGER and _is_there(each, seen))
        )

    def state(self, app: App, seen: Seen) -> JobState:
        """How the job does, by the JobManager, or by Kubernetes where that does not answer."""
        return states.state(app, seen)

    def attempt_run_id(self, app: App, number: int) -> str:
        """The job's id, chosen before the job is submitted: the same whenever asked, another one for each attempt."""
        return session.hex32(app.uid, str(number))

    def session(self, app: App) -> str:
        """The session that the spec asks for."""
        return wanted(app).name

    def start(self, app: App, attempt: Attempt, seen: Seen) -> tuple[Action, ...]:
        """Submits the job once the JobManager answers, and is the one that is wanted and not about to be replaced."""
        target = used(app)
        if session.outdated(app, seen) or not states.ready(seen.answers.get(Get(target.deployment))):
            return ()
        return (job.submit(app, target, attempt),)

    def refusal(self, app: App, words: str) -> JobState:
        """By the exit status of the program, which is all that Flink tells."""
        cause, sentence = failures.of_refusal(words, job.arguments(app), app.block.conf)
        return JobState(Stage.FAILED, cause, sentence)

    def stop(self, app: App, seen: Seen) -> tuple[Action, ...]:
        """Stops the job with a savepoint; cancels it where none can be made; removes a session that cannot be asked."""
        return self._ask(app, seen, self._end)

    def abort(self, app: App, seen: Seen) -> tuple[Action, ...]:
        """Cancels the job, whose checkpoints stay."""
        return self._ask(app, seen, self._cancel)

    def _ask(self, app: App, seen: Seen, how: _Way) -> tuple[Action, ...]:
        attempt, current = app.status.attempt, used(app)
        if attempt is None:
            return ()
        reply = seen.reply(current.job(attempt.run_id))
        if reply is not None and reply.ok:
            return () if reply.body["state"] in _ENDING else how(app, attempt, current, reply.body, seen)
        deployment = seen.answers.get(Get(current.deployment))
        stuck = deployment is None or pod_status.obstacle(seen.answers.get(current.pods("jobmanager"), ()))
        return self._unneeded(app, current, seen, "it cannot be asked to stop the job") if stuck else ()

    def savepoint(self, app: App, seen: Seen) -> Saving:
        """The JobManager makes it while the job goes on."""
        attempt, session = app.status.attempt, used(app)
        if attempt is None:
            return Saving()
        reply = seen.reply(job.by_hand(session, attempt, app.savepoint_due))
        return savepoint_response.saving(
            reply, job.save(app, session, attempt), lambda trace: failures.root(trace)[1]
        )

    def discard(self, app: App, seen: Seen) -> tuple[Action, ...]:
        """A job that came up after its attempt was given up, and the session that the resource has moved away from."""
        old, attempt = used(app), app.status.attempt
        if attempt is not None and states.late(attempt, old, seen):
            return (job.cancel(old, attempt, "its attempt was given up before it came up"),)
        return () if old == wanted(app) else self._unneeded(app, old, seen, "its last resource has moved")

    def checkpoints(self, app: App, attempt: Attempt) -> str:
        """Flink makes one for each job id."""
        return f"{app.state_path}/{attempt.run_id}"

    def ending(self, app: App, seen: Seen) -> tuple[Manifest, ...]:
        """Pods of the session that Kubernetes is ending, where the JobManager does not answer."""
        session = used(app)
        looked = [seen.answers.get(session.pods(part), ()) for part in ("jobmanager", "taskmanager")]
        return pod_status.ending(pod for found in looked for pod in found)

    def cleaner(self, app: App, seen: Seen, paths: tuple[str, ...]) -> Manifest | None:
        """On the claim of the sessions that agree on the storage."""
        return pods.cleaner(app, manifests.claim(app), seen, paths)

    def forget(self, app: App, seen: Seen) -> tuple[Action, ...]:
        """Nothing: the claim holds other resources' state too."""
        return ()

    def release(self, app: App, seen: Seen) -> tuple[Action, ...]:
        """The session, where no other resource runs in it or wants it."""
        return self._unneeded(app, wanted(app), seen, "nobody needs the session")

    def _end(
        self, app: App, attempt: Attempt, current: Session, document: Any, seen: Seen
    ) -> tuple[Action, ...]:
        if app.deleting:
            return (job.cancel(current, attempt, "the resource is being deleted"),)
        made = seen.reply(job.savepoint(current, attempt))
        if failed := states.failure(made):
            return (job.cancel(current, attempt, failed),)
        if made is not None and made.ok:
            return ()
        if not states.counts(document):
            return (job.cancel(current, attempt, "the job is not running, so no savepoint can be made"),)
        return (job.stop(app, current, attempt),)

    def _cancel(
        self, app: App, attempt: Attempt, current: Session, document: Any, seen: Seen
    ) -> tuple[Action, ...]:
        return (job.cancel(current, attempt, "the run makes no progress"),)

    def _unneeded(self, app: App, of: Session, seen: Seen, because: str) -> tuple[Action, ...]:
        return () if session.neighbours(app, of, seen) else removal(of, seen, because)


def _is_there(manifest: Manifest, seen: Seen) -> bool:
    return seen.answers.get(Get(Ref.of(manifest))) is not None
