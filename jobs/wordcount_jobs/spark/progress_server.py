"""Serves a run's progress and its savepoints over HTTP, for the operator and `wordcount run`."""

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from wordcount_jobs.spark.progress import Meter
from wordcount_jobs.spark.savepoints import Savepoints

_SAVEPOINT = re.compile(r"/savepoints/([0-9a-z-]{1,64})$")


def serve(meter: Meter, savepoints: Savepoints, port: int) -> ThreadingHTTPServer:
    """Answer on `port` from other threads.

    `GET /progress`: 503 until the query runs, then JSON. `POST /savepoints/<id>` starts a savepoint, `GET`
    reports how it does.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            named = _SAVEPOINT.match(self.path)
            if self.path == "/progress":
                self.answer(200 if meter.ready else 503, meter.document() if meter.ready else None)
            else:
                document = savepoints.document(named[1]) if named else None
                self.answer(200 if document else 404, document)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            named = _SAVEPOINT.match(self.path)
            if named and meter.ready:
                savepoints.start(named[1])
            self.answer(202 if named and meter.ready else 503 if named else 404, {})

        def answer(self, status: int, document: Any) -> None:
            body = b"" if document is None else json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Write nothing: there are requests every second."""

    server = ThreadingHTTPServer(("", port), Handler)
    threading.Thread(target=server.serve_forever, name="progress", daemon=True).start()
    return server
