"""The conversation with a JobManager's REST API that the operator relies on."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from wordcount_operator.model.reads import HttpReply

Send = Callable[[str, str, Mapping[str, Any] | None], HttpReply]
NOBODY = "0" * 32
ANSWER_TIMEOUT = 60.0


def until(send: Send, path: str, holds: Callable[[Any], bool]) -> Any:
    """The document at that path once it holds."""
    end = time.monotonic() + ANSWER_TIMEOUT
    while True:
        reply = send("GET", path, None)
        if reply.ok and holds(reply.body):
            return reply.body
        assert time.monotonic() < end, (path, reply)
        time.sleep(0.2)


def converse(send: Send, submit: Callable[[str, str], Mapping[str, Any]], folder: str) -> None:
    """Submits, saves, stops and cancels.

    `submit` gives the body that starts a job (id, state to begin from).
    """
    first, second = "a1" * 16, "b2" * 16
    assert send("GET", f"/jobs/{first}", None).status == 404
    assert send("GET", f"/jobs/{first}/savepoints/{NOBODY}", None).status == 404

    assert send("POST", "/jars/wordcount.jar/run", submit(first, "")).ok
    running = until(send, f"/jobs/{first}", _counts)
    assert running["jid"] == first
    assert send("POST", "/jars/wordcount.jar/run", submit(first, "")).status >= 400, (
        "a second submit of an id is refused"
    )
    assert _counts(send("GET", f"/jobs/{first}", None).body), "and the first one goes on"

    finished = until(send, f"/jobs/{first}/checkpoints", lambda body: body["latest"]["completed"])
    newest = finished["latest"]["completed"]
    read = {"id", "external_path", "latest_ack_timestamp", "state_size", "end_to_end_duration", "discarded"}
    assert read <= newest.keys()

    assert send("GET", f"/jobs/{first}/savepoints/{NOBODY}", None).status == 404
    save = {"target-directory": folder, "cancel-job": False, "triggerId": "c3" * 16}
    assert send("POST", f"/jobs/{first}/savepoints", save).ok
    made = _place(until(send, f"/jobs/{first}/savepoints/{'c3' * 16}", _completed))
    assert send("POST", f"/jobs/{first}/savepoints", save).ok
    assert _place(until(send, f"/jobs/{first}/savepoints/{'c3' * 16}", _completed)) == made, (
        "asked twice, made once"
    )

    stop = {"targetDirectory": folder, "drain": False, "triggerId": "d4" * 16}
    assert send("POST", f"/jobs/{first}/stop", stop).ok
    saved = _place(until(send, f"/jobs/{first}/savepoints/{'d4' * 16}", _completed))
    assert saved != made
    until(send, f"/jobs/{first}", lambda body: body["state"] == "FINISHED")

    assert send("POST", "/jars/wordcount.jar/run", submit(second, saved)).ok
    until(send, f"/jobs/{second}", _counts)
    assert send("PATCH", f"/jobs/{second}?mode=cancel", {}).ok
    until(send, f"/jobs/{second}", lambda body: body["state"] == "CANCELED")


def _counts(body: Any) -> bool:
    return body["state"] == "RUNNING" and all(each["status"] == "RUNNING" for each in body["vertices"])


def _completed(body: Any) -> bool:
    return bool(body["status"]["id"] == "COMPLETED")


def _place(body: Any) -> str:
    place: str = body["operation"]["location"]
    assert "/savepoint-" in place
    return place
