"""From what was said and seen to figures, table and page."""

import re
import subprocess
import sys
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.support.compare_events import run_events
from wordcount_compare.figures import batch_every, figures, recovery, series
from wordcount_compare.html_report import page
from wordcount_compare.measure import Measurements
from wordcount_compare.processes import Usage, from_text, of_session
from wordcount_compare.table import cells, size
from wordcount_operator.api.v1alpha1 import Snapshot

STAT = "7 (java) (x) S 1 7 7 0 -1 4194304 9 9 9 9 150 50 10 40 20 0 30 0 100 99 99"
STATUS = "Name:\tjava\nVmPeak:\t  900 kB\nVmRSS:\t  500 kB\nThreads:\t30\n"


@pytest.fixture
def measured() -> Measurements:
    """Of that run."""
    made = {str(n): Snapshot(id=str(n), bytes=1000 * n, duration_ms=n) for n in (20, 30, 40)}
    burst_usage = [Usage(10.0, 100), Usage(14.0, 2_000_000)]
    return Measurements("spark", list(run_events()), burst_usage, 150.5, "the driver's pod", made, 60)


@pytest.fixture
def document(measured: Measurements) -> dict[str, Any]:
    """A report of two such runs, of which the second lost words."""
    lossy = figures(measured) | {
        "verdict": {"words": 9, "distinct": 3, "lost": 2, "doubled": 1},
        "recovery_s": None,
    }
    return {
        "resource": {"metadata": {"name": "b<ook>"}, "spec": {"text": {"separator": "<script>"}}},
        "target": "embedded",
        "at": "2026-11-26T00:00:00+00:00",
        "seconds": 20.0,
        "versions": {"spark": "4.0", "flink": "2.0"},
        "machine": "one machine with 2 cores (x86_64)",
        "engines": {
            "spark": {"figures": figures(measured), "series": series(measured)},
            "flink": {"figures": lossy, "series": series(measured)},
        },
    }


def test_figures_follow_from_what_was_taken_down(measured: Measurements) -> None:
    """Each by its own definition."""
    found = figures(measured)
    assert found["first_count_s"] == 12.0
    assert found["batch_every_s"] == 2.0
    assert found["latency_ms"] == {"p50": 1265, "p99": 2000, "lines": 12}
    assert found["words_per_cpu_s"] == 250_000
    assert found["burst"] == {"words": 1_000_000, "cpu_s": 4.0}
    assert found["memory_bytes"] == 2_000_000
    assert found["checkpoint_ms"] == {"p50": 30, "max": 40, "seen": 3}
    assert found["state_bytes"] == 40_000
    assert found["late"]["reported"] == 60


def test_what_the_dying_count_is_no_recovery(measured: Measurements) -> None:
    """Nor is a word that was produced before the kill: recovery ends with one produced after it and counted
    after the longest pause.
    """
    assert figures(measured)["recovery_s"] == pytest.approx(161.3 - 150.5)
    assert recovery([], 1.0) is None
    assert recovery([{"at": 5.0, "sent": 0.5}], 1.0) is None


def test_batches_are_distinguished_from_a_stream() -> None:
    """What comes without a pause is one batch, so there is no time between two."""
    assert batch_every([0.0, 0.01, 1.0, 1.02, 2.0]) == 1.0
    assert batch_every([n / 100 for n in range(500)]) is None
    assert batch_every([]) is None


def test_series_begin_with_their_phase(measured: Measurements) -> None:
    """Of the kill at the kill, with words from the first sample on."""
    found = series(measured)
    assert found["latency"][0] == [0.0, 2.0]
    assert found["kill"] == [[-0.3, 20, 0], [10.9, 200, 200]]
    assert found["burst"][-1] == [9.0, 1_000_000, 1_000_000]
    assert [name for _, name in found["phases"]][:3] == ["start", "warm-up", "steady"]


def test_processes_are_added_up_with_their_ended_children() -> None:
    """Names may hold brackets and blanks; what is no stat or status line is nothing."""
    assert from_text(f"{STAT}\n{STATUS}{STAT}\n{STATUS}garbage") == Usage(5.0, 1000 * 1024)
    assert from_text("") == Usage()


def test_a_session_of_this_machine_is_seen() -> None:
    """A process that computes uses CPU and memory, and those of other sessions do not count."""
    program = "import time\nwhile time.process_time() < 0.3: pass\nprint('done', flush=True)\ntime.sleep(60)"
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, start_new_session=True
    ) as process:
        assert process.stdout
        process.stdout.readline()
        found = of_session(process.pid)
        process.kill()
    assert 0.25 <= found.cpu < 5
    assert 1_000_000 < found.memory < 500_000_000


def test_the_table_has_the_articles_rows_and_says_what_was_lost(document: dict[str, Any]) -> None:
    """A factor is there once, with what the article says of it; what could not be measured is a dash."""
    rows = cells(document)
    assert [factor for factor, *_ in rows if factor] == [
        "Processing Model",
        "Latency",
        "Throughput",
        "Fault Tolerance",
        "Event Time Handling",
        "State Management",
        "Integration",
    ]
    by_name = {measured: both for _, measured, both, _ in rows}
    assert by_name["exact in the end"] == [
        "yes: 0 lost, 0 doubled of 1,000,300 words",
        "no: 2 lost, 1 doubled of 9 words",
    ]
    assert by_name["counting again after a kill"] == ["10.8 s", "–"]
    assert by_name["late lines"][0] == "60 of 60 reported, 0 counted"


@pytest.mark.parametrize(
    ("bytes_", "text"), [(0, "–"), (999, "999.0 B"), (63_201, "63.2 kB"), (2_500_000, "2.5 MB")]
)
def test_sizes_are_for_people(bytes_: int, text: str) -> None:
    """In the unit that makes them short."""
    assert size(bytes_) == text


def test_the_page_is_whole_and_by_itself(document: dict[str, Any]) -> None:
    """Four plots that are well-formed, nothing that a browser would fetch, and texts of the file are no
    markup.
    """
    html = page(document)
    pictures = re.findall(r"<svg.*?</svg>", html, re.DOTALL)
    assert len(pictures) == 4
    assert all(ElementTree.fromstring(each) is not None for each in pictures)
    assert "<script" not in html
    assert not re.findall(r"""(?:src|href)=["']?(?!["']?#)""", re.sub(r"xlink:href=\"#[^\"]*\"", "", html))
    assert not re.findall(r"@import|url\((?!#)", html)
    assert "b&lt;ook&gt;" in html
    assert "$" not in html
    assert "Not every count is exact." in html
    assert "Spark 4.0, Flink 2.0" in html


def test_names_within_a_plot_are_its_own(document: dict[str, Any]) -> None:
    """Clip paths of two plots in one page must not be taken for each other."""
    pictures = re.findall(r"<svg.*?</svg>", page(document), re.DOTALL)
    names = [set(re.findall(r'<clipPath id="([^"]+)"', each)) for each in pictures]
    assert all(names)
    assert sum(map(len, names)) == len(set().union(*names))
