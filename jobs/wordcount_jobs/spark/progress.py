"""How far a Spark run has come, and the HTTP endpoint that tells it; never touches the query's data.

Words are read from the plan's own row counter: an `observe()` on the lines costs a fifth of the throughput.
"""

import json
import threading
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from py4j.java_gateway import JavaObject
from pyspark.sql.streaming.query import StreamingQuery


@dataclass(frozen=True)
class Progress:
    """Lines and words since the driver's start, distinct words in the state, the last batch's number and time."""

    lines: int = 0
    words: int = 0
    distinct_words: int | None = None
    batch: int = -1
    at: str = ""

    def document(self) -> dict[str, Any]:
        """As the operator reads it."""
        return {
            "lines": self.lines,
            "words": self.words,
            "distinctWords": self.distinct_words,
            "batch": self.batch if self.batch >= 0 else None,
            "at": self.at,
        }


class Meter:
    """Adds up what finished batches report. `count_words` is called within a batch, `poll` at any time."""

    def __init__(self) -> None:
        """Nothing was counted yet."""
        self.progress = Progress()
        self.ready = False
        self.begun = False
        self._words = 0

    def count_words(self, query: StreamingQuery) -> None:
        """Add the words of the batch that has just been written, before the next one begins."""
        self.begun = True
        self._words += _rows_into_first_aggregate(query._jsq.streamingQuery().lastExecution().executedPlan())

    def poll(self, query: StreamingQuery) -> bool:
        """Take in the batches that finished since the last call; True if there were any."""
        last = query.lastProgress
        # A query that found no lines yet runs as well as any; it just has no batch to tell of.
        self.ready = self.ready or last is not None or query.status["message"].startswith("Waiting for")
        if last is None or last["batchId"] <= self.progress.batch:
            return False
        done = [each for each in query.recentProgress if self.progress.batch < each["batchId"]]
        state = done[-1]["stateOperators"]
        self.progress = replace(
            self.progress,
            lines=self.progress.lines + sum(each["numInputRows"] for each in done),
            words=self._words,
            distinct_words=state[0]["numRowsTotal"] if state else self.progress.distinct_words,
            batch=done[-1]["batchId"],
            at=datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        )
        return True


def _rows_into_first_aggregate(plan: JavaObject) -> int:
    """Rows out of the highest node that makes or filters words: what the counting took in."""
    if plan.nodeName() in ("Filter", "Generate"):
        return int(plan.metrics().apply("numOutputRows").value())
    children = plan.children()
    return sum(_rows_into_first_aggregate(children.apply(n)) for n in range(children.size()))


def serve(meter: Meter, port: int) -> ThreadingHTTPServer:
    """Answers `GET /progress` on `port` from a thread of its own: 503 until the query runs, else JSON."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            ready = self.path == "/progress" and meter.ready
            body = json.dumps(meter.progress.document()).encode() if ready else b""
            self.send_response(200 if ready else 503 if self.path == "/progress" else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Requests every second are not worth a line each."""

    server = ThreadingHTTPServer(("", port), Handler)
    threading.Thread(target=server.serve_forever, name="progress", daemon=True).start()
    return server
