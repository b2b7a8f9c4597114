"""`wordcount checkpoints`: lists what a resource could begin from: age, size, origin, place; changes nothing."""

import sys
from argparse import ArgumentParser, Namespace
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table

from wordcount_cli import cluster
from wordcount_operator.api.v1alpha1 import Latest, Status


def arguments(parser: ArgumentParser) -> None:
    """The verb's arguments."""
    cluster.arguments(parser)


def main(args: Namespace) -> int:
    """Prints a table, the newest first; 1 where the resource cannot be read."""
    try:
        found = cluster.Resource(args.name, args.namespace, args.context).read()
    except cluster.UnreachableError as error:
        print(error, file=sys.stderr)
        return 1
    engine = found["spec"]["engine"]
    table = Table("age", "size", "origin", "restores", "location", box=None)
    for each in points(Status.model_validate(found.get("status") or {})):
        age = _age(each.at, datetime.now(UTC))
        table.add_row(age, _size(each.bytes), each.origin, f"{engine}, the same text rules", each.location)
    Console(width=None if sys.stdout.isatty() else 250, highlight=False).print(table)
    return 0


def points(status: Status) -> list[Latest]:
    """The latest checkpoint and the savepoints, the newest first, each once."""
    record = status.checkpoint
    known = {
        each.location: each for each in (*record.savepoints, *([record.latest] if record.latest else []))
    }
    return sorted(known.values(), key=lambda each: each.at, reverse=True)


def _age(at: str, now: datetime) -> str:
    if not at:
        return "?"
    seconds = int((now - datetime.fromisoformat(at)).total_seconds())
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size}{unit}"
    return f"{max(seconds, 0)}s"


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count else "?"
