"""The dashboard shows documented metrics, in panels that say what they are."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tools.cluster.paths import CHECKOUT
from tools.generate.metrics_reference import ENGINES_METRICS, PATH, names
from tools.testbed.helm import CHART

DASHBOARD = json.loads((CHECKOUT / CHART / "files" / "dashboard.json").read_text())
PANELS: list[dict[str, Any]] = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]


def queries() -> Iterator[str]:
    """All that the dashboard asks, in its panels and for its variables."""
    for panel in PANELS:
        yield from (target["expr"] for target in panel["targets"])
    for variable in DASHBOARD["templating"]["list"]:
        if variable["type"] == "query":
            yield variable["definition"]


def asked() -> set[str]:
    """All metrics in its queries, each an operator's or an engine's by how it begins."""
    return {name for query in queries() for name in re.findall(r"\b(?:wordcount|flink|metrics)_\w+", query)}


def test_it_asks_only_for_what_the_reference_lists() -> None:
    """And of the engines the reference lists what is shown, and no more."""
    documented = (CHECKOUT / PATH).read_text()
    assert asked() <= {*names(), *ENGINES_METRICS}
    assert asked() >= set(ENGINES_METRICS)
    for name in asked():
        assert f"`{name}`" in documented


def test_it_shows_every_metric_of_the_operator() -> None:
    """But of a histogram's series only those that its quantiles need, and no time of progress where there is
    a rate.
    """
    left_out = {name for name in names() if name not in asked()}
    assert left_out == {
        "wordcount_operator_pass_seconds_sum",
        "wordcount_operator_pass_seconds_count",
        "wordcount_operator_resource_last_progress_timestamp_seconds",
    }


def test_panels_have_ids_of_their_own_and_do_not_overlap() -> None:
    """Else Grafana shows one of two."""
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)
    places = [
        (at["x"] + column, at["y"] + line)
        for at in (panel["gridPos"] for panel in DASHBOARD["panels"])
        for column in range(at["w"])
        for line in range(at["h"])
    ]
    assert len(set(places)) == len(places)
    assert max(column for column, _ in places) < 24


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: str(panel["title"]))
def test_a_panel_has_a_query_a_unit_and_a_sentence(panel: dict[str, Any]) -> None:
    """And reads from the data source that was chosen."""
    assert panel["targets"]
    assert panel["fieldConfig"]["defaults"]["unit"]
    assert panel["description"].endswith(".")
    chosen = {"type": "prometheus", "uid": "${datasource}"}
    assert panel["datasource"] == chosen
    for target in panel["targets"]:
        assert target["datasource"] == chosen


def test_it_is_for_grafana_10_and_newer_and_has_the_variables_that_its_queries_use() -> None:
    """A variable that is not there would be asked for as it is written."""
    assert DASHBOARD["schemaVersion"] == 39
    variables = {each["name"] for each in DASHBOARD["templating"]["list"]}
    assert variables == {"datasource", "namespace", "name"}
    used = {name for query in queries() for name in re.findall(r"\$(\w+)", query)}
    assert used - {"__rate_interval"} <= variables


def test_it_lies_where_people_look_for_it() -> None:
    """`deploy/grafana/dashboard.json` is the chart's own file."""
    assert json.loads((CHECKOUT / "deploy/grafana/dashboard.json").read_text()) == DASHBOARD
