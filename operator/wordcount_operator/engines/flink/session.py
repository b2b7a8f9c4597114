"""Which session cluster a resource uses.

Resources share a session if all of their `shared_settings` agree. An attempt keeps the session that it began
in (`status.session`), so that an edited resource still finds its old job.
"""

import hashlib
from dataclasses import dataclass

from wordcount_operator.api import GROUP
from wordcount_operator.api.v1alpha1 import FlinkBlock
from wordcount_operator.engines.flink import conf
from wordcount_operator.engines.flink.info import INFO
from wordcount_operator.model.objects import MANAGED_BY, Manifest, Ref, digest
from wordcount_operator.model.reads import ListObjects, Observed
from wordcount_operator.model.resource import WordCount

SESSION_LABEL = f"{GROUP}/session"
# Running sessions have it, so the annotation keeps its name.
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
        "credentialsSecret": digest(resource.connection_secrets) if resource.connection_secrets else "",
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
