"""A real JobManager answers the conversation that the tests' fake JobManager answers."""

import json
import subprocess
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from urllib.error import HTTPError

from tests.support.builders import IMAGES, recorded, resource
from tests.support.conversation import Send, converse
from tools.testbed.kube import Space, command
from tools.testbed.pair import Pair
from wordcount_operator.api.v1alpha1 import Attempt
from wordcount_operator.engines.flink import job
from wordcount_operator.engines.flink.session import Session
from wordcount_operator.model.reads import HttpReply


@contextmanager
def forwarded(space: Space, session: str) -> Iterator[Send]:
    """Sends requests to the session's JobManager by kubectl's own tunnel."""
    words = command("-n", space.name, "port-forward", f"service/{session}-rest", ":8081")
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as tunnel:
        assert tunnel.stdout
        port = int(tunnel.stdout.readline().split("127.0.0.1:")[1].split()[0])

        def send(method: str, path: str, body: Mapping[str, Any] | None) -> HttpReply:
            data = None if body is None else json.dumps(body).encode()
            headers = {"Content-Type": "application/json"}
            request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data, headers, method=method)
            try:
                with urllib.request.urlopen(request, timeout=120) as answer:
                    return HttpReply(answer.status, json.loads(answer.read() or b"{}"))
            except HTTPError as error:
                return HttpReply(error.code, error.read().decode())

        try:
            yield send
        finally:
            tunnel.terminate()


def test_the_real_jobmanager_holds_the_conversation(pair: Pair) -> None:
    """Ids of the caller's choice, refused second submits, one savepoint a trigger, and how jobs end."""
    session = Session(pair.space.name, pair.space.status("pair-flink")["session"])
    of = replace(resource("flink", "talk", checkpoint={"interval": "1s"}), image=IMAGES["flink"])

    def submit(run: str, place: str) -> Mapping[str, Any]:
        attempt = Attempt(id=run, number=1, start_time="", intent="Submitted", run_id=run, restore_from=place)
        begun = recorded(of, of.status.model_copy(update={"attempt": attempt}))
        return job.submit(begun, session, attempt).body

    with forwarded(pair.space, session.name) as send:
        converse(send, submit, f"file://{of.state_path}/savepoints")
