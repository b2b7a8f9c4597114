"""How far a Spark run has come, its savepoints, and the HTTP endpoint of both; never touches the query's data.

Words are read from the plan's own row counter: an `observe()` on the lines costs a fifth of the throughput.
"""

import json
import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from py4j.java_gateway import JavaObject
from pyspark.sql.streaming.query import StreamingQuery

from wordcount_core.windows import SAMPLES
from wordcount_jobs.common.storage import StoragePath, text
from wordcount_jobs.spark.kafka_lag import lag_records
from wordcount_jobs.spark.savepoint import copy, whole
from wordcount_jobs.spark.windows import OBSERVED


@dataclass(frozen=True)
class Progress:
    """Lines and words since the driver's start, distinct words in the state, the last batch's number and time.

    `state_bytes` is the state's size; 0 where the state store does not say. `checkpoint_ms` is what the last batch spent on
    being a checkpoint.
    `beat` is when the query last finished a batch or waited for its next one: what is old there hangs.
    Late and bad lines, and some of the latter, only where there are windows, and then no distinct words.
    """

    lines: int = 0
    words: int = 0
    distinct_words: int | None = None
    state_bytes: int = 0
    checkpoint_ms: int = 0
    batch: int = -1
    at: str = ""
    heartbeat: str = ""
    late_lines: int | None = None
    bad_lines: int | None = None
    bad_sample: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "lines": self.lines,
            "words": self.words,
            "distinctWords": self.distinct_words,
            "stateBytes": self.state_bytes,
            "checkpointMs": self.checkpoint_ms,
            "batch": self.batch if self.batch >= 0 else None,
            "at": self.at,
            "beat": self.heartbeat,
            "lateLines": self.late_lines,
            "badLines": self.bad_lines,
            "badSample": list(self.bad_sample),
        }

    def refused(self, observed: Sequence[Mapping[str, Any]]) -> "Progress":
        """With the late and bad lines that these micro-batches observed."""
        shown = [each[name] for each in observed for name in each if name.startswith("sample")]
        samples = dict.fromkeys([*self.bad_sample, *(each for each in shown if each is not None)])
        return replace(
            self,
            late_lines=(self.late_lines or 0) + sum(each["late"] for each in observed),
            bad_lines=(self.bad_lines or 0) + sum(each["bad"] for each in observed),
            bad_sample=tuple(samples)[:SAMPLES],
        )


class Meter:
    """Adds up what finished batches report. `count_words` is called within a batch, `poll` at any time.

    `lag` is set by whoever knows it: records of Kafka that no finished batch holds; None for other sources, and while Kafka does not say.
    With `low` no code of ours is called within a batch, and a batch's own report tells words and lag.
    """

    def __init__(self, windowed: bool = False, low: bool = False) -> None:
        """Nothing was counted yet."""
        self._windowed = windowed
        self._low = low
        self.lag: int | None = None
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
        now, status = _now(), query.status
        self.ready = self.ready or last is not None or status["message"].startswith("Waiting for")
        if self.ready and not status["isTriggerActive"]:
            self.progress = replace(self.progress, heartbeat=now)
        if last is None or not finished(last) or last["batchId"] <= self.progress.batch:
            return False
        new = (each for each in query.recentProgress if self.progress.batch < each["batchId"])
        done = [each for each in new if finished(each)]
        state = done[-1]["stateOperators"]
        if self._low:
            self._words += sum(each["sink"]["numOutputRows"] for each in done)  # one for each word that came
            self.lag = lag_records(done[-1])
        self.progress = replace(
            self.progress,
            lines=self.progress.lines + sum(each["numInputRows"] for each in done),
            words=self._words,
            distinct_words=None if self._windowed else self._distinct(state),
            state_bytes=_size(state[0]) if state else self.progress.state_bytes,
            checkpoint_ms=durable(done[-1]),
            batch=done[-1]["batchId"],
            at=now,
            heartbeat=now,
        )
        if self._windowed:
            told = [each["observedMetrics"].get(OBSERVED) for each in done]
            self.progress = self.progress.refused([row.asDict() for row in told if row is not None])
        return True

    def document(self) -> dict[str, Any]:
        """What the operator reads."""
        return {**self.progress.document(), "lagRecords": self.lag}

    def _distinct(self, state: list[dict[str, int]]) -> int | None:
        return state[0]["numRowsTotal"] if state else self.progress.distinct_words


