"""Actions on the cluster and on engines: each is safe to run twice and says why it is run."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wordcount_operator.model.objects import Manifest, Ref


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
