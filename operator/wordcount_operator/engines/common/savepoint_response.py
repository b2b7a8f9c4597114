"""Reads what an engine answers about a savepoint, in the form of Flink's REST API.

Our Spark driver answers in the same form.
"""

from collections.abc import Callable
from typing import Any

from wordcount_operator.model.actions import HttpRequest
from wordcount_operator.model.job import SavepointProgress
from wordcount_operator.model.reads import HttpReply

LONGEST = 300


def location(reply: HttpReply) -> str:
    """Return the place of a finished savepoint, else an empty text."""
    return str(_operation(reply).get("location", ""))


def trace(reply: HttpReply) -> str:
    """Return the stack trace of a savepoint that failed, else an empty text."""
    return str((_operation(reply).get("failure-cause") or {}).get("stack-trace", ""))


def _operation(reply: HttpReply) -> dict[str, Any]:
    """Return the result of the savepoint; empty as long as there is none."""
    return reply.body.get("operation") or {} if reply.ok else {}


def savepoint_progress(
    reply: HttpReply, begin: HttpRequest, words: Callable[[str], str] = str
) -> SavepointProgress:
    """Return what the answer means.

    A 404 means that `begin` has to ask for it. `words` shortens a stack trace.
    """
    if reply.status == 404:
        return SavepointProgress((begin,))
    if place := location(reply):
        return SavepointProgress(location=place)
    if why := trace(reply):
        return SavepointProgress(failure=words(why)[:LONGEST])
    return SavepointProgress()
