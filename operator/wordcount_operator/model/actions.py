"""Actions on the cluster and on engines: each can be repeated safely and has a reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wordcount_operator.model.objects import Manifest, Ref


@dataclass(frozen=True)
class Create:
    """Create an object; if one of that name exists already, that is a success."""

    manifest: Manifest
    because: str


@dataclass(frozen=True)
class Patch:
    """Merge the manifest's spec, data, labels and annotations into an existing object."""

    manifest: Manifest
    because: str


@dataclass(frozen=True)
class Delete:
    """Delete an object, and only the one with this uid; `grace` is in seconds, None for the object's own."""

    ref: Ref
    because: str
    uid: str = ""
    grace: int | None = None


@dataclass(frozen=True)
class HttpRequest:
    """Send a request to an engine; calls to one `host:port` are sent one after the other.

    If `already_done_url` is given and a GET of it succeeds, a refusal is no failure: the request had been
    served before.
    """

    method: str
    url: str
    body: Mapping[str, Any]
    because: str
    already_done_url: str = ""


Action = Create | Patch | Delete | HttpRequest


def kind_of(action: Action) -> str:
    """Return the action's public word: an event's reason, a metric's label and a field of the log."""
    return "Call" if isinstance(action, HttpRequest) else type(action).__name__


def describe(action: Action) -> str:
    """Return the action in words, such as `Create Pod bible-driver`."""
    match action:
        case Create(manifest) | Patch(manifest):
            return f"{kind_of(action)} {Ref.of(manifest)}"
        case Delete(ref):
            return f"Delete {ref}"
        case _:
            return f"{action.method} {action.url}"
