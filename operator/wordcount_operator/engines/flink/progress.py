"""How much a job has counted since its tasks last began, from the JobManager's metrics; never more than lines and words.

In the job's plan `Correlate` takes in lines and hands out words, and `LocalGroupAggregate` of the same vertex takes in
the words that count.
"""

import re
from typing import Any
from urllib.parse import quote

from wordcount_operator.domain import Ask, Counters, Seen

_LINES, _WORDS = re.compile(r"\bCorrelate\[\d+\]"), re.compile(r"\bLocalGroupAggregate\[\d+\]")


def looks(document: Any, url: str) -> tuple[Ask, ...]:
    """The metrics to ask for; none where the job is none of ours."""
    return tuple(Ask(address) for address, _, _ in _questions(document, url))


def counters(document: Any, url: str, seen: Seen) -> Counters | None:
    """What the metrics say; None as long as they do not tell both numbers."""
    for address, lines, words in _questions(document, url):
        reply = seen.reply(address)
        answered = reply.body if reply is not None and reply.ok else []
        sums = {metric["id"]: int(metric["sum"]) for metric in answered if "sum" in metric}
        if lines in sums and words in sums:
            return Counters(sums[lines], sums[words])
    return None


def _questions(document: Any, url: str) -> list[tuple[str, str, str]]:
    """Address, name of the metric of lines, and of words, for the vertex that cuts lines into words."""
    found = []
    for vertex in document["vertices"]:
        cut, added = _LINES.search(vertex["name"]), _WORDS.search(vertex["name"])
        if cut and added:
            lines, words = f"{cut[0]}.numRecordsIn", f"{added[0]}.numRecordsIn"
            path = f"vertices/{vertex['id']}/subtasks/metrics?get={quote(f'{lines},{words}')}&agg=sum"
            found.append((f"{url}/{path}", lines, words))
    return found
