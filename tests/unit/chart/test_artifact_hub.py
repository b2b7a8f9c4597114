"""What Artifact Hub shows of the chart is what the chart has."""

import json
import re
from typing import Any

import yaml

from tools.cluster.paths import CHECKOUT
from tools.testbed.helm import CHART
from wordcount_operator.api.crd import crd
from wordcount_operator.api.validation import read

WHOLE = yaml.safe_load((CHECKOUT / CHART / "Chart.yaml").read_text())
VALUES = yaml.safe_load((CHECKOUT / CHART / "values.yaml").read_text())


def annotation(name: str) -> Any:
    """Return what an annotation holds; all are YAML in a text."""
    return yaml.safe_load(WHOLE["annotations"][f"artifacthub.io/{name}"])


def test_the_images_are_those_that_the_chart_names() -> None:
    """With their names in values.yaml."""
    assert {one["name"]: one["image"] for one in annotation("images")} == VALUES["images"]


def test_the_crd_is_the_one_that_it_installs() -> None:
    """Its name, kind and version."""
    (shown,) = annotation("crds")
    made = crd()
    assert shown["name"] == made["metadata"]["name"]
    assert shown["kind"] == made["spec"]["names"]["kind"]
    assert [shown["version"]] == [version["name"] for version in made["spec"]["versions"]]


def test_the_examples_are_accepted() -> None:
    """By the rules that the API server has."""
    engines = {read(json.loads(json.dumps(example))).spec.engine for example in annotation("crdsExamples")}
    assert engines == {"spark", "flink"}


def test_the_changes_are_in_the_changelog_of_this_version() -> None:
    """In the same words."""
    text = (
        (CHECKOUT / "CHANGELOG.md").read_text().partition(f"## {WHOLE['version']}\n")[2].partition("\n## ")[0]
    )
    plain = re.sub(r"\s+", " ", text)
    for change in annotation("changes"):
        assert change["kind"] in {"added", "changed", "deprecated", "removed", "fixed", "security"}
        assert change["description"] in plain


def test_the_rest_is_of_the_kind_that_artifact_hub_reads() -> None:
    """The licence's name, one of its categories, and a text for a boolean."""
    assert annotation("license") == "Apache-2.0"
    assert annotation("category") == "streaming-messaging"
    assert WHOLE["annotations"]["artifacthub.io/operator"] == "true"
    assert all(link["url"].startswith("https://") for link in annotation("links"))
