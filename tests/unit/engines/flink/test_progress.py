"""From the names and metrics of Flink's operators to what was counted, on plans of Flink 2.3."""

from urllib.parse import unquote

import pytest

from wordcount_operator.engines.flink import progress
from wordcount_operator.model.job import Counters
from wordcount_operator.model.reads import HttpGet, HttpReply, Observed, Read

URL = "http://jobmanager/jobs/1"
PREFIXED = [
    (
        "OverAggregate[3] -> Calc[4] -> Correlate[5] -> Calc[6] -> Correlate[7] -> Calc[8] ->"
        " LocalWindowAggregate[9]"
    ),
    "GlobalWindowAggregate[11] -> Calc[12]",
    "WindowRank[14] -> Calc[15] -> LocalWindowAggregate[16]",
    "Source: lines[1] -> Calc[17] -> WatermarkAssigner[18] -> Calc[19]",
]
SESSIONS = [
    "Source: KafkaSource-default_catalog.default_database.lines -> Calc[17]",
    "OverAggregate[1] -> Calc[2] -> Correlate[3] -> Calc[4]",
    "WindowAggregate[6] -> Calc[7] -> sink[8]: Writer",
]
TOTALS = ["Source: lines[1] -> Calc[2] -> Correlate[3] -> Calc[4] -> LocalGroupAggregate[5]"]
LOW = ["Source: lines[1] -> Calc[2] -> Correlate[3] -> Calc[4]", "GroupAggregate[6] -> sink[7]: Writer"]
SUMS = {
    "Calc[2].numRecordsIn": 100,
    "Calc[4].numRecordsIn": 100,
    "Calc[4].numRecordsOut": 600,
    "Correlate[3].numRecordsIn": 97,
    "Correlate[5].numRecordsIn": 97,
    "Correlate[5].numRecordsOut": 92,
    "LocalGroupAggregate[5].numRecordsIn": 600,
    "LocalWindowAggregate[9].numRecordsIn": 600,
    "LocalWindowAggregate[16].numRecordsIn": 7,
    "Source__KafkaSource-default_catalog_default_database_lines.pendingRecords": 40,
}


def reported(names: list[str], sums: dict[str, int]) -> Counters | None:
    """What is made of the answers of a JobManager that has these metrics."""
    document = {"vertices": [{"id": f"v{number}", "name": name} for number, name in enumerate(names)]}
    answers: dict[Read, HttpReply] = {}
    for ask in progress.reads(document, URL):
        asked = unquote(ask.url.partition("get=")[2].removesuffix("&agg=sum")).split(",")
        answers[HttpGet(ask.url)] = HttpReply(
            200, [{"id": each, "sum": sums[each]} for each in asked if each in sums]
        )
    return progress.counters(document, URL, Observed(answers))


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (PREFIXED, Counters(100, 600, late_lines=3, bad_lines=5)),
        (SESSIONS, Counters(100, 600, late_lines=3, bad_lines=0, lag_records=40)),
        (TOTALS, Counters(97, 600)),
        (LOW, Counters(97, 600)),
        (PREFIXED[1:], None),
    ],
)
def test_lines_are_counted_late_or_bad(names: list[str], expected: Counters | None) -> None:
    """The filter before the first cut takes out late ones, the first of two cuts bad ones; without windows
    neither is.
    """
    assert reported(names, SUMS) == expected


def test_a_metric_that_is_not_there_yet_makes_no_number() -> None:
    """Rather than one that is wrong."""
    some = {name: number for name, number in SUMS.items() if name != "Correlate[5].numRecordsOut"}
    assert reported(PREFIXED, some) is None


def test_lines_on_their_way_are_not_less_than_none() -> None:
    """Metrics of one moment are read one after the other."""
    assert reported(PREFIXED, SUMS | {"Correlate[5].numRecordsIn": 101}) == Counters(100, 600, None, 0, 9)
