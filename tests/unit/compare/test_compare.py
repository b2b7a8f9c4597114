"""The verb `compare`, and how it answers a probe's announcements."""

import json
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.compare_events import run_events
from tests.support.documents import TO_KAFKA, document
from wordcount_cli.__main__ import main
from wordcount_cli.commands import compare
from wordcount_cli.local.documents import Document
from wordcount_compare.cluster import probe_pod
from wordcount_compare.figures import figures
from wordcount_compare.measure import measure
from wordcount_compare.plan import Plan
from wordcount_compare.processes import Usage
from wordcount_compare.trial import Trial, trial
from wordcount_operator.api.v1alpha1 import Snapshot


class Script:
    """A target whose probe says what a test wrote, and that records everything that is asked of it."""

    def __init__(self, events: list[dict[str, Any]]) -> None:
        self.events, self.asked = events, list[str]()

    def machine(self) -> str:
        """None."""
        return "paper"

    @contextmanager
    def probe(self, plan: Plan) -> Iterator[Iterator[str]]:
        """All at once."""
        self.asked.append(f"probe to {plan.task}")
        yield iter([json.dumps(event) for event in self.events] if plan.task == "measure" else [])
        self.asked.append(f"probe ended to {plan.task}")

    def start(self, document: dict[str, Any]) -> None:
        """Written down."""
        self.asked.append(f"start {document['metadata']['name']}")

    def stop(self) -> None:
        """Written down."""
        self.asked.append("stop")

    def kill(self) -> str:
        """Written down."""
        self.asked.append("kill")
        return "its pod"

    def usage(self) -> Usage:
        """Ten CPU-seconds more with each look."""
        self.asked.append("used")
        return Usage(10.0 * self.asked.count("used"), 1_000_000)

    def latest(self) -> Snapshot | None:
        """Always the same one."""
        return Snapshot(id="1", bytes=5, duration_ms=7)

    def late_lines(self) -> int | None:
        """As many as were sent."""
        return 60


@pytest.fixture
def spark() -> Trial:
    """Spark's part of the comparison of the good document."""
    return trial(Document("file: bible", document(TO_KAFKA)), "spark", "abc123", 20)


ALL = [
    "probe to measure",
    "start bible-compare-spark",
    "used",
    "used",
    "kill",
    "stop",
    "start bible-compare-spark-windows",
    "probe ended to measure",
    "stop",
    "probe to clean",
    "probe ended to clean",
]


def test_each_announcement_is_answered_in_its_turn(spark: Trial) -> None:
    """Start, both readings of the CPU, the kill, the windowed variant.

    In the end everything is removed, the topics last.
    """
    target, shown = Script(list(run_events())), list[str]()
    measured = measure(target, spark, shown.append)
    assert target.asked == ALL
    assert shown[0] == "starting"
    assert "1,000,100 of 1,000,100 words counted" in shown
    found = figures(measured)
    assert (found["killed"], found["words_per_cpu_s"], found["late"]["reported"]) == ("its pod", 100_000, 60)
    assert found["checkpoint_ms"] == {"p50": 7, "max": 7, "seen": 1}


def test_the_kill_is_in_the_probes_time(spark: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its clock may be another machine's: a line that took no time says how far the two differ."""
    monkeypatch.setattr("wordcount_compare.measure.time.time", lambda: 100_000.0)
    measured = measure(Script(list(run_events())), spark, lambda _: None)
    assert measured.killed_at == 150.0  # the newest line that was heard of by then


@pytest.mark.parametrize(
    ("events", "sentence"),
    [
        (
            [{"at": 1.0, "phase": "start"}, {"at": 2.0, "problem": "the engine has counted nothing"}],
            "spark: the engine has counted nothing",
        ),
        ([{"at": 1.0, "phase": "start"}], "spark: the probe ended too early"),
    ],
)
def test_what_was_begun_is_removed_when_it_fails(
    spark: Trial, events: list[dict[str, Any]], sentence: str
) -> None:
    """The resource first, then the topics, which an engine that still runs might make again."""
    target = Script(events)
    with pytest.raises(ValueError, match=sentence):
        measure(target, spark, lambda _: None)
    assert target.asked[-3:] == ["stop", "probe to clean", "probe ended to clean"]


def test_what_was_begun_is_removed_after_ctrl_c(spark: Trial) -> None:
    """Also while the probe is silent."""
    target = Script([{"at": 1.0, "phase": "start"}])

    def interrupt(_: str) -> None:
        target.asked.append("shown")
        if target.asked.count("shown") == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measure(target, spark, interrupt)
    assert target.asked[-3:] == ["stop", "probe to clean", "probe ended to clean"]


def test_the_probes_pod_is_hardened_and_holds_the_plan(spark: Trial) -> None:
    """As Pod Security `restricted` wants it, without a token for the API server."""
    spec = probe_pod(spark.plan, "operator:1")["spec"]
    (container,) = spec["containers"]
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert spec["automountServiceAccountToken"] is False
    assert Plan.from_json(container["command"][-1]) == spark.plan


@pytest.mark.parametrize(
    ("changes", "more", "sentence"),
    [
        ({}, [], "spec.sink: write kafka"),
        ({"spec.parallelism": 0}, [], "spec.parallelism: write a number of at least 1"),
        (TO_KAFKA, ["--seconds", "1"], "--seconds: write at least 5"),
        (TO_KAFKA, ["--html", "/no/such/page.html"], "--html: there is no folder /no/such; create it first"),
    ],
)
def test_a_refusal_is_a_sentence(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    changes: dict[str, Any],
    more: list[str],
    sentence: str,
) -> None:
    """Before anything starts; exit status 1."""
    file = tmp_path / "wordcount.yaml"
    file.write_text(yaml.safe_dump(document(changes)))
    assert main(["compare", str(file), "--embedded", *more]) == 1
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize(
    ("wanted", "module", "extra"),
    [({"embedded": True}, "kafka", "probe"), ({"html": Path("page.html")}, "matplotlib", "compare")],
)
def test_what_is_not_installed_is_named(
    monkeypatch: pytest.MonkeyPatch, wanted: dict[str, Any], module: str, extra: str
) -> None:
    """Before five minutes are spent; and a cluster needs no Kafka client here."""
    monkeypatch.setattr(compare, "find_spec", lambda _: None)
    plain = {"embedded": False, "html": None, "json": None, "seconds": 20.0}
    compare.check(Namespace(**plain))
    with pytest.raises(ValueError, match=rf"{module} is missing; install it with .*\[{extra}\]"):
        compare.check(Namespace(**plain | wanted))
