"""One `StreamingWordCount` as the operator works with it."""

from dataclasses import dataclass
from typing import Any

from wordcount_operator.api import GROUP, KIND, VERSION
from wordcount_operator.api.field_effects import FieldEffect, fields_with
from wordcount_operator.api.v1alpha1 import EngineBlock, Spec, Status, Volume
from wordcount_operator.model.objects import (
    MANAGED_BY,
    NAME_LABEL,
    STATE_MOUNT_PATH,
    UID_LABEL,
    Manifest,
    Ref,
    digest,
)


@dataclass(frozen=True)
class Revision:
    """What a run is made from."""

    spec: Spec
    image: str


@dataclass(frozen=True)
class WordCount:
    """One resource as it was read: identity, what the user wrote (`spec`), and what was recorded (`status`).

    `effective_spec` is what is in force; it differs from `spec` only after a roll-back. All properties below
    follow it, except `written_hash`.
    """

    namespace: str
    name: str
    uid: str
    generation: int
    spec: Spec
    status: Status
    image: str
    """Image that the user asks for: the resource's own, else the operator's default."""
    deleting_since: str = ""
    """When a person deleted it, else empty."""
    resource_version: str = ""
    confirmed_gone_uid: str = ""
    """The uid of a pod that a person confirmed to be gone, although Kubernetes cannot know it."""
    savepoint_request: str = ""
    """The word by which a person requested a savepoint; another word requests another one."""
    rolled_back_to: Revision | None = None
    """The last revision that made progress, if what the user wrote was tried and failed."""

    @property
    def rolled_back(self) -> bool:
        """Whether what is in force is not what the user wrote."""
        return self.rolled_back_to is not None

    @property
    def effective_spec(self) -> Spec:
        """The spec that is in force: the one that the user wrote, or the one that it was rolled back to."""
        return self.rolled_back_to.spec if self.rolled_back_to else self.spec

    @property
    def effective_image(self) -> str:
        """Image of the engine's pods that is in force."""
        return self.rolled_back_to.image if self.rolled_back_to else self.image

    @property
    def deleting(self) -> bool:
        """Whether it is being deleted."""
        return bool(self.deleting_since)

    @property
    def engine_block(self) -> EngineBlock:
        """The engine's own block, empty if there is none."""
        return getattr(self.effective_spec, self.effective_spec.engine) or EngineBlock()

    @property
    def labels(self) -> dict[str, str]:
        """Labels of every object that belongs to this resource alone."""
        return {**MANAGED_BY, NAME_LABEL: self.name, UID_LABEL: self.uid}

    @property
    def owner(self) -> Manifest:
        """The ownerReference by which Kubernetes removes an object after this resource."""
        return {
            "apiVersion": f"{GROUP}/{VERSION}",
            "kind": KIND,
            "name": self.name,
            "uid": self.uid,
            "controller": True,
            "blockOwnerDeletion": False,
        }

    @property
    def restore_from(self) -> str:
        """The place from which the first state generation starts, empty if there is none."""
        first = self.status.checkpoint.generation == 1
        return (self.effective_spec.checkpoint.restore_from or "") if first else ""

    @property
    def savepoint_due(self) -> str:
        """The id of the requested savepoint that was not served yet, else empty."""
        asked = self.savepoint_request
        return (
            digest([self.uid, asked])
            if asked and asked != self.status.checkpoint.last_savepoint_request
            else ""
        )

    @property
    def storage(self) -> dict[str, Any]:
        """What `checkpoint.storage` says; an empty block says nothing."""
        return _storage(self.effective_spec)

    @property
    def volume(self) -> Volume | None:
        """The volume that holds the state, None if a bucket does."""
        storage = self.effective_spec.checkpoint.storage
        return None if storage.s3 else storage.volume or Volume()

    @property
    def connection_secrets(self) -> tuple[str, ...]:
        """Names of the Secrets with which source and sink are reached, each once."""
        blocks = (
            self.effective_spec.source.kafka,
            self.effective_spec.sink.kafka,
            self.effective_spec.sink.postgres,
        )
        return tuple(sorted({each.credentials_secret for each in blocks if each and each.credentials_secret}))

    @property
    def storage_root(self) -> str:
        """The root of all state in this `checkpoint.storage`: a path on the state volume, or an s3a URI."""
        s3 = self.effective_spec.checkpoint.storage.s3
        return s3.uri.rstrip("/") if s3 else STATE_MOUNT_PATH

    @property
    def state_root(self) -> str:
        """Folder of all state of this resource."""
        folder = "state/" if self.volume else ""
        return f"{self.storage_root}/{folder}{self.namespace}/{self.name}/{self.uid}"

    @property
    def state_path(self) -> str:
        """Folder of this resource's current state generation; the same for every attempt."""
        return f"{self.state_root}/g{self.status.checkpoint.generation}"

    @property
    def cleanup_pod(self) -> "Ref":
        """The pod that removes state."""
        return Ref("v1", "Pod", self.namespace, f"{self.name}-cleaner")

    @property
    def state_hash(self) -> str:
        """Digest of what old counts depend on: a change of it starts a new state generation."""
        rules = fields_with(self.run_spec, FieldEffect.GENERATION)
        # Digests that resources with neither window nor latency have in their status stay what they are.
        return digest(rules if rules.keys() - {"text"} else rules.get("text", {}))

    @property
    def run_spec(self) -> dict[str, Any]:
        """What a run is made from, beside the image: a change of it needs a restart.

        Defaults are left out, so that a new version's new fields restart nothing.
        """
        return _run_spec(self.effective_spec)

    @property
    def spec_hash(self) -> str:
        """Digest of everything that a run is made from, as it is in force."""
        return self.hash_with(self.effective_image)

    @property
    def written_hash(self) -> str:
        """What `spec_hash` is if nothing was rolled back: the digest of what the user wrote."""
        return digest([_run_spec(self.spec), self.image])

    def hash_with(self, image: str) -> str:
        """What `spec_hash` would be with that image."""
        return digest([self.run_spec, image])


def _storage(spec: Spec) -> dict[str, Any]:
    written = spec.checkpoint.storage.model_dump(by_alias=True, exclude_defaults=True)
    return {} if written == {"volume": {}} else written


def _run_spec(spec: Spec) -> dict[str, Any]:
    document = spec.model_dump(by_alias=True, exclude_defaults=True)
    if "checkpoint" in document and not _storage(spec):
        document["checkpoint"].pop("storage", None)
    return fields_with(document, *(set(FieldEffect) - {FieldEffect.NOTHING}))
