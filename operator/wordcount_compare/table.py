"""Fills the article's table with the measured figures, for the terminal and for the HTML page."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Figures = Mapping[str, Any]
ENGINES = ("spark", "flink")


@dataclass(frozen=True)
class Row:
    """One row: the article's factor, what it says of each engine, what is measured, and how it is written."""

    factor: str
    article: tuple[str, str] | None
    measured: str
    cell: Callable[[Figures], str]


def seconds(value: float | None) -> str:
    """Return seconds for people; an unknown value is a dash."""
    return "–" if value is None else f"{value:.1f} s"


def milliseconds(value: float | None) -> str:
    """Return milliseconds for people; an unknown value is a dash."""
    return "–" if value is None else f"{value:,.0f} ms"


def size(value: float | None) -> str:
    """Return a number of bytes for people, in the unit that makes it short."""
    if not value:
        return "–"
    unit, name = next(pair for pair in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1, "B")) if value >= pair[0])
    return f"{value / unit:.1f} {name}"


def _exact(figures: Figures) -> str:
    lost, doubled, words = (figures["verdict"][key] for key in ("lost", "doubled", "words"))
    return f"{'no' if lost or doubled else 'yes'}: {lost} lost, {doubled} doubled of {words:,} words"


def _late(figures: Figures) -> str:
    late = figures["late"]
    reported = "none" if late["reported"] is None else late["reported"]
    return f"{reported} of {late['late']} reported, {late['slipped']} counted"


def _behind(figures: Figures) -> str:
    late = figures["late"]
    return f"{late['behind_counted']} of {late['behind']} counted"


def _checkpoint(figures: Figures) -> str:
    made = figures["checkpoint_ms"]
    return f"{milliseconds(made['p50'])} (most {milliseconds(made['max'])})"


def _throughput(figures: Figures) -> str:
    return f"{figures['words_per_cpu_s']:,} words"


_MODEL = ("Micro-batch processing", "True stream (continuous) processing")
_LATENCY = ("Higher latency (seconds)", "Lower latency (milliseconds)")
_FAULTS = ("Checkpointing with lineage and WAL", "Advanced checkpointing and state snapshots")
_TIME = ("Basic event time support", "Robust event time and watermarks")
_STATE = ("Limited stateful operations", "Rich stateful stream processing")
_INTEGRATION = ("Native with Spark ecosystem", "Standalone or with connectors")
ROWS = (
    Row("Processing Model", _MODEL, "counts come every", lambda f: seconds(f["batch_every_s"])),
    Row("Latency", _LATENCY, "line sent → counted, p50", lambda f: milliseconds(f["latency_ms"]["p50"])),
    Row("Latency", _LATENCY, "line sent → counted, p99", lambda f: milliseconds(f["latency_ms"]["p99"])),
    Row("Throughput", None, "per core and second", _throughput),
    Row("Fault Tolerance", _FAULTS, "counting again after a kill", lambda f: seconds(f["recovery_s"])),
    Row("Fault Tolerance", _FAULTS, "exact in the end", _exact),
    Row("Fault Tolerance", _FAULTS, "making a checkpoint, p50", _checkpoint),
    Row("Event Time Handling", _TIME, "late lines", _late),
    Row("Event Time Handling", _TIME, "out of order, within the watermark", _behind),
    Row("State Management", _STATE, "state at the last checkpoint", lambda f: size(f["state_bytes"])),
    Row("State Management", _STATE, "different words in it", lambda f: f"{f['verdict']['distinct']:,}"),
    Row("Integration", _INTEGRATION, "start → first count", lambda f: seconds(f["first_count_s"])),
    Row("Integration", _INTEGRATION, "memory under load", lambda f: size(f["memory_bytes"])),
)


def cells(document: Mapping[str, Any]) -> list[tuple[str, str, list[str], str]]:
    """Return the rows: factor, what is measured, each engine's figure, and what the article says.

    Factor and article are empty if the row above has the same factor.
    """
    rows, before = [], ""
    for row in ROWS:
        new = row.factor != before
        article = f"{row.article[0]} / {row.article[1]}" if row.article else "nothing"
        measured = [row.cell(document["engines"][engine]["figures"]) for engine in ENGINES]
        rows.append((row.factor if new else "", row.measured, measured, article if new else ""))
        before = row.factor
    return rows
