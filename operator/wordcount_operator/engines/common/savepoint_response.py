"""What an engine answers about a savepoint, in the form of Flink's REST API, which our Spark driver speaks too; sends nothing."""

from collections.abc import Callable
from typing import Any

from wordcount_operator.model.actions import HttpRequest
from wordcount_operator.model.job import SavepointProgress
from wordcount_operator.model.reads import HttpReply

LONGEST = 300


def location(reply: HttpReply) -> str:
    """Where a finished savepoint lies, else empty."""
    return str(_operation(reply).get("location", ""))


def trace(reply: HttpReply) -> str:
    """The stack trace of a savepoint that failed, else empty."""
    return str((_operation(reply).get("failure-cause") or {}).get("stack-trace", ""))


def _operation(reply: HttpReply) -> dict[str, Any]:
    """What the savepoint came to; empty as long as that is not known."""
    return reply.body.get("operation") or {} if reply.ok else {}


def savepoint_progress(
    reply: HttpReply, begin: HttpRequest, words: Callable[[str], str] = str
) -> SavepointProgress:
    """What the answer means; where nobody knows the savepoint yet, `begin` asks for it. `words` shortens a stack trace."""
    if reply.status == 404:
        return SavepointProgress((begin,))
    if place := location(reply):
        return SavepointProgress(location=place)
    if why := trace(reply):
        return SavepointProgress(failure=words(why)[:LONGEST])
    return SavepointProgress()
