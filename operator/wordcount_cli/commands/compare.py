"""`wordcount compare`: runs one resource on both engines with the same lines and measures the article's table; never touches its topics."""

import json
import secrets
import signal
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import requires
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from kubernetes.client import ApiException
from rich.console import Console
from rich.table import Table
from urllib3.exceptions import HTTPError

from wordcount_cli.kube.cluster import UnreachableError
from wordcount_cli.kube.resources import resource
from wordcount_cli.local.documents import Document, word_counts
from wordcount_cli.local.engine_envs import DISTRIBUTION
from wordcount_compare.figures import figures, series
from wordcount_compare.measure import measure
from wordcount_compare.plan import trial
from wordcount_compare.table import ENGINES, cells
from wordcount_compare.target import Target

SECONDS = 20.0
"""Of each of the two steady typings; with it a run takes about five minutes on two cores."""
NEEDED = {"kafka": "probe", "matplotlib": "compare"}
console = Console(stderr=True, highlight=False)


def arguments(parser: ArgumentParser) -> None:
    """The verb's arguments."""
    parser.add_argument("file", metavar="FILE", help="a YAML file whose first StreamingWordCount is compared")
    parser.add_argument("--embedded", action="store_true", help="on this machine instead of a cluster")
    parser.add_argument(
        "--seconds",
        type=float,
        default=SECONDS,
        help="how long lines are typed, twice; the rest grows with it",
    )
    parser.add_argument("--json", type=Path, metavar="OUT.json", help="write all figures and series there")
    parser.add_argument("--html", type=Path, metavar="OUT.html", help="write one page with plots there")
    parser.add_argument("-n", "--namespace", help="of the cluster; the file's, else the context's by default")
    parser.add_argument("--context", help="a context of the kubeconfig; the current one by default")
    parser.add_argument(
        "--image", help="the operator's image, for the probe's pod; the running operator's by default"
    )


def main(args: Namespace) -> int:
    """Prints the table and writes what was asked for; 1 with a sentence where it cannot measure."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was begun is removed then, too
    try:
        check(args)
        document = report(args)
    except (ValueError, UnreachableError) as error:
        print(error, file=sys.stderr)
        return 1
    show(document)
    if args.json:
        args.json.write_text(json.dumps(document, indent=1) + "\n")
    if args.html:
        from wordcount_compare.html_report import page  # noqa: PLC0415 - it needs matplotlib

        args.html.write_text(page(document))
    return 0


def check(args: Namespace) -> None:
    """Before anything runs. Raises ValueError where something is missing that is needed in the end."""
    wanted = {"kafka": args.embedded, "matplotlib": args.html}
    for module, extra in NEEDED.items():
        if wanted[module] and not find_spec(module):
            raise ValueError(
                f"{module} is missing; install it with `pip install 'streaming-wordcount-operator[{extra}]'`"
            )
    if args.seconds < 5:
        raise ValueError("--seconds: write at least 5; a checkpoint and a recovery need their time")
    for flag, file in (("--json", args.json), ("--html", args.html)):
        if file and not file.absolute().parent.is_dir():
            raise ValueError(f"{flag}: there is no folder {file.absolute().parent}; make it first")


def report(args: Namespace) -> dict[str, Any]:
    """Everything that was measured, engine after engine: each has the machine to itself. Raises ValueError."""
    document = _first(args.file)
    run = secrets.token_hex(3)
    namespace = args.namespace or document.value["metadata"].get("namespace")
    trials = [trial(document, engine, run, args.seconds) for engine in ENGINES]
    machine, engines = "", {}
    for each in trials:
        with _ground(args, each.engine, namespace) as ground, _shown(each.engine) as show:
            machine, taken = ground.machine(), measure(ground, each, show)
        engines[each.engine] = {"figures": figures(taken), "series": series(taken)}
    return {
        "resource": document.value,
        "ground": "embedded" if args.embedded else "cluster",
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": args.seconds,
        "machine": machine,
        "versions": versions(),
        "engines": engines,
    }


def versions() -> dict[str, str]:
    """Of the engines that this release is made for."""
    pinned = (each.split(";")[0].strip().partition("==") for each in requires(DISTRIBUTION) or [])
    return {name.removeprefix("py").removeprefix("apache-"): version for name, is_, version in pinned if is_}


def _first(file: str) -> Document:
    """The examples hold one resource for each engine; as both engines are run, one of them is enough."""
    first, *others = word_counts(file)
    resource(first)
    if others:
        console.print(f"{first.place} is compared; the other resources of the file are not", markup=False)
    return first


@contextmanager
def _ground(args: Namespace, engine: str, namespace: str | None) -> Iterator[Target]:
    if args.embedded:
        from wordcount_compare.local import Local  # noqa: PLC0415 - a cluster needs nothing of it

        with tempfile.TemporaryDirectory(prefix="wordcount-compare-") as folder:
            yield Local(engine, Path(folder))
    else:
        from wordcount_compare.cluster import Cluster  # noqa: PLC0415 - and the other way round

        try:
            yield Cluster(engine, namespace, args.context, args.image)
        except ApiException as error:
            told = json.loads(error.body or "{}").get("message") or error.reason
            raise UnreachableError(f"the cluster refuses: {told}") from None
        except HTTPError as error:
            raise UnreachableError(f"the cluster does not answer: {error}") from None


@contextmanager
def _shown(engine: str) -> Iterator[Callable[[str], None]]:
    """A line that says what happens now; without a terminal, one for each phase."""
    phase = ""

    def show(what: str) -> None:
        nonlocal phase
        if not what.endswith("counted"):
            phase = what
            console.print(f"[dim]{datetime.now().astimezone():%H:%M:%S}[/] {engine}: {what}")
        status.update(f"{engine}: {phase}: {what}")

    with console.status(f"{engine}: it is made ready") as status:
        yield show


def show(document: dict[str, Any]) -> None:
    """The table, as wide as it needs where nobody looks at a screen."""
    title = f"{document['ground']}, {document['machine']}, {document['at']}"
    table = Table("factor", "measured", "Spark", "Flink", "the article says (Spark / Flink)", title=title)
    for factor, measured, (spark, flink), said in cells(document):
        if factor:
            table.add_section()
        table.add_row(factor, measured, spark, flink, said)
    Console(width=None if sys.stdout.isatty() else 200, highlight=False).print(table)
