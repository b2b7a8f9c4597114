"""`wordcount compare`: measure one resource on both engines with the same lines."""

import json
import signal
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from kubernetes.client import ApiException
from rich.console import Console
from rich.table import Table
from urllib3.exceptions import HTTPError

from wordcount_cli.kube.cluster import UnreachableError
from wordcount_cli.local.documents import Document, word_counts
from wordcount_cli.local.resources import resource
from wordcount_compare.report import report
from wordcount_compare.table import cells
from wordcount_compare.target import Target

SECONDS = 20.0
"""The default of --seconds; with it a run takes about five minutes on two cores."""
MODULE_EXTRAS = {"kafka": "probe", "matplotlib": "compare"}
"""Module → the extra of the distribution that installs it."""
console = Console(stderr=True, highlight=False)


def arguments(parser: ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    parser.add_argument("file", metavar="FILE", help="a YAML file whose first StreamingWordCount is compared")
    parser.add_argument("--embedded", action="store_true", help="run on this machine instead of a cluster")
    parser.add_argument(
        "--seconds",
        type=float,
        default=SECONDS,
        help="how long lines are produced, twice; the size of the burst grows with it",
    )
    parser.add_argument("--json", type=Path, metavar="OUT.json", help="write all figures and series there")
    parser.add_argument("--html", type=Path, metavar="OUT.html", help="write one page with plots there")
    parser.add_argument("-n", "--namespace", help="the namespace; by default the file's, else the context's")
    parser.add_argument("--context", help="a context of the kubeconfig; the current one by default")
    parser.add_argument(
        "--image", help="the operator's image, for the probe's pod; the running operator's by default"
    )


def main(args: Namespace) -> int:
    """Print the table and write the files. Return 1 with a message if it cannot measure."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # an exit removes what was created
    try:
        check(args)
        first = _first(args.file)
        namespace = args.namespace or first.value["metadata"].get("namespace")
        document = report(first, args.seconds, partial(_target, args, namespace), _progress)
    except (ValueError, UnreachableError) as error:
        print(error, file=sys.stderr)
        return 1
    document["target"] = "embedded" if args.embedded else "cluster"
    show(document)
    if args.json:
        args.json.write_text(json.dumps(document, indent=1) + "\n")
    if args.html:
        from wordcount_compare.html_report import page  # noqa: PLC0415 - it needs matplotlib

        args.html.write_text(page(document))
    return 0


def check(args: Namespace) -> None:
    """Raise a ValueError if something is missing that is needed later, before anything runs."""
    needed = {"kafka": args.embedded, "matplotlib": args.html}
    for module, extra in MODULE_EXTRAS.items():
        if needed[module] and not find_spec(module):
            raise ValueError(
                f"{module} is missing; install it with `pip install 'streaming-wordcount-operator[{extra}]'`"
            )
    if args.seconds < 5:
        raise ValueError("--seconds: write at least 5; a checkpoint and a recovery need that time")
    for flag, file in (("--json", args.json), ("--html", args.html)):
        if file and not file.absolute().parent.is_dir():
            raise ValueError(f"{flag}: there is no folder {file.absolute().parent}; create it first")


def _first(file: str) -> Document:
    """Return the first resource of the file. It is enough, because it runs on both engines."""
    first, *others = word_counts(file)
    resource(first)
    if others:
        console.print(f"{first.place} is compared; the file's other resources are ignored", markup=False)
    return first


@contextmanager
def _target(args: Namespace, namespace: str | None, engine: str) -> Iterator[Target]:
    """Open the target of one engine. Raises ValueError and UnreachableError."""
    if args.embedded:
        from wordcount_compare.local import Local  # noqa: PLC0415 - a cluster needs nothing of it

        with tempfile.TemporaryDirectory(prefix="wordcount-compare-") as folder:
            yield Local(engine, Path(folder))
    else:
        from wordcount_compare.cluster import Cluster  # noqa: PLC0415 - and this machine nothing of a cluster

        try:
            yield Cluster(engine, namespace, args.context, args.image)
        except ApiException as error:
            message = json.loads(error.body or "{}").get("message") or error.reason
            raise UnreachableError(f"the cluster refused a request: {message}") from None
        except HTTPError as error:
            raise UnreachableError(f"the cluster does not answer: {error}") from None


@contextmanager
def _progress(engine: str) -> Iterator[Callable[[str], None]]:
    """Show a line that says what happens now; without a terminal, print one line for each phase."""
    phase = ""

    def show(what: str) -> None:
        nonlocal phase
        if not what.endswith("counted"):
            phase = what
            console.print(f"[dim]{datetime.now().astimezone():%H:%M:%S}[/] {engine}: {what}")
        status.update(f"{engine}: {phase}: {what}")

    with console.status(f"{engine}: preparing") as status:
        yield show


def show(document: dict[str, Any]) -> None:
    """Print the table; without a terminal it is as wide as it needs to be."""
    title = f"{document['target']}, {document['machine']}, {document['at']}"
    table = Table("factor", "measured", "Spark", "Flink", "the article says (Spark / Flink)", title=title)
    for factor, measured, (spark, flink), article in cells(document):
        if factor:
            table.add_section()
        table.add_row(factor, measured, spark, flink, article)
    Console(width=None if sys.stdout.isatty() else 200, highlight=False).print(table)
