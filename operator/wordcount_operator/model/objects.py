"""Names, labels and digests of Kubernetes objects."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from wordcount_operator.api import GROUP

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
