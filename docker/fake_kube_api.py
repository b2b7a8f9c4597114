"""A fake Kubernetes API for the image build: enough for an engine to ask for worker pods.

A pod that is created runs at once, as a process of the build. The server listens on loopback only.
"""

import json
import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

WORKERS: list[subprocess.Popen[bytes]] = []
"""The processes that pods became."""
ENTRY: list[str] = []
"""What an image puts before a pod's arguments where the pod names no command: its entry point."""
OBJECTS: dict[str, dict] = {}
"""Path of each object → the object. The caller puts here what has to exist from the start."""
CREATED: list[tuple[str, dict]] = []
"""Path of the collection, and the object: what lists hold and watches tell."""
CHANGE = threading.Condition()


@contextmanager
def api(seconds: int = 400) -> Iterator[str]:
    """Serve at the address that this gives, then end the workers and wait for them; after `seconds` it gives
    up.
    """
    server = ThreadingHTTPServer(("127.0.0.1", 0), Kubernetes)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    signal.signal(signal.SIGALRM, too_long)
    signal.alarm(seconds)
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        for worker in WORKERS:
            worker.terminate()
        for worker in WORKERS:
            worker.wait(120)
        signal.alarm(0)


def too_long(*_: object) -> None:
    """End what the main thread waits for."""
    raise TimeoutError("the recording takes too long")


def run(pod: dict) -> None:
    """Run the pod's one container as a process of this build; whatever address it asks for is this
    machine's.
    """
    container = pod["spec"]["containers"][0]
    given = {entry["name"]: entry.get("value", "127.0.0.1") for entry in container.get("env", ())}
    words = [*container.get("command", ENTRY), *container["args"]]
    WORKERS.append(subprocess.Popen(words, env={**os.environ, **given}))


class Kubernetes(BaseHTTPRequestHandler):
    """Keeps what it is given, and tells watches of it."""

    def answer(self, document: dict, status: int = 200) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def given(self) -> dict:
        return json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        if path in OBJECTS:
            self.answer(OBJECTS[path])
        elif "watch=" in query and "Upgrade" not in self.headers:
            self.watch(path)
        else:  # to a web socket, too: an answer that is not a switch of protocols says "use plain HTTP"
            items = [document for collection, document in CREATED if collection == path]
            self.answer(
                {"kind": "List", "apiVersion": "v1", "metadata": {"resourceVersion": "1"}, "items": items}
            )

    def watch(self, path: str) -> None:
        self.send_response(200)
        self.end_headers()
        sent = 0
        while True:
            with CHANGE:
                while len(CREATED) == sent:
                    CHANGE.wait()
            for collection, document in CREATED[sent:]:
                for event in ("ADDED", "MODIFIED") if collection == path else ():
                    self.wfile.write(json.dumps({"type": event, "object": document}).encode() + b"\n")
            sent = len(CREATED)

    def do_POST(self) -> None:
        document = self.given()
        document["metadata"].update(uid="1", resourceVersion="1")
        OBJECTS[f"{self.path}/{document['metadata'].get('name', 'unnamed')}"] = document
        if document["kind"] == "Pod":
            scheduled = {"type": "PodScheduled", "status": "True"}
            document["status"] = {"phase": "Running", "podIP": "127.0.0.1", "conditions": [scheduled]}
            run(document)
        self.answer(document, 201)
        with CHANGE:
            CREATED.append((self.path, document))
            CHANGE.notify_all()

    def do_PUT(self) -> None:
        self.answer(self.given())

    def do_PATCH(self) -> None:
        self.given()
        self.answer(OBJECTS.get(self.path.partition("?")[0], {}))

    def do_DELETE(self) -> None:
        self.given()
        self.answer({"kind": "Status", "apiVersion": "v1", "status": "Success"})

    def log_message(self, *_: object) -> None:
        """Say nothing: the build's log is long enough."""
