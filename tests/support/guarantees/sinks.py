"""Sinks as another program would read them while jobs write and die."""

import json
import threading
from collections.abc import Callable
from pathlib import Path
from subprocess import Popen
from typing import Protocol

import duckdb

from tests.support.guarantees.sources import Rows
from tests.support.job_counts import tops
from tools.testbed.servers import kafka, postgres
from wordcount_core import options as o
from wordcount_core import windows


class SinkUnderTest(Protocol):
    """A sink, and what is in it."""

    @property
    def sink(self) -> o.Sink:
        """Where the job is to write."""

    def listen(self, process: "Popen[str]") -> None:
        """Take the output of a process that was started."""

    def rows(self) -> Rows:
        """What a reader finds now. Raises AssertionError for a row that is there twice."""

    def trouble(self) -> Callable[[], None] | None:
        """Ends the sink's server, and returns what begins it again; None where there is none."""


class Silent:
    """A sink whose rows the job's output does not show."""

    def listen(self, process: "Popen[str]") -> None:
        """Reads the output away, so that it never fills its pipe."""
        assert process.stdout
        threading.Thread(target=process.stdout.read, daemon=True).start()

    def trouble(self) -> Callable[[], None] | None:
        """There is no server."""
        return None


class Console:
    """The newest picture of all words."""

    def __init__(self, engine: str) -> None:
        self.sink = o.Console(1000, "json" if engine == "spark" else "table")
        self._shown: dict[str, int] = {}

    def listen(self, process: "Popen[str]") -> None:
        """Follows the pictures until the process ends."""
        threading.Thread(target=self._follow, args=(process,), daemon=True).start()

    def rows(self) -> Rows:
        """The last picture."""
        return {("", word): n for word, n in self._shown.items()}

    def trouble(self) -> Callable[[], None] | None:
        """There is no server."""
        return None

    def _follow(self, process: "Popen[str]") -> None:
        for shown in tops(process):
            self._shown = dict(shown)


class Files(Silent):
    """The files of a folder that are not hidden."""

    def __init__(self, folder: Path, form: str) -> None:
        self.sink = o.FilesSink(str(folder), "parquet" if form == "parquet" else "json")
        self._folder = folder
        self._read = "read_parquet" if form == "parquet" else "read_json"

    def rows(self) -> Rows:
        """All rows of all files; a file that cannot be read whole fails."""
        found: Rows = {}
        names = [str(each) for each in self._folder.glob("*") if not each.name.startswith((".", "_"))]
        if not names:
            return found
        query = f"SELECT windowStart, windowEnd, word, count FROM {self._read}(?)"
        for start, end, word, n in duckdb.execute(query, [names]).fetchall():
            key = windows.name(*map(_text, (start, end))), word
            assert key not in found, f"{key} is there twice, in {names}"
            found[key] = n
        return found


def _text(instant: object) -> str:
    """The JSON reader makes an instant of what looks like one."""
    return instant if isinstance(instant, str) else f"{instant:%Y-%m-%dT%H:%M:%S}.000Z"


class Postgres(Silent):
    """A table of a real server."""

    def __init__(self, server: postgres.Postgres, table: str, windowed: bool) -> None:
        self.sink = o.Postgres(server.url, table, "database")
        self._server, self._windowed = server, windowed

    def rows(self) -> Rows:
        """All rows; none before the table was made."""
        if not self._server.rows(
            f"SELECT to_regclass('{self.sink.table}') WHERE to_regclass('{self.sink.table}') IS NOT NULL"
        ):
            return {}
        start, end = (
            f"to_char({column} AT TIME ZONE 'UTC', %s)" for column in ("window_start", "window_end")
        )
        span = f"{start} || '/' || {end}"
        name = span.replace("%s", '\'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"\'') if self._windowed else "''"
        return {
            (str(window), str(word)): int(str(n))
            for window, word, n in self._server.rows(f"SELECT {name}, word, count FROM {self.sink.table}")
        }

    def trouble(self) -> Callable[[], None] | None:
        """The server ends at once, as by a crash."""
        self._server.stop()
        return self._server.start


class Kafka(Silent):
    """A topic, of which the last record of each key holds."""

    def __init__(self, broker: kafka.Kafka, topic: str) -> None:
        broker.create(topic)
        self._broker, self._topic = broker, topic
        self.sink = o.KafkaSink(broker.plain, topic)

    def rows(self) -> Rows:
        """What a compacted topic would come to."""
        found: Rows = {}
        for record in self._broker.records(self._topic):
            value = json.loads(record.value() or b"null")
            span = windows.name(value["windowStart"], value["windowEnd"]) if "windowStart" in value else ""
            found[span, value["word"]] = value["count"]
        return found

    def trouble(self) -> Callable[[], None] | None:
        """The broker dies."""
        self._broker.kill()
        return self._broker.start
