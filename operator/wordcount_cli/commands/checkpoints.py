"""`wordcount checkpoints`: list what a run can start from: age, size, origin and location."""

import sys
from argparse import ArgumentParser, Namespace
from datetime import UTC, datetime

from rich.table import Table

from wordcount_cli.kube import cluster
from wordcount_cli.views import format, output
from wordcount_operator.api.v1alpha1 import Snapshot, Status


def arguments(parser: ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    cluster.arguments(parser)
    output.arguments(parser)


def main(args: Namespace) -> int:
    """Print a table, the newest point first. Return 1 if the resource cannot be read."""
    try:
        found = cluster.Resource.of(args).read()
    except cluster.UnreachableError as error:
        print(error, file=sys.stderr)
        return 1
    engine = found["spec"]["engine"]
    known = points(Status.model_validate(found.get("status") or {}))
    if args.output != "table":
        output.document([each.model_dump(by_alias=True) for each in known], args.output)
        return 0
    table = Table("age", "size", "origin", "restores", "location", box=None)
    for each in known:
        age = format.age(each.completion_time, datetime.now(UTC))
        table.add_row(
            age, format.megabytes(each.bytes), each.origin, f"{engine}, the same text rules", each.location
        )
    output.console().print(table)
    return 0


def points(status: Status) -> list[Snapshot]:
    """Return the latest checkpoint and the savepoints, the newest first, each once."""
    record = status.checkpoint
    known = {
        each.location: each for each in (*record.savepoints, *([record.latest] if record.latest else []))
    }
    return sorted(known.values(), key=lambda each: each.completion_time, reverse=True)
