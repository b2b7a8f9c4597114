"""Each alert uses exported metrics and has a test case; `make alerts` runs promtool itself."""

import re
from typing import Any

import yaml

from tools.cluster.paths import CHECKOUT
from tools.generate.metrics_reference import names

RULES = CHECKOUT / "charts/streaming-wordcount-operator/files/alerts.yaml"
CASES = CHECKOUT / "tests/integration/alerts/alerts.yaml"


def rules() -> list[dict[str, Any]]:
    """All alerts of the chart."""
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def test_an_alert_reads_only_what_the_operator_exports() -> None:
    """A metric that is renamed would silence its alert."""
    for rule in rules():
        read = set(re.findall(r"wordcount_\w+", rule["expr"]))
        assert read, rule["alert"]
        assert read <= set(names()), rule["alert"]


def test_every_alert_is_seen_firing_and_quiet() -> None:
    """In the cases of `make alerts`: at one moment with an expected alert, at another without."""
    moments = [
        each for case in yaml.safe_load(CASES.read_text())["tests"] for each in case["alert_rule_test"]
    ]
    for fires in (True, False):
        played = {each["alertname"] for each in moments if bool(each.get("exp_alerts")) is fires}
        assert played == {rule["alert"] for rule in rules()}
