"""`wordcount savepoint`: ask the operator for a savepoint of a running resource and wait for it."""

import sys
import time
from argparse import ArgumentParser, Namespace
from datetime import UTC, datetime

from wordcount_cli.kube import cluster
from wordcount_operator.api.v1alpha1 import Status
from wordcount_operator.model.objects import SAVEPOINT_ANNOTATION

POLL_INTERVAL = 0.5
NOT_RUNNING = ("Suspended", "Failed")
"""Phases in which nothing runs until somebody changes the resource, so no savepoint can be taken."""


def arguments(parser: ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    cluster.arguments(parser)
    parser.add_argument(
        "--timeout", type=float, default=300, metavar="SECONDS", help="how long to wait; 300 by default"
    )


def main(args: Namespace) -> int:
    """Print the location of the savepoint. Return 1 if none was taken."""
    try:
        resource = cluster.Resource.of(args)
        if (phase := _status(resource).phase) in NOT_RUNNING:
            print(
                f"{args.name} is {phase}: it does not run, so no savepoint can be taken; "
                f"`wordcount checkpoints {args.name}` lists what there is",
                file=sys.stderr,
            )
            return 1
        request = datetime.now(UTC).isoformat(timespec="milliseconds")
        resource.annotate(SAVEPOINT_ANNOTATION, request)
        return _wait(resource, request, time.monotonic() + args.timeout)
    except cluster.UnreachableError as error:
        print(error, file=sys.stderr)
        return 1


def _status(resource: cluster.Resource) -> Status:
    return Status.model_validate(resource.read().get("status") or {})


def _wait(resource: cluster.Resource, request: str, deadline: float) -> int:
    """Wait until the status has the result of the request, print it, and return the exit status."""
    shown_phase = ""
    while time.monotonic() < deadline:
        status = _status(resource)
        record = status.checkpoint
        if record.last_savepoint_request == request:
            failed = record.last_savepoint_result.startswith("failed:")
            print(record.last_savepoint_result, file=sys.stderr if failed else sys.stdout)
            return int(failed)
        if shown_phase != status.phase:
            shown_phase = status.phase
            print(
                f"{resource.name} is {shown_phase}; the savepoint is taken as soon as it counts",
                file=sys.stderr,
            )
        time.sleep(POLL_INTERVAL)
    print(
        "the savepoint was not taken within the timeout; "
        "the operator takes it as soon as the resource counts",
        file=sys.stderr,
    )
    return 1
