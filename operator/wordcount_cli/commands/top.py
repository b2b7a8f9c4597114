"""`wordcount top`: shows a resource's most frequent words and its rates, live on a screen; changes nothing, and removes the pod that it may need."""

import sys
import time
import uuid
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Thread
from typing import Any

from kubernetes import client
from rich.live import Live

from wordcount_cli.commands.logs import selector
from wordcount_cli.kube import cluster, helper_pod
from wordcount_cli.kube.api_errors import Request, UnreachableError, translated
from wordcount_cli.kube.pod_logs import Pods, merged
from wordcount_cli.views import output
from wordcount_cli.views.top import Memory, picture
from wordcount_core.top_words import Top, printed_tops

EVERY = 2.0
"""Seconds between two pictures."""
FIRST_WITHIN = 30.0
"""Seconds that one picture, where nobody looks at a screen, waits for words."""
PRINTED = 2000
"""Lines of a log in which the newest table of a console sink is looked for."""
AT_REST = ("Suspended", "Failed", "BackingOff")
"""Phases in which there are no pods."""
ELSEWHERE = {
    "postgres": "the counts are in the table {table}: SELECT word, count FROM {table} ORDER BY count DESC LIMIT {n}",
    "files": "the counts are in the files of {path}; each holds the rows of windows that are closed",
}
"""Where the words are, of sinks that `top` does not read."""


def arguments(parser: ArgumentParser) -> None:
    """The verb's arguments."""
    cluster.arguments(parser)
    parser.add_argument("--words", type=int, default=20, metavar="N", help="how many; 20 by default")
    parser.add_argument(
        "--image", help="the operator's, whose pod reads a topic; that of the running operator by default"
    )


@dataclass(frozen=True)
class Words:
    """Where the most frequent words come from; `note` is what is said while there are none."""

    newest: Callable[[dict[str, Any]], Top]
    """Told the resource as it is now."""
    note: str
    come: bool = True
    """Whether any are to be expected."""


def main(args: Namespace) -> int:
    """On a screen until it is interrupted, else one picture; raises UnreachableError."""
    resource = cluster.Resource.of(args)
    with words(resource, resource.read(), args) as source:
        if sys.stdout.isatty():
            live(resource, source)
        else:
            once(resource, source)
    return 0


def live(resource: cluster.Resource, source: Words) -> None:
    """A picture about every two seconds, each in the place of the one before; for ever, or raises UnreachableError."""
    memory = Memory()
    with Live(console=output.console(), auto_refresh=False) as screen:
        while True:
            found = resource.read()
            made = picture(found, source.newest(found), source.note, memory, datetime.now(UTC))
            screen.update(made, refresh=True)
            time.sleep(EVERY)


def once(resource: cluster.Resource, source: Words) -> None:
    """One picture, as soon as there are words."""
    end = time.monotonic() + FIRST_WITHIN
    found = resource.read()
    while not (top := source.newest(found)) and source.come and time.monotonic() < end:
        time.sleep(EVERY)
        found = resource.read()
    output.console().print(picture(found, top, source.note, Memory(), datetime.now(UTC)))


def words(
    resource: cluster.Resource, found: dict[str, Any], args: Namespace
) -> AbstractContextManager[Words]:
    """As its sink has them; raises UnreachableError."""
    ((kind, sink),) = found["spec"]["sink"].items()
    if kind == "console":
        if found.get("status", {}).get("phase") in AT_REST:
            return nullcontext(Words(_none, "nothing of it runs now, so no log has its words", come=False))
        return nullcontext(Words(lambda now: printed(now, args.words), "it has printed no words yet"))
    if kind == "kafka":
        return topic(resource, sink, args)
    return nullcontext(Words(_none, ELSEWHERE[kind].format(n=args.words, **sink), come=False))


def _none(_: dict[str, Any]) -> Top:
    return []


def printed(found: dict[str, Any], n: int) -> Top:
    """The newest table in the log of whichever pod of the resource prints it."""
    try:
        pods = Pods(found["metadata"]["namespace"], selector(found))
    except UnreachableError:  # no pods now, as the picture says
        return []
    logs = [list(pods.log(each, PRINTED)) for each in pods.sources()]
    tables = list(printed_tops(line.text for line in merged(logs)))
    return tables[-1][:n] if tables else []


@contextmanager
def topic(resource: cluster.Resource, sink: dict[str, Any], args: Namespace) -> Iterator[Words]:
    """A pod reads the topic, which perhaps only pods reach; it is gone afterwards. Raises UnreachableError."""
    secret = sink.get("credentialsSecret")
    command = ["wordcount_cli.kube.topic_top", sink["bootstrapServers"], sink["topic"], str(args.words)]
    name = f"{resource.name[:40]}-top-{uuid.uuid4().hex[:5]}"
    with ExitStack() as stack:
        stack.enter_context(translated(Request("create", "pods", resource.namespace, name)))
        try:
            image = args.image or helper_pod.operator_image(client.AppsV1Api())
            pod = helper_pod.manifest(name, image, "top", [*command, *([secret] if secret else [])], secret)
            lines = stack.enter_context(helper_pod.pod_output(client.CoreV1Api(), resource.namespace, pod))
        except ValueError as error:  # no image is known, or the pod does not start
            raise UnreachableError(str(error)) from None
        last: list[str] = []

        def follow() -> None:
            for line in lines:
                last[:] = [line]

        Thread(target=follow, daemon=True).start()
        yield Words(lambda _: _top(last), f"the topic {sink['topic']} has told no counts yet")


def _top(said: list[str]) -> Top:
    """Of the newest line; what is no picture is the reader's last word, and is told."""
    if not said:
        return []
    if not said[0].startswith("{"):
        raise UnreachableError(f"spec.sink.kafka: the topic cannot be read: {said[0]}")
    return next(printed_tops(said))
