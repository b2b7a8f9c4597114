"""The frozen words that all layers share: what was asked, what was seen, what is to be done; never an act, a clock or the network."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from wordcount_core.causes import Cause as Cause  # noqa: PLC0414 - others import it from here
from wordcount_operator.api import GROUP, KIND, VERSION
from wordcount_operator.api.field_effects import FieldEffect, fields_with
from wordcount_operator.api.v1alpha1 import EngineBlock, Latest, Spec, Status, Volume

Manifest = dict[str, Any]

UID_LABEL = f"{GROUP}/uid"
NAME_LABEL = f"{GROUP}/name"
ATTEMPT_LABEL = f"{GROUP}/attempt"
CONTENT_HASH_ANNOTATION = f"{GROUP}/hash"
MANAGED_BY = {"app.kubernetes.io/managed-by": "streaming-wordcount-operator"}
SAVEPOINT_ANNOTATION = f"{GROUP}/savepoint"
CONFIRM_GONE_ANNOTATION = f"{GROUP}/confirm-gone"
STATE_MOUNT_PATH = "/data"


def digest(value: Any) -> str:
    """First 10 hex digits of the SHA-256 of a JSON value, the same for equal values in every process."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:10]


MINIMAL_SPEC: Manifest = {"source": {"rate": {}}, "sink": {"console": {}}}
"""With an engine, the least spec: what stands for one that cannot be read, as by a newer operator."""


def is_managed(manifest: Manifest) -> bool:
    """Whether the operator made this object, and not somebody else one of that name."""
    labels: dict[str, str] = manifest["metadata"].get("labels", {})
    return MANAGED_BY.items() <= labels.items()


@dataclass(frozen=True)
class WordCount:
    """One resource as it was read: identity, what is asked (`spec`), and what was recorded (`status`)."""

    namespace: str
    name: str
    uid: str
    generation: int
    spec: Spec
    status: Status
    image: str
    """Image of the engine's pods: the resource's own, else the operator's default."""
    deleting_since: str = ""
    """When a person deleted it, else empty."""
    resource_version: str = ""
    confirmed_gone_uid: str = ""
    """The uid of a pod of which a person says that it does not run any more, though Kubernetes cannot tell."""
    savepoint_request: str = ""
    """The word that a person wrote to have a savepoint made; another word asks for another one."""
    rolled_back: bool = False
    """Whether `spec` is not what was asked but the last one that made progress: the asked one was tried and failed."""

    @property
    def deleting(self) -> bool:
        """Whether it is to go."""
        return bool(self.deleting_since)

    @property
    def engine_block(self) -> EngineBlock:
        """The engine's own block, empty where none is written."""
        return getattr(self.spec, self.spec.engine) or EngineBlock()

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
        """Where the first state generation begins, else empty."""
        first = self.status.checkpoint.generation == 1
        return (self.spec.checkpoint.restore_from or "") if first else ""

    @property
    def savepoint_due(self) -> str:
        """The id of the savepoint that was asked for and not served yet, else empty."""
        asked = self.savepoint_request
        return digest([self.uid, asked]) if asked and asked != self.status.checkpoint.asked else ""

    @property
    def storage(self) -> dict[str, Any]:
        """What is said of `checkpoint.storage`: nothing, also where that is said by an empty block."""
        said = self.spec.checkpoint.storage.model_dump(by_alias=True, exclude_defaults=True)
        return {} if said == {"volume": {}} else said

    @property
    def volume(self) -> Volume | None:
        """The claim that holds the state, None where a bucket does."""
        storage = self.spec.checkpoint.storage
        return None if storage.s3 else storage.volume or Volume()

    @property
    def secrets(self) -> tuple[str, ...]:
        """Names of the Secrets with which source and sink are reached, each once."""
        blocks = (self.spec.source.kafka, self.spec.sink.kafka, self.spec.sink.postgres)
        return tuple(sorted({each.credentials_secret for each in blocks if each and each.credentials_secret}))

    @property
    def storage_root(self) -> str:
        """Where all state lies that has this resource's `checkpoint.storage`: a path on the state volume, or an s3a URI."""
        s3 = self.spec.checkpoint.storage.s3
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
        """Digest of what old counts depend on: a change of it begins a new state generation."""
        rules = fields_with(self.run_spec, FieldEffect.GENERATION)
        # Digests that resources with neither window nor latency have in their status stay what they are.
        return digest(rules if rules.keys() - {"text"} else rules.get("text", {}))

    @property
    def run_spec(self) -> dict[str, Any]:
        """What a run is made from, beside the image: a change of it needs a restart.

        Defaults are left out, so that a new version's new fields restart nothing.
        """
        spec = self.spec.model_dump(by_alias=True, exclude_defaults=True)
        if "checkpoint" in spec and not self.storage:
            spec["checkpoint"].pop("storage", None)
        return fields_with(spec, *(set(FieldEffect) - {FieldEffect.NOTHING}))

    @property
    def spec_hash(self) -> str:
        """Digest of everything that a run is made from."""
        return self.hash_with(self.image)

    def hash_with(self, image: str) -> str:
        """What `spec_hash` would be with that image."""
        return digest([self.run_spec, image])


