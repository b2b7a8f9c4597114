"""Which session cluster a resource uses, and who else does; never what the session is made of.

Resources share a session where their answers to all of `answers` agree. An attempt keeps the session that it began in
(`status.session`), so that an edited resource still finds its old job.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import ValidationError

from wordcount_operator.api import GROUP, KIND, VERSION
from wordcount_operator.api.v1alpha1 import FlinkBlock, Spec, Status
from wordcount_operator.domain import LEAST, MANAGED_BY, App, Get, ListAll, Manifest, Ref, Seen, digest
from wordcount_operator.engines.flink import conf

_UNREADABLE = Spec.model_validate({**LEAST, "engine": "flink", "suspend": True})
SESSION_LABEL = f"{GROUP}/session"
ANSWERS_ANNOTATION = f"{GROUP}/answers."
REST_PORT = 8081


@dataclass(frozen=True)
class Session:
    """One session cluster: its name (Flink's cluster id) and where its parts are."""

    namespace: str
    name: str

    @property
    def labels(self) -> dict[str, str]:
        """Labels of every object that the operator makes for it; no resource's own, because sessions are shared."""
        return {**MANAGED_BY, SESSION_LABEL: self.name}

    @property
    def deployment(self) -> Ref:
        """The JobManager."""
        return Ref("apps/v1", "Deployment", self.namespace, self.name)

    @property
    def service(self) -> Ref:
        """Where the JobManager's REST API is reached, under the name that Flink's own clients use."""
        return Ref("v1", "Service", self.namespace, f"{self.name}-rest")

    @property
    def config(self) -> Ref:
        """The ConfigMap; TaskManager pods mount it by exactly this name."""
        return Ref("v1", "ConfigMap", self.namespace, f"flink-config-{self.name}")

    @property
    def account(self) -> Ref:
        """The ServiceAccount of JobManager and TaskManagers."""
        return Ref("v1", "ServiceAccount", self.namespace, f"{self.name}-flink")

    @property
    def binding(self) -> Ref:
        """The RoleBinding that lets it make TaskManagers and keep its high-availability records."""
        return Ref("rbac.authorization.k8s.io/v1", "RoleBinding", self.namespace, f"{self.name}-flink")

    @property
    def rest(self) -> str:
        """Address of the REST API, without a slash at its end."""
        return f"http://{self.service.name}.{self.namespace}:{REST_PORT}"

    def job(self, job_id: str) -> str:
        """Address of a job's document."""
        return f"{self.rest}/jobs/{job_id}"

    def pods(self, component: str) -> ListAll:
        """The look at its pods: `jobmanager` or `taskmanager`."""
        return ListAll("v1", "Pod", self.namespace, f"app={self.name},component={component}")

    @property
    def records(self) -> ListAll:
        """The look at Flink's high-availability records: ConfigMaps that outlive the JobManager."""
        selector = f"app={self.name},type=flink-native-kubernetes"
        return ListAll("v1", "ConfigMap", self.namespace, selector)

    def owns(self, manifest: Manifest | None) -> bool:
        """Whether the operator made this object for this session."""
        labels = (manifest or {}).get("metadata", {}).get("labels", {})
        return all(labels.get(key) == value for key, value in self.labels.items())


def answers(app: App) -> dict[str, str]:
    """What all users of a session must agree on: the field → digest of what the resource says there."""
    block = app.block
    return {
        "spec.flink.image": digest(app.image),
        "spec.flink.conf": digest(conf.cluster_level(block.conf)),
        "spec.flink.podTemplate": digest(block.pod_template or {}),
        "spec.resources": digest(app.spec.resources.model_dump(exclude_defaults=True)),
        "spec.checkpoint.storage": digest(app.storage),
        # The session's pods mount them. A session from before there were any has the same answer as one with none.
        "credentialsSecret": digest(app.secrets) if app.secrets else "",
    }


def wanted(app: App) -> Session:
    """The session that the resource's spec asks for: the named one, else the one for its answers."""
    block = app.block
    named = block.session.name if isinstance(block, FlinkBlock) and block.session else ""
    asked = {field: answer for field, answer in answers(app).items() if answer}
    return Session(app.namespace, named or f"flink-{digest(asked)}")


def used(app: App) -> Session:
    """The session that the attempt began in, also after the spec asks for another one; else the wanted one."""
    name = app.status.session if app.status.attempt else ""
    return Session(app.namespace, name) if name else wanted(app)


def hex32(*parts: str) -> str:
    """32 hex digits that follow from the parts: the shape of Flink's job and trigger ids."""
    return hashlib.sha256("/".join(parts).encode()).hexdigest()[:32]


def foreign(session: Session, seen: Seen) -> bool:
    """Whether somebody else made the session's JobManager: it is used as it is, never changed or removed."""
    deployment = seen.answers.get(Get(session.deployment))
    return deployment is not None and not session.owns(deployment)


def neighbours_look(app: App) -> ListAll:
    """The look at all resources of the namespace."""
    return ListAll(f"{GROUP}/{VERSION}", KIND, app.namespace)


def neighbours(app: App, session: Session, seen: Seen) -> tuple[str, ...]:
    """Names of the other resources that run in the session or want it.

    One that is being deleted does not count, so that of two that go at once the second never waits for the first.
    """
    return tuple(other.name for other in _others(app, seen) if _needs(other, session))


def _needs(other: App, session: Session) -> bool:
    attempt = other.status.attempt
    if attempt and attempt.intent != "Ended" and used(other) == session:
        return True
    return not other.spec.suspend and wanted(other) == session


def _others(app: App, seen: Seen) -> Iterator[App]:
    for raw in seen.answers.get(neighbours_look(app), ()):
        meta = raw["metadata"]
        if meta["uid"] == app.uid or "deletionTimestamp" in meta:
            continue
        status = Status.model_validate(raw.get("status") or {})
        try:
            spec = Spec.model_validate(raw["spec"])
        except ValidationError:
            # It will not begin anew, and its own pass says why; but what it began goes on.
            spec = _UNREADABLE
        if raw["spec"]["engine"] == "flink":
            # Where both leave the image out, both mean the operator's default.
            image = (spec.flink and spec.flink.image) or ("" if app.block.image else app.image)
            yield App(meta["namespace"], meta["name"], meta["uid"], 0, spec, status, image)


def mismatch(app: App, seen: Seen) -> str:
    """Why the named session cannot be changed to what the resource needs, in a sentence; else empty.

    It is changed for all who use it, so they have to ask alike, and under none of them while it runs.
    """
    session, attempt, differing = wanted(app), app.status.attempt, outdated(app, seen)
    others = [other for other in _others(app, seen) if differing and _needs(other, session)]
    # What one asks that was rolled back is not what it runs on, and it does not insist on it.
    insisting = [other for other in others if not other.status.upgrade.failed_hash]
    against = [other.name for other in insisting if answers(other) != answers(app)]
    fields, field = " and ".join(differing), f"spec.flink.session.name: session {session.name}"
    if against:
        return (
            f"{field} serves {', '.join(against)} with another {fields}; write the same in all of them, "
            "or name another session"
        )
    running = [each.name for each in others if each.status.attempt and each.status.attempt.intent != "Ended"]
    if running and (attempt is None or attempt.intent == "Ended"):
        return f"{field} gets another {fields} once {', '.join(running)} has stopped in it"
    return ""


def outdated(app: App, seen: Seen) -> list[str]:
    """The fields in which the session that the operator made is not what the resource wants (yet)."""
    deployment = seen.answers.get(Get(wanted(app).deployment))
    if deployment is None or not wanted(app).owns(deployment):
        return []
    annotations = deployment["metadata"].get("annotations", {})
    return [field for field, answer in answers(app).items() if _kept(annotations, field) != answer]


def busy(app: App, seen: Seen) -> bool:
    """Whether jobs, of the resource or of others, run in the session that it wants, which is as it wants it."""
    target = wanted(app)
    attempts = (each.status.attempt for each in (app, *_others(app, seen)) if used(each) == target)
    running = any(attempt is not None and attempt.intent == "Running" for attempt in attempts)
    return running and not outdated(app, seen)


def annotations(app: App) -> dict[str, str]:
    """The answers as they are kept on the JobManager's Deployment."""
    return {ANSWERS_ANNOTATION + field: answer for field, answer in answers(app).items()}


def _kept(annotations: dict[str, str], field: str) -> str:
    return annotations.get(ANSWERS_ANNOTATION + field, "")
