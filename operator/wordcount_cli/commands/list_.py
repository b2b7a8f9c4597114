"""`wordcount list`: list the resources, one line each: engine, phase, rate, lag and restarts."""

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
from wordcount_operator.api import GROUP, KIND, PLURAL, VERSION
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
"""Column → its least width, so that the lines of `-w` are aligned."""


def arguments(parser: ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    cluster.cluster_arguments(parser)
    parser.add_argument(
        "-A", "--all-namespaces", action="store_true", help="list the resources of all namespaces"
    )
    parser.add_argument("-w", "--watch", action="store_true", help="then print a line for each change")
    output.arguments(parser)


def main(args: Namespace) -> int:
    """Print all resources, and with -w each change until interrupted. Raises UnreachableError."""
    default_namespace = cluster.connect(args.context, args.kubeconfig)
    namespace = "" if args.all_namespaces else args.namespace or default_namespace
    calls = client.CustomObjectsApi()
    call = (
        partial(calls.list_namespaced_custom_object, GROUP, VERSION, namespace, PLURAL)
        if namespace
        else partial(calls.list_cluster_custom_object, GROUP, VERSION, PLURAL)
    )
    with translated(Request("list", PLURAL, namespace)):
        found = call(_request_timeout=cluster.TIMEOUTS)
    if not found["items"] and args.output == "table":
        where = (
            f"namespace {namespace}; `wordcount list -A` lists all namespaces" if namespace else "the cluster"
        )
        print(f"there is no {KIND} in {where}")
    else:
        _show(found, found["items"], args.output, head=True)
    if args.watch:
        with translated(Request("watch", PLURAL, namespace)):
            for change in Watch().stream(call, resource_version=found["metadata"]["resourceVersion"]):
                _show(change["object"], [change["object"]], args.output, head=False)
    return 0


def _show(value: Any, resources: list[dict[str, Any]], form: str, *, head: bool) -> None:
    if form != "table":
        output.document(value, form)
    else:
        output.console().print(table(resources, datetime.now(UTC), head=head))


def table(resources: list[dict[str, Any]], now: datetime, *, head: bool = True) -> Table:
    """Return a table with a row for each resource, sorted by namespace and name."""
    rows = Table(box=None, show_header=head)
    for name, width in COLUMNS.items():
        rows.add_column(name, min_width=width, no_wrap=True)
    for each in sorted(resources, key=lambda each: (each["metadata"]["namespace"], each["metadata"]["name"])):
        rows.add_row(*cells(each, now))
    return rows


def cells(resource: dict[str, Any], now: datetime) -> tuple[str, ...]:
    """Return the resource's cells in the order of COLUMNS; a dash means that nothing is known."""
    metadata, status = resource["metadata"], Status.model_validate(resource.get("status") or {})
    lag, latest = status.progress.lag_records, status.checkpoint.latest
    return (
        metadata["namespace"],
        metadata["name"],
        resource["spec"]["engine"],
        status.phase or "no status",
        f"{status.progress.words_per_second:,.0f}",
        "-" if lag is None else f"{lag:,}",
        str(status.restarts.count),
        age(latest.completion_time, now) if latest else "-",
        age(metadata.get("creationTimestamp", ""), now),
    )
