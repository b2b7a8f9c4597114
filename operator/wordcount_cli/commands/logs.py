"""`wordcount logs`: print the logs of a resource's pods, merged by time, each pod in its colour."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterable
from itertools import cycle

from rich.console import Console
from rich.text import Text

from wordcount_cli.kube import cluster
from wordcount_cli.kube.api_errors import UnreachableError
from wordcount_cli.kube.pod_logs import Line, Pods, merged, pod_selector

COLOURS = ("cyan", "magenta", "green", "yellow", "blue", "red")


def arguments(parser: ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    cluster.arguments(parser)
    parser.add_argument("-f", "--follow", action="store_true", help="then print new lines as they come")
    parser.add_argument(
        "--tail", type=int, default=50, metavar="LINES", help="how many last lines of each pod; 50 by default"
    )


def main(args: Namespace) -> int:
    """Print the last lines, or with -f go on until interrupted. Raises UnreachableError."""
    resource = cluster.Resource.of(args)
    pods = Pods(resource.namespace, pod_selector(resource.read()))
    if args.follow:
        show(pods.follow(args.tail))
        return 0
    logs = [list(pods.log(each, args.tail)) for each in pods.sources()]
    if not logs:
        raise UnreachableError(f"{args.name} has no pods now; `wordcount status {args.name}` says why")
    show(merged(logs))
    return 0


def show(lines: Iterable[Line]) -> None:
    """Print each line after the name of its pod, without wrapping."""
    console, colours, colour_of = Console(highlight=False), cycle(COLOURS), dict[str, str]()
    for line in lines:
        if line.pod not in colour_of:
            colour_of[line.pod] = next(colours)
        console.print(Text.assemble((f"{line.pod} ", colour_of[line.pod]), line.text), soft_wrap=True)
