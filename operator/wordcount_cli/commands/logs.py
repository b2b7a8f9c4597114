"""`wordcount logs`: prints what a resource's pods say, merged by time, each pod in its colour; changes nothing."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterable
from itertools import cycle
from typing import Any

from rich.console import Console
from rich.text import Text

from wordcount_cli.kube import cluster
from wordcount_cli.kube.api_errors import UnreachableError
from wordcount_cli.kube.pod_logs import Line, Pods, merged
from wordcount_operator.engines import ENGINES

COLOURS = ("cyan", "magenta", "green", "yellow", "blue", "red")


def arguments(parser: ArgumentParser) -> None:
    """The verb's arguments."""
    cluster.arguments(parser)
    parser.add_argument("-f", "--follow", action="store_true", help="go on with what they say next")
    parser.add_argument(
        "--tail", type=int, default=50, metavar="LINES", help="the last ones of each pod; 50 by default"
    )


def main(args: Namespace) -> int:
    """Prints until it is done, or with -f until it is interrupted; raises UnreachableError."""
    resource = cluster.Resource.of(args)
    pods = Pods(resource.namespace, selector(resource.read()))
    if args.follow:
        show(pods.follow(args.tail))
        return 0
    logs = [list(pods.log(each, args.tail)) for each in pods.sources()]
    if not logs:
        raise UnreachableError(f"{args.name} has no pods now; `wordcount status {args.name}` says why")
    show(merged(logs))
    return 0


def selector(found: dict[str, Any]) -> str:
    """The labels of its pods; raises UnreachableError where there are none yet.

    If the pods belong to a session, what other resources of the same session say is among it.
    """
    info, metadata = ENGINES[found["spec"]["engine"]].info, found["metadata"]
    labels = info.selector(metadata["uid"], found.get("status", {}).get("session", ""))
    if labels is None:
        name = metadata["name"]
        raise UnreachableError(f"{name} has no {info.title} session now; `wordcount status {name}` says why")
    return labels


def show(lines: Iterable[Line]) -> None:
    """A line for each, whatever the screen's width, after the pod that said it."""
    console, colours, known = Console(highlight=False), cycle(COLOURS), dict[str, str]()
    for line in lines:
        if line.pod not in known:
            known[line.pod] = next(colours)
        console.print(Text.assemble((f"{line.pod} ", known[line.pod]), line.text), soft_wrap=True)
