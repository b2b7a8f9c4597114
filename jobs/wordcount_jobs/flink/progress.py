"""Reads how far a Flink job has come out of the JobManager's answers; pure, and needs nothing but the standard library.

`Correlate` takes in lines and hands out words; `LocalGroupAggregate` of the same vertex takes in the words that count.
Both run since the job's last (re)start, not since its first.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Question:
    """What to ask: `GET /jobs/:id/vertices/<vertex>/subtasks/metrics?get=<lines>,<words>&agg=sum`."""

    vertex: str
    lines: str
    words: str


def question(job: Mapping[str, Any]) -> Question | None:
    """From the answer of `GET /jobs/:id`; None where the job is none of ours."""
    for vertex in job["vertices"]:
        cut = re.search(r"\bCorrelate\[\d+\]", vertex["name"])
        added = re.search(r"\bLocalGroupAggregate\[\d+\]", vertex["name"])
        if cut and added:
            return Question(vertex["id"], f"{cut[0]}.numRecordsIn", f"{added[0]}.numRecordsIn")
    return None


def flink_progress(asked: Question, metrics: Iterable[Mapping[str, Any]]) -> dict[str, int] | None:
    """`{"lines": …, "words": …}`; None as long as the job does not tell both."""
    found = {each["id"]: int(each["sum"]) for each in metrics if "sum" in each}
    if asked.lines not in found or asked.words not in found:
        return None
    return {"lines": found[asked.lines], "words": found[asked.words]}
