"""`wordcount list`: lists the resources, one line each: engine, phase, rates, restarts; changes nothing."""

from argparse import ArgumentParser, Namespace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from kubernetes import client
from kubernetes.watch import Watch
from rich.table import Table

from wordcount_cli.kube import cluster
from wordcount_cli.kube.api_errors import Request, translated
from wordcount_cli.views import output
from wordcount_cli.views.format import age
from wordcount_operator.api import GROUP, PLURAL, VERSION
from wordcount_operator.api.v1alpha1 import Status

COLUMNS = {
    "namespace": 12,
    "name": 16,
    "engine": 6,
    "phase": 10,
    "words/s": 8,
    "lag": 8,
    "restarts": 8,
    "checkpoint": 10,
    "age": 4,
}
"""With the least width of each, so that the lines of `-w` stand below each other."""


def arguments(parser: ArgumentParser) -> None:
    """The verb's arguments."""
    cluster.where(parser)
    parser.add_argument("-A", "--all-namespaces", action="store_true", help="those of all namespaces")
    parser.add_argument("-w", "--watch", action="store_true", help="go on with a line for each change")
    output.arguments(parser)


def main(args: Namespace) -> int:
    """Prints them all, and with -w each that changes until it is interrupted; raises UnreachableError."""
    own = cluster.connect(args.context, args.kubeconfig)
    place = "" if args.all_namespaces else args.namespace or own
    calls = client.CustomObjectsApi()
    call = (
        partial(calls.list_namespaced_custom_object, GROUP, VERSION, place, PLURAL)
        if place
        else partial(calls.list_cluster_custom_object, GROUP, VERSION, PLURAL)
    )
    with translated(Request("list", PLURAL, place)):
        found = call(_request_timeout=cluster.LIMITS)
    if not found["items"] and args.output == "table":
        print("there is none; `wordcount list -A` looks into all namespaces" if place else "there is none")
    else:
        _show(found, found["items"], args.output, head=True)
    if args.watch:
        with translated(Request("watch", PLURAL, place)):
            for change in Watch().stream(call, resource_version=found["metadata"]["resourceVersion"]):
                _show(change["object"], [change["object"]], args.output, head=False)
    return 0


def _show(value: Any, resources: list[dict[str, Any]], form: str, *, head: bool) -> None:
    if form != "table":
        output.document(value, form)
    else:
        output.console().print(table(resources, datetime.now(UTC), head=head))


def table(resources: list[dict[str, Any]], now: datetime, *, head: bool = True) -> Table:
    """One row each, in the order of their names."""
    made = Table(box=None, show_header=head)
    for name, width in COLUMNS.items():
        made.add_column(name, min_width=width, no_wrap=True)
    for each in sorted(resources, key=lambda each: (each["metadata"]["namespace"], each["metadata"]["name"])):
        made.add_row(*cells(each, now))
    return made


def cells(resource: dict[str, Any], now: datetime) -> tuple[str, ...]:
    """What stands under each of the columns; a dash where there is nothing to tell."""
    metadata, status = resource["metadata"], Status.model_validate(resource.get("status") or {})
    lag, latest = status.progress.lag_records, status.checkpoint.latest
    return (
        metadata["namespace"],
        metadata["name"],
        resource["spec"]["engine"],
        status.phase or "not seen",
        f"{status.progress.words_per_second:,.0f}",
        "-" if lag is None else f"{lag:,}",
        str(status.restarts.count),
        age(latest.completion_time, now) if latest else "-",
        age(metadata.get("creationTimestamp", ""), now),
    )
