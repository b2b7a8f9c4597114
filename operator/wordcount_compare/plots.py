"""Draws the series of a report as SVG, for the HTML page; matplotlib must be installed."""

import io
import re
from collections.abc import Mapping
from typing import Any

import matplotlib

matplotlib.use("svg")
from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from wordcount_compare.table import ENGINES

COLOURS = {"spark": "#d95f02", "flink": "#1b6ca8", "produced": "#8a8f98"}
NAMES = {"spark": "Spark", "flink": "Flink"}
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",  # the page's own font, and a tenth of the size
    "font.family": "sans-serif",
    "font.size": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.25,
    "legend.frameon": False,
}
Report = Mapping[str, Any]


def plots(document: Report) -> dict[str, str]:
    """Return the plots: name → SVG."""
    return {draw.__name__: _svg(draw, document) for draw in (latency, kill, burst, checkpoints)}


def latency(document: Report) -> Figure:
    """Draw the share of lines that were counted within a time, and each line's latency over time."""
    figure, (share, over) = pyplot.subplots(1, 2, figsize=(11, 3.6), layout="constrained")
    for engine in ENGINES:
        points = document["engines"][engine]["series"]["latency"]
        waits = sorted(wait for _, wait in points)
        parts = [100 * (n + 1) / len(waits) for n in range(len(waits))]
        share.step(waits, parts, where="post", color=COLOURS[engine], label=NAMES[engine], linewidth=2)
        over.plot(*zip(*points, strict=True), ".", color=COLOURS[engine], markersize=4, label=NAMES[engine])
    share.set(
        xlabel="seconds from sending a line to seeing its count", ylabel="% of lines", xlim=0, ylim=(0, 100)
    )
    over.set(xlabel="seconds at the steady rate", ylabel="seconds until counted", xlim=0, ylim=0)
    share.legend(loc="lower right")
    return figure


def kill(document: Report) -> Figure:
    """Draw the words produced and counted around the kill, for each engine."""
    figure, pair = pyplot.subplots(1, 2, figsize=(11, 3.6), layout="constrained", sharex=True, sharey=True)
    for axes, engine in zip(pair, ENGINES, strict=True):
        part = document["engines"][engine]
        at, produced, counted = zip(*part["series"]["kill"], strict=True)
        axes.plot(at, produced, color=COLOURS["produced"], linestyle="--", linewidth=1.4, label="produced")
        axes.plot(at, counted, color=COLOURS[engine], linewidth=2, drawstyle="steps-post", label="counted")
        axes.axvline(0, color="black", linewidth=1)
        if back := part["figures"]["recovery_s"]:
            axes.axvspan(0, back, color=COLOURS[engine], alpha=0.12, linewidth=0)
            axes.text(
                back / 2, 0.5, f"{back:.1f} s", ha="center", transform=_data_x_axes_y(axes), fontsize=13
            )
        axes.set(xlabel="seconds since the kill", ylim=0)
        _head(axes, engine)
    pair[0].set_ylabel("words")
    return figure


def burst(document: Report) -> Figure:
    """Draw the words of the burst, sent and counted."""
    figure, pair = pyplot.subplots(1, 2, figsize=(11, 3.2), layout="constrained", sharex=True, sharey=True)
    for axes, engine in zip(pair, ENGINES, strict=True):
        at, produced, counted = zip(*document["engines"][engine]["series"]["burst"], strict=True)
        axes.plot(
            at,
            [n / 1e6 for n in produced],
            color=COLOURS["produced"],
            linestyle="--",
            linewidth=1.4,
            label="sent",
        )
        million = [n / 1e6 for n in counted]
        axes.plot(at, million, color=COLOURS[engine], linewidth=2, drawstyle="steps-post", label="counted")
        axes.set(xlabel="seconds", xlim=0, ylim=0)
        _head(axes, engine)
    pair[0].set_ylabel("million words")
    return figure


def checkpoints(document: Report) -> Figure:
    """Draw how long each recorded checkpoint took, and how large it was."""
    figure, (duration, size) = pyplot.subplots(1, 2, figsize=(11, 3.0), layout="constrained")
    for engine in ENGINES:
        series = document["engines"][engine]["series"]["checkpoints"]
        number = range(1, len(series) + 1)
        style: dict[str, Any] = {
            "color": COLOURS[engine],
            "label": NAMES[engine],
            "markersize": 4,
            "linewidth": 1,
        }
        duration.plot(number, [each[1] for each in series], "o-", **style)
        size.plot(number, [each[2] / 1000 for each in series], "o-", **style)
    duration.set(xlabel="recorded checkpoints, in their order", ylabel="milliseconds", ylim=0)
    size.set(xlabel="recorded checkpoints, in their order", ylabel="kB", ylim=0)
    duration.legend(loc="upper left")
    return figure


def _head(axes: Axes, engine: str) -> None:
    """Write the engine's name and the legend above the axes."""
    axes.set_title(NAMES[engine], loc="left")
    axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2)


def _data_x_axes_y(axes: Axes) -> Any:
    """Return a transform with x in data coordinates and y as a fraction of the height."""
    return axes.get_xaxis_transform()


def _svg(draw: Any, document: Report) -> str:
    """Return the plot as SVG without a fixed size, with ids that no other plot has."""
    with pyplot.rc_context({**STYLE, "svg.hashsalt": draw.__name__}):
        figure = draw(document)
        text = io.StringIO()
        figure.savefig(text, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
        pyplot.close(figure)
    svg = text.getvalue()
    svg = svg[svg.index("<svg") :]
    return re.sub(
        r'(<svg[^>]*?) width="[^"]*"',
        r"\1",
        re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", svg, count=1),
        count=1,
    )
