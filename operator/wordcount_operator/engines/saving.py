"""What an engine answers about a savepoint, in the form of Flink's REST API, which our Spark driver speaks too; sends nothing."""

from collections.abc import Callable

from wordcount_operator.domain import Call, Reply, Saving

LONGEST = 300


def location(reply: Reply | None) -> str:
    """Where a finished savepoint lies, else empty."""
    operation = reply.body.get("operation") or {} if reply is not None and reply.ok else {}
    return str(operation.get("location", ""))


def trace(reply: Reply | None) -> str:
    """The stack trace of a savepoint that failed, else empty."""
    operation = reply.body.get("operation") or {} if reply is not None and reply.ok else {}
    return str((operation.get("failure-cause") or {}).get("stack-trace", ""))


def saving(reply: Reply | None, begin: Call, words: Callable[[str], str] = str) -> Saving:
    """What the answer means; where nobody knows the savepoint yet, `begin` asks for it. `words` shortens a stack trace."""
    if reply is not None and reply.status == 404:
        return Saving((begin,))
    if place := location(reply):
        return Saving(location=place)
    if why := trace(reply):
        return Saving(failure=words(why)[:LONGEST])
    return Saving()
