"""Reads the most frequent words of a resource: from its pods' logs, or from its topic by a pod."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from threading import Thread
from typing import Any

from kubernetes import client

from wordcount_cli.kube import cluster, helper_pod
from wordcount_cli.kube.api_errors import Request, UnreachableError, translated
from wordcount_cli.kube.pod_logs import Pods, merged, pod_selector
from wordcount_core.top_words import Top, printed_tops
from wordcount_operator.api.v1alpha1 import Status

LOG_LINES = 2000
"""How many last lines of a log are searched for the newest table of a console sink."""
WITHOUT_PODS = ("Suspended", "Failed", "BackingOff")
"""Phases in which there are no pods."""
OTHER_SINKS = {
    "postgres": (
        "the counts are in the table {table}: SELECT word, count FROM {table} ORDER BY count DESC LIMIT {n}"
    ),
    "files": "the counts are in the files of {path}; each file has the rows of windows that are closed",
}
"""Sinks that are not read here → where their counts are."""


@dataclass(frozen=True)
class WordSource:
    """Where the most frequent words come from."""

    newest: Callable[[dict[str, Any]], Top]
    """Returns the newest words of the resource as it is now."""
    note: str
    """What is shown while there are no words."""
    expected: bool = True
    """Whether words can be expected."""


def word_source(
    resource: cluster.Resource, found: dict[str, Any], n: int, image: str | None
) -> AbstractContextManager[WordSource]:
    """Return the source of the n most frequent words for the resource's sink. Raises UnreachableError."""
    ((kind, sink),) = found["spec"]["sink"].items()
    if kind == "console":
        if Status.model_validate(found.get("status") or {}).phase in WITHOUT_PODS:
            return nullcontext(WordSource(_none, "it does not run now, so there is no log", expected=False))
        return nullcontext(WordSource(lambda now: _from_logs(now, n), "it has printed no words yet"))
    if kind == "kafka":
        return _from_topic(resource, sink, n, image)
    return nullcontext(WordSource(_none, OTHER_SINKS[kind].format(n=n, **sink), expected=False))


def _none(_: dict[str, Any]) -> Top:
    return []


def _from_logs(found: dict[str, Any], n: int) -> Top:
    """Return the newest table that a pod of the resource has printed."""
    try:
        pods = Pods(found["metadata"]["namespace"], pod_selector(found))
    except UnreachableError:  # there are no pods now, and the phase on the screen says so
        return []
    logs = [list(pods.log(each, LOG_LINES)) for each in pods.sources()]
    tables = list(printed_tops(line.text for line in merged(logs)))
    return tables[-1][:n] if tables else []


@contextmanager
def _from_topic(
    resource: cluster.Resource, sink: dict[str, Any], n: int, image: str | None
) -> Iterator[WordSource]:
    """Read the topic by a helper pod, which is deleted at the end. Raises UnreachableError."""
    secret = sink.get("credentialsSecret")
    command = ["wordcount_cli.kube.topic_top", sink["bootstrapServers"], sink["topic"], str(n)]
    name = f"{resource.name[:40]}-top-{uuid.uuid4().hex[:5]}"
    with ExitStack() as stack:
        stack.enter_context(translated(Request("create", "pods", resource.namespace, name)))
        try:
            image = image or helper_pod.operator_image(client.AppsV1Api())
            pod = helper_pod.manifest(name, image, "top", [*command, *([secret] if secret else [])], secret)
            lines = stack.enter_context(helper_pod.pod_output(client.CoreV1Api(), resource.namespace, pod))
        except ValueError as error:  # no image is known, or the pod does not start
            raise UnreachableError(str(error)) from None
        newest: list[str] = []

        def follow() -> None:
            for line in lines:
                newest[:] = [line]

        Thread(target=follow, daemon=True).start()
        yield WordSource(lambda _: parsed(newest), f"no counts were read from the topic {sink['topic']} yet")


def parsed(newest: list[str]) -> Top:
    """Return the words of the helper pod's newest line. Raises UnreachableError for an error message."""
    if not newest:
        return []
    if not newest[0].startswith("{"):
        raise UnreachableError(f"spec.sink.kafka: the topic cannot be read: {newest[0]}")
    return next(printed_tops(newest))
