"""What to look at for one resource, each answer leading to the next look; never what it means."""

from wordcount_operator.api.v1alpha1 import Attempt, FlinkBlock
from wordcount_operator.engines.flink import job, manifests, progress, states
from wordcount_operator.engines.flink.session import (
    Session,
    current_session,
    desired_session,
    other_users_read,
)
from wordcount_operator.model.objects import Ref
from wordcount_operator.model.reads import GetObject, HttpGet, Observed, Read
from wordcount_operator.model.resource import WordCount


def reads(resource: WordCount, observed: Observed) -> tuple[Read, ...]:
    """All looks that the answers so far lead to."""
    session, target, attempt = current_session(resource), desired_session(resource), resource.status.attempt
    asked: list[Read] = [*map(GetObject, parts(target)), GetObject(session.deployment)]
    if resource.volume:
        asked.append(GetObject(manifests.claim(resource)))
    named = isinstance(resource.engine_block, FlinkBlock) and resource.engine_block.session
    if (
        named
        or attempt is None
        or attempt.intent != "Running"
        or _reads_after_move(resource, session, target)
    ):
        asked.append(other_users_read(resource))
    if _reads_after_move(resource, session, target):
        asked += [GetObject(ref) for ref in parts(session)]
        asked += [look for of in (session, target) for look in _reads_of_removal(of)]
    if attempt is not None and GetObject(session.deployment) in observed:
        asked += _of_job(resource, attempt, session, observed)
    return tuple(asked)


def parts(session: Session) -> tuple[Ref, ...]:
    """The objects that the operator makes for a session, in the order to remove them."""
    return (session.deployment, session.service, session.config, session.binding, session.account)


def _reads_of_removal(session: Session) -> tuple[Read, ...]:
    return (session.records, session.pods("jobmanager"), session.pods("taskmanager"))


def _reads_after_move(resource: WordCount, session: Session, target: Session) -> bool:
    """Whether a session may have to be given up."""
    attempt = resource.status.attempt
    stopping = attempt is not None and (
        attempt.intent in ("Stopping", "Aborting") or attempt.spec_hash != resource.spec_hash
    )
    return resource.deleting or resource.effective_spec.suspend or stopping or session != target


def _of_job(resource: WordCount, attempt: Attempt, session: Session, observed: Observed) -> tuple[Read, ...]:
    ready, ended = states.ready(observed.object(session.deployment)), attempt.intent == "Ended"
    if not ready:
        return () if ended else _reads_of_removal(session)
    url = session.job(attempt.run_id)
    reply = observed.reply(url)
    if reply is None or ended:
        return (HttpGet(url),)
    if not reply.ok:
        return (HttpGet(url), *_reads_of_removal(session))
    follow: list[Read] = [HttpGet(url), HttpGet(f"{url}/checkpoints")]
    if attempt.intent == "Stopping":
        follow.append(HttpGet(job.stop_savepoint_url(session, attempt)))
    if resource.savepoint_due and attempt.intent == "Running":
        follow.append(HttpGet(job.manual_savepoint_url(session, attempt, resource.savepoint_due)))
    if states.counts(reply.body):
        return (*follow, *progress.reads(reply.body, url))
    if reply.body["state"] == "FAILED":
        return (*follow, HttpGet(f"{url}/execution-result"))
    return (*follow, HttpGet(f"{url}/exceptions"), session.pods("taskmanager"))
