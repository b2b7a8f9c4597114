"""The runbook has a row for every word that a person may meet."""

import re
from pathlib import Path

import pytest
import yaml

from tests.support.builders import NOW, resource
from wordcount_core.causes import Cause
from wordcount_operator.engines import ENGINES
from wordcount_operator.model.job import JobState, Stage
from wordcount_operator.model.reads import Observed
from wordcount_operator.planning.context import Changes, Context
from wordcount_operator.planning.phases import TABLE
from wordcount_operator.planning.status import report

ROOT = Path(__file__).parents[3]
KSTATUS = {"Ready", "Reconciling", "Stalled", "Running", "True", "False"}
ALERTS = ROOT / "charts/streaming-wordcount-operator/files/alerts.yaml"


def conditions() -> set[str]:
    """All that a status has."""
    context = Context(resource(), ENGINES["spark"], Observed(), JobState(Stage.ABSENT), NOW)
    return {each.type for each in report(context, Changes()).conditions}


def reasons() -> set[str]:
    """All that the code gives a Problem."""
    sources = (ROOT / "operator" / "wordcount_operator").rglob("*.py")
    return {found for file in sources for found in re.findall(r'Problem\(\s*"(\w+)"', file.read_text())}


def verdicts() -> set[str]:
    """All reasons of the conditions that are not kstatus'."""
    source = (ROOT / "operator/wordcount_operator/planning/conditions.py").read_text()
    return set(re.findall(r'"((?!CheckpointFresh|ExactlyOnce|Fenced)[A-Z]\w+)"', source)) - KSTATUS


def alerts() -> set[str]:
    """All of the chart."""
    return {
        rule["alert"] for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]
    }


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ("Phases", {phase.name for _, phase in TABLE}),
        ("Conditions", conditions()),
        ("Causes", set(Cause)),
        ("Problems to fix before a run starts", reasons()),
        ("Reasons of the other conditions", verdicts()),
        ("Alerts", alerts()),
    ],
)
def test_every_word_has_a_row_and_no_row_is_of_a_word_that_is_gone(section: str, words: set[str]) -> None:
    """Each section's first column is exactly what the code can say."""
    page = (ROOT / "docs/reference/runbook.md").read_text()
    (text,) = re.findall(rf"^## {re.escape(section)}\n(.*?)(?=^## |\Z)", page, re.DOTALL | re.MULTILINE)
    rows = re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)
    assert sorted(rows) == sorted(words)


def test_a_cause_that_no_retry_heals_says_so() -> None:
    """And only such a cause."""
    page = (ROOT / "docs/reference/runbook.md").read_text()
    for cause in Cause:
        (again,) = re.findall(
            rf"^\| `{cause}` \| [^|]+ \| ([^|]+) \| [^|]+ \|$", page.partition("## Causes")[2], re.MULTILINE
        )
        assert (again == "no") is not cause.retried
