"""What a job has counted since its tasks last began, and its lag, from the JobManager's metrics.

In the job's plan `Correlate` takes in lines and hands out words, and `LocalGroupAggregate` of the same vertex
takes in the words that count; with latency: low there is none, and the vertex ends in words. With windows the
`Calc` before it takes late lines out, and where lines begin with their instant another `Correlate` between
them takes bad ones out; the vertex ends in words, whether it adds them up or not. Metrics of one moment are
read one after the other, so a difference of two may be off by what was on its way between them.
"""

import re
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from wordcount_operator.model.job import Counters
from wordcount_operator.model.reads import HttpGet, HttpReply, Observed

_STEP = re.compile(r"\b(?:Calc|Correlate|Local(?:Group|Window)Aggregate)\[\d+\]")


@dataclass(frozen=True)
class _Query:
    """The address of metrics, and their names: lines, lines in time, lines of these that are good, words."""

    address: str
    lines: str
    words: str
    timely: str = ""
    good: str = ""


_SOURCE = re.compile(r"Source: [^>]*?(?= -> |$)")
_PENDING = ".pendingRecords"
"""The metric of a source that knows how much it has still to read: of ours, Kafka's."""


def reads(document: Any, url: str) -> tuple[HttpGet, ...]:
    """Return the metrics to read; none if the job is not one of ours."""
    return (
        *(HttpGet(each.address) for each in _queries(document, url)),
        *map(HttpGet, _sources(document, url)),
    )


def counters(document: Any, url: str, observed: Observed) -> Counters | None:
    """Return what the metrics say; None as long as a number is missing."""
    for each in _queries(document, url):
        reply = observed.reply(each.address)
        sums = _sums(reply)
        if {each.lines, each.words, each.timely or each.lines, each.good or each.lines} <= sums.keys():
            return replace(_counters_from(each, sums), lag_records=_lag(document, url, observed))
    return None


def _sums(reply: HttpReply) -> dict[str, int]:
    """Return each metric of the answer, summed up over subtasks."""
    answered = reply.body if reply.ok else []
    return {metric["id"]: int(metric["sum"]) for metric in answered if "sum" in metric}


def _lag(document: Any, url: str, observed: Observed) -> int | None:
    waiting = (_sums(observed.reply(address)) for address in _sources(document, url))
    return next((records for sums in waiting for records in sums.values()), None)


def _sources(document: Any, url: str) -> list[str]:
    """Return where the sources report how many records wait."""
    named = ((vertex["id"], _SOURCE.match(vertex["name"])) for vertex in document["vertices"])
    return [
        f"{url}/vertices/{vertex}/subtasks/metrics?get={quote(_metric(name[0]) + _PENDING)}&agg=sum"
        for vertex, name in named
        if name
    ]


def _metric(name: str) -> str:
    """Return the name as Flink writes it in a metric: some characters become `_`."""
    return re.sub("[ .:,]", "_", name)


def _counters_from(asked: _Query, sums: dict[str, int]) -> Counters:
    lines, words = sums[asked.lines], sums[asked.words]
    if not asked.timely:
        return Counters(lines, words)
    timely = sums[asked.timely]
    good = sums[asked.good] if asked.good else timely
    return Counters(lines, words, late_lines=max(0, lines - timely), bad_lines=max(0, timely - good))


def _queries(document: Any, url: str) -> list[_Query]:
    """Return what to read about the vertex that cuts lines into words."""
    names = [vertex["name"] for vertex in document["vertices"]]
    windowed = any(re.search(r"\b(?:Global)?WindowAggregate\[", name) for name in names)
    found = []
    for vertex in document["vertices"]:
        steps = _STEP.findall(vertex["name"])
        metrics = (_of_windows if windowed else _of_totals)(steps)
        if metrics:
            asked = quote(",".join(metrics.values()))
            path = f"vertices/{vertex['id']}/subtasks/metrics?get={asked}&agg=sum"
            found.append(_Query(f"{url}/{path}", **metrics))
    return found


def _of_totals(steps: list[str]) -> dict[str, str]:
    cuts = [step for step in steps if step.startswith("Correlate")]
    if not cuts:
        return {}
    return {"lines": f"{cuts[0]}.numRecordsIn", "words": _words(steps[-1])}


def _words(last: str) -> str:
    """Return the metric of the vertex's last step that counts words, whether it adds them up or not."""
    return f"{last}.{'numRecordsIn' if last.startswith('Local') else 'numRecordsOut'}"


def _of_windows(steps: list[str]) -> dict[str, str]:
    cuts = [step for step in steps if step.startswith("Correlate")]
    if not cuts or not steps.index(cuts[0]):
        return {}
    metrics = {
        "lines": f"{steps[steps.index(cuts[0]) - 1]}.numRecordsIn",
        "words": _words(steps[-1]),
        "timely": f"{cuts[0]}.numRecordsIn",
    }
    return metrics | ({"good": f"{cuts[0]}.numRecordsOut"} if len(cuts) > 1 else {})