def finished(progress: Any) -> bool:
    """Whether that tells of a batch, and not that nothing came, which Spark does under the number of the batch to come."""
    return "addBatch" in progress["durationMs"]


def durable(progress: Any) -> int:
    """Milliseconds that a batch spent on being a checkpoint: its entries in both logs, and the commit of the state.

    Spark adds the commit up over the partitions, which commit side by side, so it is their mean that counts.
    """
    logs: int = sum(progress["durationMs"].get(each, 0) for each in ("walCommit", "commitOffsets"))
    state = progress["stateOperators"]
    mean: float = sum(each["commitTimeMs"] / max(1, each["numShufflePartitions"]) for each in state)
    return logs + round(mean)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _size(state: dict[str, Any]) -> int:
    """Bytes of the state at the last batch as Spark's own state store estimates it, or of RocksDB's files."""
    told = state.get("customMetrics", {})
    return int(told.get("stateOnCurrentVersionSizeBytes", told.get("rocksdbSstFileSize", 0)))


def _rows_into_first_aggregate(plan: JavaObject) -> int:
    """Rows out of the highest node that makes or filters words: what the counting took in."""
    if plan.nodeName() in ("Filter", "Generate"):
        return int(plan.metrics().apply("numOutputRows").value())
    children = plan.children()
    return sum(_rows_into_first_aggregate(children.apply(n)) for n in range(children.size()))


class Savepoints:
    """Savepoints of one checkpoint, each under the id that its asker chose: asking twice makes one."""

    def __init__(self, checkpoint: StoragePath | None) -> None:
        """None where the run keeps no checkpoint."""
        self._checkpoint = checkpoint
        self._failures: dict[str, str] = {}
        self._threads: dict[str, threading.Thread] = {}

    def begin(self, name: str) -> None:
        """Begin to make it, unless it is there or under way; one that failed is tried again."""
        if name not in self._threads or name in self._failures:
            self._failures.pop(name, None)
            self._threads[name] = threading.Thread(target=self._make, args=(name,), daemon=True)
            self._threads[name].start()

    def document(self, name: str) -> dict[str, Any] | None:
        """How it does, in the words of Flink's REST API; None where nobody asked for it."""
        place = self._place(name)
        if place is not None and whole(place):
            return {"status": {"id": "COMPLETED"}, "operation": {"location": text(place)}}
        if name in self._failures:
            cause = {"stack-trace": self._failures[name]}
            return {"status": {"id": "COMPLETED"}, "operation": {"failure-cause": cause}}
        return {"status": {"id": "IN_PROGRESS"}} if name in self._threads else None

    def _place(self, name: str) -> StoragePath | None:
        return self._checkpoint / "savepoints" / f"savepoint-{name}" if self._checkpoint else None

    def _make(self, name: str) -> None:
        place = self._place(name)
        try:
            if self._checkpoint is None or place is None:
                raise OSError("the run keeps no checkpoint")
            copy(self._checkpoint, place)
        except Exception as error:
            self._failures[name] = f"{type(error).__name__}: {error}"


_SAVEPOINT = re.compile(r"/savepoints/([0-9a-z-]{1,64})$")


def serve(meter: Meter, savepoints: Savepoints, port: int) -> ThreadingHTTPServer:
    """Answers on `port` from threads of its own.

    `GET /progress`: 503 until the query runs, else JSON. `POST /savepoints/<id>` begins a savepoint, `GET` tells how it does.
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
                savepoints.begin(named[1])
            self.answer(202 if named and meter.ready else 503 if named else 404, {})

        def answer(self, status: int, document: Any) -> None:
            body = b"" if document is None else json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Requests every second are not worth a line each."""

    server = ThreadingHTTPServer(("", port), Handler)
    threading.Thread(target=server.serve_forever, name="progress", daemon=True).start()
    return server
