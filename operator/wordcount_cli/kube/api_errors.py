"""Turns what the API server refused, or that it did not answer, into a sentence with a remedy; pure, never a call of its own."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from kubernetes.client import ApiException
from urllib3.exceptions import HTTPError

from wordcount_operator.api import GROUP, KIND, PLURAL


class UnreachableError(Exception):
    """The cluster does not answer or does not have what was asked for; the text is a sentence for people."""


@dataclass(frozen=True)
class Request:
    """What is asked of the API server: the right that it takes, on what, where; no namespace means all of them."""

    right: str
    kind: str
    namespace: str = ""
    name: str = ""

    @property
    def place(self) -> str:
        """Where, in words."""
        return f"in namespace {self.namespace}" if self.namespace else "in all namespaces"

    @property
    def check(self) -> str:
        """The command that tells whether one may; kubectl would take `pods/log` for a pod named log."""
        kind, _, part = self.kind.partition("/")
        kind = f"{kind}.{GROUP}" if kind == PLURAL else kind
        where = f"-n {self.namespace}" if self.namespace else "-A"
        return f"kubectl auth can-i {self.right} {kind}{f' --subresource={part}' if part else ''} {where}"


@contextmanager
def translated(request: Request) -> Iterator[None]:
    """Around a call: raises UnreachableError where it is refused or nobody answers."""
    try:
        yield
    except (ApiException, HTTPError) as error:
        raise UnreachableError(sentence(error, request)) from None


def sentence(error: ApiException | HTTPError, request: Request) -> str:
    """What happened, and what to do about it."""
    if not isinstance(error, ApiException) or not error.status:
        why = getattr(error, "reason", None) or error
        return f"the cluster does not answer: {why}; is it up, and do --context and --kubeconfig name it?"
    if error.status == 401:
        return "the cluster does not know you; log in again, or name another --context"
    if error.status == 403:
        return (
            f"you may not {request.right} {request.kind} {request.place}; ask an administrator for that right, "
            f"and see whether you have it by `{request.check}`"
        )
    if error.status == 404 and not _told(error):
        return f"the cluster has no {KIND}; install the operator's chart, or name another --context"
    if error.status == 404:
        return f"there is no {request.kind} {request.name} {request.place}; `wordcount list -A` shows what there is"
    return f"the cluster refused to {request.right} {request.kind} {request.name}: {_told(error) or error.reason}"


def _told(error: ApiException) -> str:
    """The API server's own words; none where it does not know the path, which it answers without JSON."""
    try:
        return str(json.loads(error.body or "{}").get("message", ""))
    except (ValueError, AttributeError):
        return ""
