"""Turns an error of the API server into a message that says what to do."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from kubernetes.client import ApiException
from urllib3.exceptions import HTTPError

from wordcount_operator.api import GROUP, KIND, PLURAL


class UnreachableError(Exception):
    """The cluster does not answer, or refuses the request; the text is a message for the user."""


@dataclass(frozen=True)
class Request:
    """A request to the API server: its verb, its kind and where; no namespace means all of them."""

    verb: str
    kind: str
    namespace: str = ""
    name: str = ""

    @property
    def where(self) -> str:
        """Where the request looks, in words."""
        return f"in namespace {self.namespace}" if self.namespace else "in all namespaces"

    @property
    def permission_check(self) -> str:
        """The command that checks the permission; kubectl would read `pods/log` as a pod named log."""
        kind, _, part = self.kind.partition("/")
        kind = f"{kind}.{GROUP}" if kind == PLURAL else kind
        flag = f"-n {self.namespace}" if self.namespace else "-A"
        return f"kubectl auth can-i {self.verb} {kind}{f' --subresource={part}' if part else ''} {flag}"


@contextmanager
def translated(request: Request) -> Iterator[None]:
    """Raise an UnreachableError instead of the client's errors, for the calls in the `with` block."""
    try:
        yield
    except (ApiException, HTTPError) as error:
        raise UnreachableError(sentence(error, request)) from None


def sentence(error: ApiException | HTTPError, request: Request) -> str:
    """Return what happened and what to do about it."""
    if not isinstance(error, ApiException) or not error.status:
        reason = getattr(error, "reason", None) or error
        return (
            f"the cluster does not answer: {reason}; "
            "check that it is up, and that --context and --kubeconfig are right"
        )
    if error.status == 401:
        return "the cluster does not accept your credentials; log in again, or choose another --context"
    if error.status == 403:
        return (
            f"you do not have permission to {request.verb} {request.kind} {request.where}; "
            f"ask an administrator for it, and check it with `{request.permission_check}`"
        )
    if error.status == 404 and not _message(error):
        return (
            f"the cluster does not have the resource {KIND}; "
            "install the operator's chart, or choose another --context"
        )
    if error.status == 404:
        thing = f"{request.kind} {request.name}"
        return f"there is no {thing} {request.where}; `wordcount list -A` lists what there is"
    reason = _message(error) or error.reason
    return f"the cluster refused to {request.verb} {request.kind} {request.name}: {reason}"


def _message(error: ApiException) -> str:
    """Return the API server's own message. For an unknown path there is none: the answer is not JSON."""
    try:
        return str(json.loads(error.body or "{}").get("message", ""))
    except (ValueError, AttributeError):
        return ""
