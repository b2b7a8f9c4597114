"""`wordcount savepoint`: asks the operator for a savepoint of a running resource and waits for it; makes none itself."""

import sys
import time
from argparse import ArgumentParser, Namespace
from datetime import UTC, datetime

from wordcount_cli.kube import cluster
from wordcount_operator.model.objects import SAVEPOINT_ANNOTATION

PAUSE = 0.5
AT_REST = ("Suspended", "Failed")
"""Phases in which nothing runs of which a savepoint could be made, until a person acts."""


def arguments(parser: ArgumentParser) -> None:
    """The verb's arguments."""
    cluster.arguments(parser)
    parser.add_argument(
        "--timeout", type=float, default=300, metavar="SECONDS", help="how long to wait; 300 by default"
    )


def main(args: Namespace) -> int:
    """Prints where the savepoint lies; 1 where there is none."""
    try:
        resource = cluster.Resource.of(args)
        if (phase := resource.read().get("status", {}).get("phase")) in AT_REST:
            print(
                f"{args.name} is {phase}: nothing runs of which a savepoint could be made; "
                f"`wordcount checkpoints {args.name}` shows what there is",
                file=sys.stderr,
            )
            return 1
        word = datetime.now(UTC).isoformat(timespec="milliseconds")
        resource.annotate(SAVEPOINT_ANNOTATION, word)
        return _wait(resource, word, time.monotonic() + args.timeout)
    except cluster.UnreachableError as error:
        print(error, file=sys.stderr)
        return 1


def _wait(resource: cluster.Resource, word: str, end: float) -> int:
    told = ""
    while time.monotonic() < end:
        status = resource.read().get("status", {})
        record = status.get("checkpoint", {})
        if record.get("lastSavepointRequest") == word:
            answer = record["lastSavepointResult"]
            failed = answer.startswith("failed:")
            print(answer, file=sys.stderr if failed else sys.stdout)
            return int(failed)
        if told != status.get("phase", ""):
            told = status.get("phase", "")
            print(f"{resource.name} is {told}; a savepoint is made while it counts", file=sys.stderr)
        time.sleep(PAUSE)
    print("not within the time; the operator makes it as soon as the resource counts", file=sys.stderr)
    return 1
