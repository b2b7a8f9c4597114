"""Which other resources use a session, and what that permits."""

from collections.abc import Iterator

from pydantic import ValidationError

from wordcount_operator.api import GROUP, KIND, VERSION
from wordcount_operator.api.v1alpha1 import Spec, Status
from wordcount_operator.engines.flink.session import (
    SHARED_SETTINGS_ANNOTATION,
    Session,
    current_session,
    desired_session,
    shared_settings,
)
from wordcount_operator.model.objects import MINIMAL_SPEC
from wordcount_operator.model.reads import ListObjects, Observed
from wordcount_operator.model.resource import WordCount

_UNREADABLE = Spec.model_validate({**MINIMAL_SPEC, "engine": "flink", "suspend": True})


def other_users_read(resource: WordCount) -> ListObjects:
    """Return the read of all resources of the namespace."""
    return ListObjects(f"{GROUP}/{VERSION}", KIND, resource.namespace)


def other_users(resource: WordCount, session: Session, observed: Observed) -> tuple[str, ...]:
    """Return the names of the other resources that run in the session or ask for it.

    One that is being deleted does not count, so that of two that go at once the second never waits for the
    first.
    """
    return tuple(other.name for other in _others(resource, observed) if _needs(other, session))


def _needs(other: WordCount, session: Session) -> bool:
    attempt = other.status.attempt
    if attempt and attempt.intent != "Ended" and current_session(other) == session:
        return True
    return not other.effective_spec.suspend and desired_session(other) == session


def _others(resource: WordCount, observed: Observed) -> Iterator[WordCount]:
    for raw in observed.all(other_users_read(resource)):
        meta = raw["metadata"]
        if meta["uid"] == resource.uid or "deletionTimestamp" in meta:
            continue
        status = Status.model_validate(raw.get("status") or {})
        try:
            spec = Spec.model_validate(raw["spec"])
        except ValidationError:
            # It will start nothing, and its own reconcile says why; but what it started goes on.
            spec = _UNREADABLE
        if raw["spec"]["engine"] == "flink":
            # Where both leave the image out, both mean the operator's default.
            image = (spec.flink and spec.flink.image) or (
                "" if resource.engine_block.image else resource.effective_image
            )
            yield WordCount(meta["namespace"], meta["name"], meta["uid"], 0, spec, status, image)


def mismatch(resource: WordCount, observed: Observed) -> str:
    """Return why the named session cannot be changed to what the resource needs; else an empty text.

    It is changed for all who use it, so they have to ask alike, and under none of them while it runs.
    """
    session, attempt = desired_session(resource), resource.status.attempt
    differing = outdated_settings(resource, observed)
    # The others are read unless the run goes on in a session that has no name of its own; the name of such a
    # session is the digest of its settings, so all of its users agree.
    if not differing or other_users_read(resource) not in observed:
        return ""
    others = [other for other in _others(resource, observed) if _needs(other, session)]
    # What one asks that was rolled back is not what it runs on, and it does not insist on it.
    insisting = [other for other in others if not other.status.upgrade.failed_hash]
    against = [other.name for other in insisting if shared_settings(other) != shared_settings(resource)]
    fields, field = " and ".join(differing), f"spec.flink.session.name: session {session.name}"
    if against:
        return (
            f"{field} is also used by {', '.join(against)} with a different {fields}; write the same in all"
            " of them, or name another session"
        )
    running = [each.name for each in others if each.status.attempt and each.status.attempt.intent != "Ended"]
    if running and (attempt is None or attempt.intent == "Ended"):
        return f"{field} changes its {fields} after {', '.join(running)} has stopped"
    return ""


def outdated_settings(resource: WordCount, observed: Observed) -> list[str]:
    """Return the fields in which the operator's session is not (yet) what the resource asks for."""
    deployment = observed.object(desired_session(resource).deployment)
    if deployment is None or not desired_session(resource).owns(deployment):
        return []
    annotations = deployment["metadata"].get("annotations", {})
    return [
        field
        for field, answer in shared_settings(resource).items()
        if _recorded_setting(annotations, field) != answer
    ]


def runs_jobs(resource: WordCount, observed: Observed) -> bool:
    """Whether any jobs run in the desired session, and the session is as the resource asks for."""
    target = desired_session(resource)
    if outdated_settings(resource, observed):
        return False
    # If the resource's own job runs, the others do not matter, and nothing may have read them.
    return _runs_in(resource, target) or any(_runs_in(each, target) for each in _others(resource, observed))


def _runs_in(resource: WordCount, session: Session) -> bool:
    attempt = resource.status.attempt
    return attempt is not None and attempt.intent == "Running" and current_session(resource) == session


def annotations(resource: WordCount) -> dict[str, str]:
    """Return the shared settings as annotations of the JobManager's Deployment."""
    return {SHARED_SETTINGS_ANNOTATION + field: answer for field, answer in shared_settings(resource).items()}


def _recorded_setting(annotations: dict[str, str], field: str) -> str:
    return annotations.get(SHARED_SETTINGS_ANNOTATION + field, "")
