"""Measures how far a Spark run has come, from what its finished micro-batches report.

Words are read from the plan's own row counter: an `observe()` on the lines costs a fifth of the throughput.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from pyspark.sql.streaming.query import StreamingQuery

from wordcount_core.windows import SAMPLES
from wordcount_jobs.spark.batch_report import checkpoint_ms, counted_rows, is_finished, state_bytes
from wordcount_jobs.spark.kafka_offsets import lag_records
from wordcount_jobs.spark.windows import OBSERVED


@dataclass(frozen=True)
class Progress:
    """What was counted since the driver's start, distinct words in the state, and the last batch.

    `state_bytes` is the state's size, or 0 if the state store does not report it. `checkpoint_ms` is how long
    the last batch took to write its checkpoint. `heartbeat` is when the query last finished a batch or waited
    for the next one: a query with an old heartbeat hangs. With windows there are late lines, bad lines and a
    sample of these, and no distinct words.
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
        """Return the progress as JSON. An operator of 0.2.0 reads `beat`, a newer one `heartbeat`."""
        return {
            "lines": self.lines,
            "words": self.words,
            "distinctWords": self.distinct_words,
            "stateBytes": self.state_bytes,
            "checkpointMs": self.checkpoint_ms,
            "batch": self.batch if self.batch >= 0 else None,
            "at": self.at,
            "heartbeat": self.heartbeat,
            "beat": self.heartbeat,
            "lateLines": self.late_lines,
            "badLines": self.bad_lines,
            "badSample": list(self.bad_sample),
        }

    def with_dropped_lines(self, observed: Sequence[Mapping[str, Any]]) -> "Progress":
        """Return the progress with the late and bad lines that these micro-batches observed."""
        sampled = [each[name] for each in observed for name in each if name.startswith("sample")]
        samples = dict.fromkeys([*self.bad_sample, *(each for each in sampled if each is not None)])
        return replace(
            self,
            late_lines=(self.late_lines or 0) + sum(each["late"] for each in observed),
            bad_lines=(self.bad_lines or 0) + sum(each["bad"] for each in observed),
            bad_sample=tuple(samples)[:SAMPLES],
        )


class Meter:
    """Adds up what finished batches report. `count_words` is called within a batch, `poll` at any time.

    `lag` is the number of Kafka's records that no finished batch has counted; kafka_lag.py sets it. It is
    None for other sources, and while Kafka does not answer. With low latency, no code of ours is called
    within a batch, so words and lag come from the batch's own report.
    """

    def __init__(self, windowed: bool = False, low: bool = False) -> None:
        """Start with nothing counted."""
        self._windowed = windowed
        self._low = low
        self.lag: int | None = None
        self.progress = Progress()
        self.ready = False
        self.started = False
        self._words = 0

    def count_words(self, query: StreamingQuery) -> None:
        """Add the words of the batch that has just been written, before the next one starts."""
        self.started = True
        self._words += counted_rows(query._jsq.streamingQuery().lastExecution().executedPlan())

    def poll(self, query: StreamingQuery) -> bool:
        """Add the batches that finished since the last call; return whether there were any."""
        last = query.lastProgress
        # A query that found no lines yet runs too; it only has no batch to report.
        now, status = _now(), query.status
        self.ready = self.ready or last is not None or status["message"].startswith("Waiting for")
        if self.ready and not status["isTriggerActive"]:
            self.progress = replace(self.progress, heartbeat=now)
        if last is None or not is_finished(last) or last["batchId"] <= self.progress.batch:
            return False
        new = (each for each in query.recentProgress if self.progress.batch < each["batchId"])
        done = [each for each in new if is_finished(each)]
        state = done[-1]["stateOperators"]
        if self._low:
            self._words += sum(each["sink"]["numOutputRows"] for each in done)  # one for each word that came
            self.lag = lag_records(done[-1])
        self.progress = replace(
            self.progress,
            lines=self.progress.lines + sum(each["numInputRows"] for each in done),
            words=self._words,
            distinct_words=None if self._windowed else self._distinct(state),
            state_bytes=state_bytes(state[0]) if state else self.progress.state_bytes,
            checkpoint_ms=checkpoint_ms(done[-1]),
            batch=done[-1]["batchId"],
            at=now,
            heartbeat=now,
        )
        if self._windowed:
            rows = [each["observedMetrics"].get(OBSERVED) for each in done]
            self.progress = self.progress.with_dropped_lines(
                [row.asDict() for row in rows if row is not None]
            )
        return True

    def document(self) -> dict[str, Any]:
        """Return what the operator reads."""
        return {**self.progress.document(), "lagRecords": self.lag}

    def _distinct(self, state: list[dict[str, int]]) -> int | None:
        return state[0]["numRowsTotal"] if state else self.progress.distinct_words


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
