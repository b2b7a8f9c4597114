"""`wordcount status`: show one resource: phase, reason, next step, rates, checkpoints, events."""

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
    """Declare the arguments of the verb."""
    cluster.arguments(parser)
    output.arguments(parser)


def main(args: Namespace) -> int:
    """Print a page, or the resource itself as JSON or YAML. Raises UnreachableError."""
    resource = cluster.Resource.of(args)
    found = resource.read()
    if args.output != "table":
        output.document(found, args.output)
        return 0
    recent: list[dict[str, Any]] = []
    try:
        recent = events(found["metadata"]["uid"], resource.namespace)
    except cluster.UnreachableError as error:
        # Somebody who may read the resource but not its events still gets the page.
        print(f"the page has no events: {error}", file=sys.stderr)
    output.console().print(page(found, recent, datetime.now(UTC)))
    return 0


def events(uid: str, namespace: str) -> list[dict[str, Any]]:
    """Return the events about the object with this uid, in no order. Raises UnreachableError."""
    calls = client.CoreV1Api()
    with translated(Request("list", "events", namespace)):
        found = calls.list_namespaced_event(
            namespace, field_selector=f"involvedObject.uid={uid}", _request_timeout=cluster.TIMEOUTS
        )
    items: list[dict[str, Any]] = calls.api_client.sanitize_for_serialization(found)["items"]
    return items
