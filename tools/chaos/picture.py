"""Draws the report of a run of chaos: faults, throughput and lag over time."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

COLOURS = {"spark": "#d95f02", "flink": "#1b6ca8", "typed": "#777777"}
MARKS = {"kill": "X", "delete": "v", "pause": "s", "suspend": "D", "edit": "o", "savepoint": "*"}
WINDOW = 4.0
"""Seconds over which throughput is averaged."""


def draw(document: Mapping[str, Any], file: Path) -> None:
    """Writes the picture; its format is the file's ending."""
    columns, rows = document["samples"]["columns"], document["samples"]["rows"]
    series = dict(zip(columns, zip(*rows, strict=True), strict=True)) if rows else dict.fromkeys(columns, ())
    figure, (lanes, speed, lag) = pyplot.subplots(
        3, sharex=True, figsize=(16, 10), height_ratios=(5, 4, 4), layout="constrained"
    )
    engines = [name.removesuffix("_words") for name in columns[2:]]
    _faults(lanes, document)
    _throughput(speed, series, engines)
    _lag(lag, series, engines)
    for axes in (lanes, speed, lag):
        axes.grid(axis="x", alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    lag.set_xlabel("seconds")
    lag.set_xlim(left=0)
    figure.savefig(file, dpi=110)
    pyplot.close(figure)


def _faults(axes: Axes, document: Mapping[str, Any]) -> None:
    """A lane for each target: a mark for each fault, and a bar for as long as it lasted."""
    faults = document["faults"]
    names = sorted({fault["target"] for fault in faults}, reverse=True)
    for fault in faults:
        lane, begun = names.index(fault["target"]), fault["at_s"]
        axes.hlines(lane, begun, begun + fault["lasts_s"], color="black", linewidth=5, alpha=0.35)
        axes.plot(begun, lane, MARKS[fault["act"]], color="black", markersize=7, markeredgewidth=0)
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(-0.7, len(names) - 0.3)
    legend = [
        Line2D([], [], marker=mark, color="black", linestyle="", label=act) for act, mark in MARKS.items()
    ]
    axes.legend(handles=legend, ncols=len(legend), loc="lower right", bbox_to_anchor=(1, 1), frameon=False)
    sums = "; ".join(
        f"{name}: {each['lost']} lost, {each['doubled']} doubled"
        for name, each in document["engines"].items()
    )
    outcome = sums if document["exact"] else f"NOT EXACT. {sums}"
    axes.set_title(
        f"{len(faults)} faults, seed {document['seed']}, state on {document['storage']}\n{outcome}",
        loc="left",
    )


def _throughput(axes: Axes, series: Mapping[str, Sequence[float]], engines: Sequence[str]) -> None:
    """Draw words a second: produced, and counted by each engine."""
    for name in ("typed", *engines):
        rate = _rate(series["at_s"], series[f"{name}_words"])
        axes.plot(series["at_s"], rate, color=COLOURS[name], linewidth=1.2, label=name, alpha=0.9)
    # What was missed in an outage is caught up in one batch: on a plain scale nothing but those peaks would
    # be seen.
    axes.set_yscale("symlog", linthresh=100)
    axes.set_ylim(bottom=0)
    axes.set_ylabel(f"words a second,\nover {WINDOW:.0f} s")
    axes.legend(ncols=3, loc="upper right", frameon=False)


def _lag(axes: Axes, series: Mapping[str, Sequence[float]], engines: Sequence[str]) -> None:
    """Draw the words that are produced and not counted yet."""
    for name in engines:
        behind = [t - c for t, c in zip(series["typed_words"], series[f"{name}_words"], strict=True)]
        axes.plot(series["at_s"], behind, color=COLOURS[name], linewidth=1.2, label=name)
        axes.fill_between(series["at_s"], behind, color=COLOURS[name], alpha=0.12, linewidth=0)
    axes.set_ylim(bottom=0)
    axes.set_ylabel("lag: words typed,\nnot counted yet")
    axes.legend(ncols=2, loc="upper right", frameon=False)


def _rate(at: Sequence[float], words: Sequence[float]) -> list[float]:
    """Words a second over the last `WINDOW` seconds, at each sample."""
    rates, first = [], 0
    for now, total in zip(at, words, strict=True):
        while at[first] < now - WINDOW:
            first += 1
        span = now - at[first]
        rates.append((total - words[first]) / span if span else 0.0)
    return rates
