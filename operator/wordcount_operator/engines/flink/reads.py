"""What to read for one Flink resource; each answer leads to the next reads."""

from wordcount_operator.api.v1alpha1 import Attempt, FlinkBlock
from wordcount_operator.engines.flink import job, manifests, progress
from wordcount_operator.engines.flink.run import all_tasks_run, ready
from wordcount_operator.engines.flink.session import Session, current_session, desired_session
from wordcount_operator.engines.flink.sharing import other_users_read
from wordcount_operator.model.objects import Ref
from wordcount_operator.model.reads import GetObject, HttpGet, Observed, Read
from wordcount_operator.model.resource import WordCount


def reads(resource: WordCount, observed: Observed) -> tuple[Read, ...]:
    """Return all reads that the answers so far lead to."""
    session, target, attempt = current_session(resource), desired_session(resource), resource.status.attempt
    asked: list[Read] = [*map(GetObject, parts(target)), GetObject(session.deployment)]
    if resource.volume:
        asked.append(GetObject(manifests.claim(resource)))
    named = isinstance(resource.engine_block, FlinkBlock) and resource.engine_block.session
    moves = may_remove_session(resource)
    if named or attempt is None or attempt.intent != "Running" or moves:
        asked.append(other_users_read(resource))
    if moves:
        asked += [GetObject(ref) for ref in parts(session)]
        asked += [read for of in (session, target) for read in _reads_of_removal(resource, of)]
    if attempt is not None and GetObject(session.deployment) in observed:
        asked += _of_job(resource, attempt, session, observed)
    return tuple(asked)


def parts(session: Session) -> tuple[Ref, ...]:
    """Return the objects that the operator makes for a session, in the order to remove them."""
    return (session.deployment, session.service, session.config, session.binding, session.account)


def _reads_of_removal(resource: WordCount, session: Session) -> tuple[Read, ...]:
    """Return what shows how far a session is removed, and who else needs it."""
    pods = (session.pods("jobmanager"), session.pods("taskmanager"))
    return (session.records, *pods, other_users_read(resource))


def may_remove_session(resource: WordCount) -> bool:
    """Whether the resource is about to leave a session, or has left one."""
    attempt = resource.status.attempt
    stopping = attempt is not None and (
        attempt.intent in ("Stopping", "Aborting") or attempt.spec_hash != resource.spec_hash
    )
    moved = current_session(resource) != desired_session(resource)
    return resource.deleting or resource.effective_spec.suspend or stopping or moved


def _of_job(resource: WordCount, attempt: Attempt, session: Session, observed: Observed) -> tuple[Read, ...]:
    ended, removal = attempt.intent == "Ended", _reads_of_removal(resource, session)
    if not ready(observed.object(session.deployment)):
        return () if ended else removal
    url = session.job(attempt.run_id)
    if ended or HttpGet(url) not in observed:
        return (HttpGet(url),)
    reply = observed.reply(url)
    if not reply.ok:
        return (HttpGet(url), *removal)
    follow: list[Read] = [HttpGet(url), HttpGet(f"{url}/checkpoints")]
    if attempt.intent == "Stopping":
        follow.append(HttpGet(job.stop_savepoint_url(session, attempt)))
    if resource.savepoint_due and attempt.intent == "Running":
        follow.append(HttpGet(job.manual_savepoint_url(session, attempt, resource.savepoint_due)))
    if all_tasks_run(reply.body):
        return (*follow, *progress.reads(reply.body, url))
    if reply.body["state"] == "FAILED":
        return (*follow, HttpGet(f"{url}/execution-result"))
    return (*follow, HttpGet(f"{url}/exceptions"), session.pods("taskmanager"))