@dataclass(frozen=True)
class Ref:
    """Names one Kubernetes object."""

    api_version: str
    kind: str
    namespace: str
    name: str

    @classmethod
    def of(cls, manifest: Manifest) -> "Ref":
        """The name of the object in a manifest."""
        meta = manifest["metadata"]
        return cls(manifest["apiVersion"], manifest["kind"], meta["namespace"], meta["name"])

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


# What can be looked at. A look is answered by a port and never changes anything.


@dataclass(frozen=True)
class GetObject:
    """Look at one object by a live read; answered by its manifest, or None where the API server says 404."""

    ref: Ref


@dataclass(frozen=True)
class ListObjects:
    """Look at all objects of a kind with these labels; answered by a tuple of manifests."""

    api_version: str
    kind: str
    namespace: str
    selector: str = ""


@dataclass(frozen=True)
class HttpGet:
    """Look at a JSON document over HTTP; answered by a `Reply`."""

    url: str


@dataclass(frozen=True)
class HttpReply:
    """An HTTP answer; status 0 says that nobody answered, and then `body` is the reason as text."""

    status: int
    body: Any = None

    @property
    def ok(self) -> bool:
        """Whether the answer is a success."""
        return 200 <= self.status < 300


Read = GetObject | ListObjects | HttpGet


@dataclass(frozen=True)
class Observed:
    """The answers to the looks of one pass."""

    answers: Mapping[Read, Any]

    def __contains__(self, look: Read) -> bool:
        return look in self.answers

    def object(self, ref: Ref) -> Manifest | None:
        """The object of that name, None where it does not exist; KeyError where nobody looked."""
        found: Manifest | None = self.answers[GetObject(ref)]
        return found

    def all(self, look: ListObjects) -> tuple[Manifest, ...]:
        """The objects that the list look found; KeyError where nobody looked."""
        found: tuple[Manifest, ...] = self.answers[look]
        return found

    def reply(self, url: str) -> HttpReply | None:
        """The answer from that address, None where nobody asked."""
        return self.answers.get(HttpGet(url))


# What is seen.


class Stage(StrEnum):
    """How far the current attempt is, in the engine's own eyes."""

    ABSENT = "Absent"  # nothing of this attempt exists
    STARTING = "Starting"  # its pods or its job exist and do not count yet
    RUNNING = "Running"  # it counts, or waits for lines
    RECOVERING = "Troubled"  # it exists, does not count, and the engine itself tries to heal it
    UNKNOWN = "Unknown"  # the one who knows does not answer: neither running nor gone
    STOPPING = "Stopping"  # it was asked to stop and has not ended
    ENDED = "Ended"  # it ended well; unasked, that is a failure too
    FAILED = "Failed"  # it ended badly


@dataclass(frozen=True)
class Counters:
    """What a run has counted: `lines` and `words` since some start (they may fall back), distinct words in all.

    Late and bad lines are among the lines; None where there are no windows, and so can be none. Lag: records of Kafka
    that are not counted yet, None for other sources.
    """

    lines: int
    words: int
    distinct_words: int | None = None
    late_lines: int | None = None
    bad_lines: int | None = None
    bad_sample: tuple[str, ...] = ()
    lag_records: int | None = None


@dataclass(frozen=True)
class JobState:
    """The current attempt as its engine sees it; `cause` and `message` say why where it does not count."""

    stage: Stage
    cause: Cause | None = None
    message: str = ""
    run_id: str = ""
    counters: Counters | None = None
    latest: Latest | None = None
    heartbeat: str = ""
    """When the run last finished a checkpoint, or said that it waits for lines."""
    ui: str = ""


@dataclass(frozen=True)
class SavepointProgress:
    """How the savepoint does that was asked for: what to do for it, and once it is over where it lies or why there is none."""

    actions: "tuple[Action, ...]" = ()
    location: str = ""
    failure: str = ""


@dataclass(frozen=True)
class Problem:
    """Something in the resource or around it that stops the operator: the field, and what to do."""

    reason: str
    sentence: str


# What is to be done. Each action is a named step, safe to run twice, and says why it is run.


@dataclass(frozen=True)
class Create:
    """Make an object; where one of that name exists already, that is success."""

    manifest: Manifest
    because: str


@dataclass(frozen=True)
class Patch:
    """Bring an existing object's spec, data, labels and annotations to those of the manifest (a merge patch)."""

    manifest: Manifest
    because: str


@dataclass(frozen=True)
class Delete:
    """Remove an object, and only the one with this uid; `grace` is in seconds, None for the object's own."""

    ref: Ref
    because: str
    uid: str = ""
    grace: int | None = None


@dataclass(frozen=True)
class HttpRequest:
    """Send a request to an engine; calls to one `host:port` are sent one after the other.

    Where `done` is given, a refusal is no failure when a GET of that address succeeds: the act had been done before.
    """

    method: str
    url: str
    body: Mapping[str, Any]
    because: str
    already_done_url: str = ""


Action = Create | Patch | Delete | HttpRequest


@dataclass(frozen=True)
class Plan:
    """What one pass decided: the status to write first, then the actions in order, then when to look again."""

    status: Status
    actions: tuple[Action, ...] = ()
    maintenance: tuple[Action, ...] = ()
    """Actions beside the run (savepoints by hand, clean-up): one that is refused says nothing about the resource."""
    requeue_after: float = 10.0
    """Seconds until the next look, if nothing wakes the operator before."""
    done: bool = False
    """For a resource that is being deleted: nothing of it is left, so it may go."""
