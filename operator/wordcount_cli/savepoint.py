"""`wordcount savepoint`: asks the operator for a savepoint of a running resource and waits for it; makes none itself."""

import sys
import time
from argparse import ArgumentParser, Namespace
from datetime import UTC, datetime

from wordcount_cli import cluster
from wordcount_operator.domain import SAVEPOINT_ANNOTATION

PAUSE = 0.5


def arguments(parser: ArgumentParser) -> None:
    """The verb's arguments."""
    cluster.arguments(parser)
    parser.add_argument("--timeout", type=float, default=300, metavar="SECONDS", help="how long to wait")


def main(args: Namespace) -> int:
    """Prints where the savepoint lies; 1 where there is none."""
    try:
        resource = cluster.Resource.of(args)
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
        if record.get("asked") == word:
            answer = record["answer"]
            failed = answer.startswith("failed:")
            print(answer, file=sys.stderr if failed else sys.stdout)
            return int(failed)
        if told != status.get("phase", ""):
            told = status.get("phase", "")
            print(f"{resource.name} is {told}; a savepoint is made while it counts", file=sys.stderr)
        time.sleep(PAUSE)
    print("not within the time; the operator makes it as soon as the resource counts", file=sys.stderr)
    return 1
