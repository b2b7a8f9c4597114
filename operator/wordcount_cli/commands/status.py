"""`wordcount status`: tells how one resource is: phase, why, what to do, rates, checkpoints, restarts, events; changes nothing."""

import sys
from argparse import ArgumentParser, Namespace
from datetime import UTC, datetime
from typing import Any

from kubernetes import client

from wordcount_cli.kube import cluster
from wordcount_cli.kube.api_errors import Request, translated
from wordcount_cli.views import output
from wordcount_cli.views.status import page


def arguments(parser: ArgumentParser) -> None:
    """The verb's arguments."""
    cluster.arguments(parser)
    output.arguments(parser)


def main(args: Namespace) -> int:
    """Prints a page, or the resource itself as json or yaml; raises UnreachableError."""
    resource = cluster.Resource.of(args)
    found = resource.read()
    if args.output != "table":
        output.document(found, args.output)
        return 0
    told: list[dict[str, Any]] = []
    try:
        told = events(found["metadata"]["uid"], resource.namespace)
    except cluster.UnreachableError as error:
        # Who may see the resource but not its events still gets the page.
        print(f"without events: {error}", file=sys.stderr)
    output.console().print(page(found, told, datetime.now(UTC)))
    return 0


def events(uid: str, namespace: str) -> list[dict[str, Any]]:
    """Those about a resource, in no order; raises UnreachableError."""
    calls = client.CoreV1Api()
    with translated(Request("list", "events", namespace)):
        found = calls.list_namespaced_event(
            namespace, field_selector=f"involvedObject.uid={uid}", _request_timeout=cluster.LIMITS
        )
    events: list[dict[str, Any]] = calls.api_client.sanitize_for_serialization(found)["items"]
    return events
