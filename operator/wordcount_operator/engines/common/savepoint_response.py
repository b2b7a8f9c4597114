"""What an engine answers about a savepoint, in the form of Flink's REST API, which our Spark driver speaks too; sends nothing."""

from collections.abc import Callable
from typing import Any

from wordcount_operator.domain import Call, Reply, Saving

LONGEST = 300


def location(reply: Reply | None) -> str:
    """Where a finished savepoint lies, else empty."""
    return str(_operation(reply).get("location", ""))


def trace(reply: Reply | None) -> str:
    """The stack trace of a savepoint that failed, else empty."""
    return str((_operation(reply).get("failure-cause") or {}).get("stack-trace", ""))


def _operation(reply: Reply | None) -> dict[str, Any]:
    """What the savepoint came to; empty as long as that is not known."""
    return reply.body.get("operation") or {} if reply is not None and reply.ok else {}


def saving(reply: Reply | None, begin: Call, words: Callable[[str], str] = str) -> Saving:
    """What the answer means; where nobody knows the savepoint yet, `begin` asks for it. `words` shortens a stack trace."""
    if reply is not None and reply.status == 404:
        return Saving((begin,))
    if place := location(reply):
        return Saving(location=place)
    if why := trace(reply):
        return Saving(failure=words(why)[:LONGEST])
    return Saving()
