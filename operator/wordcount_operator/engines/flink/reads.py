"""What to look at for one resource, each answer leading to the next look; never what it means."""

from wordcount_operator.api.v1alpha1 import Attempt, FlinkBlock
from wordcount_operator.domain import App, Ask, Get, Look, Ref, Seen
from wordcount_operator.engines.flink import job, manifests, progress, states
from wordcount_operator.engines.flink.session import Session, neighbours_look, used, wanted


def looks(app: App, seen: Seen) -> tuple[Look, ...]:
    """All looks that the answers so far lead to."""
    session, target, attempt = used(app), wanted(app), app.status.attempt
    asked: list[Look] = [*map(Get, parts(target)), Get(session.deployment)]
    if app.volume:
        asked.append(Get(manifests.claim(app)))
    named = isinstance(app.block, FlinkBlock) and app.block.session
    if named or attempt is None or attempt.intent != "Running" or _moving(app, session, target):
        asked.append(neighbours_look(app))
    if _moving(app, session, target):
        asked += [Get(ref) for ref in parts(session)]
        asked += [look for of in (session, target) for look in _remains(of)]
    if attempt is not None and Get(session.deployment) in seen:
        asked += _of_job(app, attempt, session, seen)
    return tuple(asked)


def parts(session: Session) -> tuple[Ref, ...]:
    """The objects that the operator makes for a session, in the order to remove them."""
    return (session.deployment, session.service, session.config, session.binding, session.account)


def _remains(session: Session) -> tuple[Look, ...]:
    return (session.records, session.pods("jobmanager"), session.pods("taskmanager"))


def _moving(app: App, session: Session, target: Session) -> bool:
    """Whether a session may have to be given up."""
    attempt = app.status.attempt
    stopping = attempt is not None and (
        attempt.intent in ("Stopping", "Aborting") or attempt.spec_hash != app.spec_hash
    )
    return app.deleting or app.spec.suspend or stopping or session != target


def _of_job(app: App, attempt: Attempt, session: Session, seen: Seen) -> tuple[Look, ...]:
    ready, ended = states.ready(seen.object(session.deployment)), attempt.intent == "Ended"
    if not ready:
        return () if ended else _remains(session)
    url = session.job(attempt.run_id)
    reply = seen.reply(url)
    if reply is None or ended:
        return (Ask(url),)
    if not reply.ok:
        return (Ask(url), *_remains(session))
    follow: list[Look] = [Ask(url), Ask(f"{url}/checkpoints")]
    if attempt.intent == "Stopping":
        follow.append(Ask(job.savepoint(session, attempt)))
    if app.savepoint_due and attempt.intent == "Running":
        follow.append(Ask(job.by_hand(session, attempt, app.savepoint_due)))
    if states.counts(reply.body):
        return (*follow, *progress.looks(reply.body, url))
    if reply.body["state"] == "FAILED":
        return (*follow, Ask(f"{url}/execution-result"))
    return (*follow, Ask(f"{url}/exceptions"), session.pods("taskmanager"))
