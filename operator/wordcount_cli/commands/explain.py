"""`wordcount explain`: show what the operator would do for a file, and why, without a cluster."""

import sys
from argparse import ArgumentParser, Namespace
from datetime import UTC, datetime

import yaml
from rich.console import Console
from rich.table import Table

from wordcount_cli.local.documents import UnreadableError
from wordcount_cli.local.dry_run import as_created, dry_run
from wordcount_cli.local.resources import resources
from wordcount_operator.api.v1alpha1 import Status
from wordcount_operator.engines import ENGINES
from wordcount_operator.model.actions import Action, Create, Delete, HttpRequest, Patch
from wordcount_operator.model.objects import Ref
from wordcount_operator.model.resource import WordCount


def arguments(parser: ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    parser.add_argument("file", metavar="FILE", help="a YAML file; - for standard input")
    parser.add_argument("-o", "--output", choices=["yaml"], help="yaml: the manifests that would be created")


def main(args: Namespace) -> int:
    """Print the plan of each resource. Return 1 if one is invalid or cannot be run."""
    try:
        word_counts = [as_created(each) for each in resources(args.file)]
    except UnreadableError as error:
        print(error, file=sys.stderr)
        return 1
    all_good = True
    for resource in word_counts:
        actions, status = dry_run(resource, ENGINES[resource.spec.engine], datetime.now(UTC))
        if not actions:
            print(f"{args.file}: {resource.name}: {status.phase}: {status.message}", file=sys.stderr)
            all_good = False
        elif args.output:
            print(yaml.safe_dump_all(_manifests(actions), sort_keys=False, explicit_start=True), end="")
        else:
            _show(resource, actions, status)
    return 0 if all_good else 1


def _manifests(actions: tuple[Action, ...]) -> list[object]:
    return [action.manifest for action in actions if isinstance(action, Create)]


def _show(resource: WordCount, actions: tuple[Action, ...], status: Status) -> None:
    title = f"{resource.namespace}/{resource.name} on {resource.spec.engine}"
    table = Table("", "step", "object", "because", title=title, title_justify="left")
    for number, action in enumerate(actions, 1):
        table.add_row(str(number), *words(action), action.because)
    # Without a terminal, a row of the table is one line of the output.
    console = Console(width=None if sys.stdout.isatty() else 200)
    console.print(table)
    console.print(f"then the phase is {status.phase}", highlight=False)


def words(action: Action) -> tuple[str, str]:
    """Return the step and its object, such as `create` and `Pod bible-driver`."""
    match action:
        case Create(manifest) | Patch(manifest):
            return type(action).__name__.lower(), str(Ref.of(manifest))
        case Delete(ref):
            return "delete", str(ref)
        case HttpRequest(method, url):
            return "call", f"{method} {url}"
