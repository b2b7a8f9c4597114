"""Which session cluster a resource uses, and which other resources use it.

Resources share a session if all of their `shared_settings` agree. An attempt keeps the session that it began
in (`status.session`), so that an edited resource still finds its old job.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import ValidationError

from wordcount_operator.api import GROUP, KIND, VERSION
from wordcount_operator.api.v1alpha1 import FlinkBlock, Spec, Status
from wordcount_operator.engines.flink import conf
from wordcount_operator.engines.flink.info import INFO
from wordcount_operator.model.objects import MANAGED_BY, MINIMAL_SPEC, Manifest, Ref, digest
from wordcount_operator.model.reads import ListObjects, Observed
from wordcount_operator.model.resource import WordCount

_UNREADABLE = Spec.model_validate({**MINIMAL_SPEC, "engine": "flink", "suspend": True})
SESSION_LABEL = f"{GROUP}/session"
SHARED_SETTINGS_ANNOTATION = f"{GROUP}/answers."


@dataclass(frozen=True)
class Session:
    """One session cluster: its name (Flink's cluster id) and where its parts are."""

    namespace: str
    name: str

    @property
    def labels(self) -> dict[str, str]:
        """Return the labels of the session's objects.

        None is a resource's own, because sessions are shared.
        """
        return {**MANAGED_BY, SESSION_LABEL: self.name}

    @property
    def deployment(self) -> Ref:
        """Return the reference of the JobManager's Deployment."""
        return Ref("apps/v1", "Deployment", self.namespace, self.name)

    @property
    def service(self) -> Ref:
        """Return the reference of the REST API's Service; Flink's own clients expect this name."""
        return Ref("v1", "Service", self.namespace, f"{self.name}-rest")

    @property
    def config(self) -> Ref:
        """Return the reference of the ConfigMap; TaskManager pods mount it by exactly this name."""
        return Ref("v1", "ConfigMap", self.namespace, f"flink-config-{self.name}")

    @property
    def account(self) -> Ref:
        """Return the reference of the ServiceAccount of JobManager and TaskManagers."""
        return Ref("v1", "ServiceAccount", self.namespace, f"{self.name}-flink")

    @property
    def binding(self) -> Ref:
        """Return the reference of the RoleBinding that permits TaskManagers and high-availability records."""
        return Ref("rbac.authorization.k8s.io/v1", "RoleBinding", self.namespace, f"{self.name}-flink")

    @property
    def rest(self) -> str:
        """Return the address of the REST API, without a slash at its end."""
        return f"http://{self.service.name}.{self.namespace}:{INFO.rest_port}"

    def job(self, job_id: str) -> str:
        """Return the address of a job's document."""
        return f"{self.rest}/jobs/{job_id}"

    def pods(self, component: str) -> ListObjects:
        """Return the read of the session's pods of a component: `jobmanager` or `taskmanager`."""
        return ListObjects("v1", "Pod", self.namespace, f"app={self.name},component={component}")

    @property
    def records(self) -> ListObjects:
        """Return the read of Flink's high-availability records: ConfigMaps that outlive the JobManager."""
        selector = f"app={self.name},type=flink-native-kubernetes"
        return ListObjects("v1", "ConfigMap", self.namespace, selector)

    def owns(self, manifest: Manifest | None) -> bool:
        """Whether the operator made this object for this session."""
        labels = (manifest or {}).get("metadata", {}).get("labels", {})
        return all(labels.get(key) == value for key, value in self.labels.items())


def shared_settings(resource: WordCount) -> dict[str, str]:
    """Return what all users of a session must agree on: field → digest of its value."""
    block = resource.engine_block
    return {
        "spec.flink.image": digest(resource.effective_image),
        "spec.flink.conf": digest(conf.cluster_level(block.conf)),
        "spec.flink.podTemplate": digest(block.pod_template or {}),
        "spec.resources": digest(resource.effective_spec.resources.model_dump(exclude_defaults=True)),
        "spec.checkpoint.storage": digest(resource.storage),
        # The session's pods mount them. A session from before there were any has the same answer as one with
        # none.
        "credentialsSecret": digest(resource.secrets) if resource.secrets else "",
    }


def desired_session(resource: WordCount) -> Session:
    """Return the session that the spec asks for: the named one, else the one for its settings."""
    block = resource.engine_block
    named = block.session.name if isinstance(block, FlinkBlock) and block.session else ""
    asked = {field: answer for field, answer in shared_settings(resource).items() if answer}
    return Session(resource.namespace, named or f"flink-{digest(asked)}")


def current_session(resource: WordCount) -> Session:
    """Return the session that the attempt began in, also after an edit; else the desired one."""
    name = resource.status.session if resource.status.attempt else ""
    return Session(resource.namespace, name) if name else desired_session(resource)


def hex32(*parts: str) -> str:
    """Return 32 hex digits that follow from the parts: the form of Flink's job and trigger ids."""
    return hashlib.sha256("/".join(parts).encode()).hexdigest()[:32]


def is_foreign(session: Session, observed: Observed) -> bool:
    """Whether somebody else made the session's JobManager: it is used as it is, never changed or removed."""
    deployment = observed.object(session.deployment)
    return deployment is not None and not session.owns(deployment)


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
            f"{field} serves {', '.join(against)} with another {fields}; write the same in all of them, "
            "or name another session"
        )
    running = [each.name for each in others if each.status.attempt and each.status.attempt.intent != "Ended"]
    if running and (attempt is None or attempt.intent == "Ended"):
        return f"{field} gets another {fields} once {', '.join(running)} has stopped in it"
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
