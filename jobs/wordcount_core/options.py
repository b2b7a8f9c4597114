"""Defines the options of a job, with which the operator and the CLI start it.

As JSON, keys are the attribute names in camelCase, and a source or sink is an object with exactly one key,
its kind: `{"source": {"files": {"path": "/data/lines"}}, …}`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from wordcount_core.json_codec import dump, load

WHITESPACE = "whitespace"


@dataclass(frozen=True)
class Socket:
    """Lines from a TCP server, which cannot send them a second time."""

    kind: ClassVar[str] = "socket"
    host: str
    port: int = field(metadata={"least": 1, "most": 65535})


@dataclass(frozen=True)
class KafkaSource:
    """The values of the records of some topics, one line each."""

    kind: ClassVar[str] = "kafka"
    bootstrap_servers: str
    topics: tuple[str, ...] = field(metadata={"least": 1})
    starting_offsets: Literal["earliest", "latest"] = "earliest"
    isolation: Literal["read_committed", "read_uncommitted"] = "read_committed"
    credentials_secret: str | None = None


@dataclass(frozen=True)
class Files:
    """The text files of a folder, also new ones, or one file; `path` is absolute or a URI."""

    kind: ClassVar[str] = "files"
    path: str


@dataclass(frozen=True)
class Rate:
    """Generated lines: line n depends only on n, `vocabulary` (distinct words) and `seed`.

    See generated_text.py.
    """

    kind: ClassVar[str] = "rate"
    lines_per_second: int = field(metadata={"least": 1})
    vocabulary: int = field(default=1000, metadata={"least": 1, "most": 1_000_000})
    seed: int = field(default=0, metadata={"least": 0, "most": 1_000_000_000})


@dataclass(frozen=True)
class Text:
    """What a word is. tokenizer.py defines the steps and their order."""

    separator: str = WHITESPACE
    lowercase: bool = False
    strip_punctuation: bool = False
    stop_words: tuple[str, ...] = field(default=(), metadata={"empty": True})
    min_length: int = field(default=1, metadata={"least": 1})


MAX_WINDOW_MS = 30 * 24 * 3_600_000
"""The longest window: the state keeps each word of an open one."""


@dataclass(frozen=True)
class Window:
    """Counts in windows instead of running totals: of `size_ms` and `slide_ms`, or sessions of `gap_ms`.

    windows.py defines them. Without `slide_ms` a window starts when the one before it ends.
    """

    size_ms: int | None = field(default=None, metadata={"least": 1, "most": MAX_WINDOW_MS})
    slide_ms: int | None = field(default=None, metadata={"least": 1, "most": MAX_WINDOW_MS})
    gap_ms: int | None = field(default=None, metadata={"least": 1, "most": MAX_WINDOW_MS})
    watermark_ms: int = field(default=0, metadata={"least": 0, "most": MAX_WINDOW_MS})
    timestamp: Literal["ingest", "kafka", "prefix"] = "ingest"

    @property
    def slide(self) -> int:
        """Milliseconds between the starts of two windows; sessions have none."""
        return self.slide_ms or self.size_ms or 0


@dataclass(frozen=True)
class Console:
    """The `top_n` most frequent words on standard output, as a table, or as one JSON line for programs."""

    kind: ClassVar[str] = "console"
    top_n: int = field(default=20, metadata={"least": 1, "most": 1000})
    format: Literal["table", "json"] = "table"


@dataclass(frozen=True)
class KafkaSink:
    """Upserts: the key is the word, the value `{"word": …, "count": …}`; the last record of a key counts.

    With a window both also have `windowStart` and `windowEnd`, and the key is JSON.
    """

    kind: ClassVar[str] = "kafka"
    bootstrap_servers: str
    topic: str
    credentials_secret: str | None = None


@dataclass(frozen=True)
class FilesSink:
    """Rows of closed windows, columns word, windowStart, windowEnd and count; `path` is absolute or a URI."""

    kind: ClassVar[str] = "files"
    path: str
    format: Literal["parquet", "json"] = "parquet"


@dataclass(frozen=True)
class Postgres:
    """Upserts into the table of wordcount_jobs/common/postgres.py; `url` has neither user nor password."""

    kind: ClassVar[str] = "postgres"
    url: str
    table: str = "word_counts"
    credentials_secret: str | None = None


REALTIME_PARTITIONS = 256
"""How many partitions a Spark run with `latency: low` can read; it reads all of them at the same time."""
Source = Socket | KafkaSource | Files | Rate
Sink = Console | KafkaSink | FilesSink | Postgres


@dataclass(frozen=True)
class Options:
    """All options of a run.

    `checkpoint_dir` is an absolute path or a URI; with None the run keeps no state. `restore_from`, also a
    path or URI, is the state to start from if there is none in `checkpoint_dir` yet; if the run `continues`,
    there must be some. `resume_from` (Flink) is the newest state that is known of the last run, which may
    have left a newer one. `once` counts what the source has now and stops; `counts` then names the JSON file
    to write. `latency: low` counts each line as it comes, with less throughput.
    """

    name: str
    source: Source
    sink: Sink = field(default_factory=Console)
    text: Text = field(default_factory=Text)
    checkpoint_dir: str | None = None
    checkpoint_interval_ms: int = field(default=10_000, metadata={"least": 1})
    parallelism: int = field(default=1, metadata={"least": 1, "most": 1024})
    conf: dict[str, str] = field(default_factory=dict)
    progress_port: int | None = field(default=None, metadata={"least": 1, "most": 65535})
    once: bool = False
    counts: str | None = None
    restore_from: str | None = None
    resume_from: str | None = None
    continues: bool = False
    window: Window | None = None
    latency: Literal["throughput", "low"] = "throughput"

    @property
    def low(self) -> bool:
        """Whether each line is counted as it comes; a run with `once` has only its result at the end."""
        return self.latency == "low" and not self.once

    @property
    def slots(self) -> int:
        """How many tasks a process of Spark runs in parallel; a task that waits for lines costs little."""
        return self.parallelism + (REALTIME_PARTITIONS if self.low else 0)

    @staticmethod
    def from_json(document: str) -> Options:
        """Return the options in a JSON document.

        Raises ValueError with the field's path and a sentence if one is wrong.
        """
        try:
            value = json.loads(document)
        except json.JSONDecodeError as error:
            raise ValueError(f"options: must be a JSON document; {error}") from None
        options: Options = load(Options, value, "")
        if options.window is not None:
            _check_window(options.window, options.source)
        if options.latency == "low" and not isinstance(options.sink, KafkaSink):
            raise ValueError("latency: must be throughput where the sink is not kafka")
        paths = {
            "checkpointDir": options.checkpoint_dir,
            "restoreFrom": options.restore_from,
            "resumeFrom": options.resume_from,
        }
        if isinstance(options.source, Files):
            paths["source.files.path"] = options.source.path
        if isinstance(options.sink, FilesSink):
            paths["sink.files.path"] = options.sink.path
            if options.window is None:
                raise ValueError("sink.files: must have a window, because a file is written once")
        for where, path in paths.items():
            if path is not None and not re.match(r"/|[a-z][a-z0-9+.-]*:/", path):
                raise ValueError(f"{where}: must be an absolute path or a URI, and {path} is neither")
        return options

    def to_json(self) -> str:
        """Return the options as one line of JSON, the same for equal options."""
        return json.dumps(dump(self), ensure_ascii=False)

    def main_args(self) -> tuple[str, str]:
        """Return the arguments for the main program of either engine."""
        return ("--options", self.to_json())


def _check_window(window: Window, source: Source) -> None:
    size, gap = window.size_ms, window.gap_ms
    if (size is None) == (gap is None):
        raise ValueError("window: must be an object with exactly one of sizeMs, gapMs")
    if window.slide_ms is not None and (size is None or size % window.slide_ms):
        raise ValueError("window.slideMs: must go into window.sizeMs without a remainder")
    if size is not None and window.watermark_ms > size:
        raise ValueError("window.watermarkMs: must be at most window.sizeMs")
    if window.timestamp == "kafka" and not isinstance(source, KafkaSource):
        raise ValueError("window.timestamp: must be ingest or prefix where the source is not kafka")
    if window.timestamp == "prefix" and isinstance(source, Rate):
        raise ValueError("window.timestamp: must be ingest where the source is rate")
