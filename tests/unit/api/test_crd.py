"""The CRD and what else is made from the models."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.generate.crd import COMMAND, files
from wordcount_operator.api.crd import crd, schema

CHECKOUT = Path(__file__).parents[3]


@pytest.mark.parametrize("path", files())
def test_checked_in_files_are_what_the_models_give(path: str) -> None:
    """A model that was changed without its files fails here."""
    current = (CHECKOUT / path).read_text(encoding="utf-8")
    assert current == files()[path], f"{path} is out of date; run: uv run {COMMAND}"


def test_two_calls_share_nothing() -> None:
    """A caller may change what it got."""
    first = crd()
    first["spec"]["names"]["kind"] = "Other"
    assert crd()["spec"]["names"]["kind"] == "StreamingWordCount"


def test_the_file_has_no_anchors() -> None:
    """People read it, and so do tools that know only part of YAML."""
    text = files()["crds/streamingwordcounts.yaml"]
    assert yaml.safe_load(text) == crd()
    assert not any(isinstance(token, yaml.AnchorToken | yaml.AliasToken) for token in yaml.scan(text))


def nodes(node: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """All schema nodes with their paths."""
    yield path, node
    for name, each in node.get("properties", {}).items():
        yield from nodes(each, f"{path}.{name}")
    for key in ("items", "additionalProperties"):
        if key in node:
            yield from nodes(node[key], f"{path}.{key}")


def test_the_schema_is_structural() -> None:
    """Each node has a type or its values, and none of the words that the API server refuses."""
    for path, node in nodes(schema()):
        listed = "enum" in node and node.get("x-kubernetes-preserve-unknown-fields")
        assert "type" in node or listed, path
        assert not node.keys() & {"$ref", "$defs", "anyOf", "oneOf", "const", "title"}, path
        assert None not in (node.get("default", 0), *node.get("enum", ())), path


def test_each_field_says_what_it_means() -> None:
    """kubectl explain and the reference have a sentence for every field of spec and status."""
    parts = (".items", ".additionalProperties")
    for block in ("spec", "status"):
        for path, node in nodes(schema()["properties"][block], block):
            assert node.get("description") or path.endswith(parts), path


def test_what_a_rule_looks_at_is_bounded() -> None:
    """The API server counts a rule's cost by the largest value there could be."""
    for path, node in nodes(schema()["properties"]["spec"], "spec"):
        if "x-kubernetes-validations" in node and node.get("type") == "string":
            assert "maxLength" in node or "enum" in node, path
        if node.get("type") == "array" and ".podTemplate." not in path:
            assert "maxItems" in node, path


def test_a_source_and_a_sink_have_no_default() -> None:
    """Nobody guesses what is to be counted, or where to."""
    spec = schema()["properties"]["spec"]
    assert spec["required"] == ["engine", "source", "sink"]
    assert not any("default" in node for node in spec["properties"]["source"]["properties"].values())


def test_the_status_has_no_defaults() -> None:
    """The status holds what the operator wrote.

    The API server only says of a new resource that the operator has not read it.
    """
    status = schema()["properties"]["status"]
    assert [path for path, node in nodes(status) if "default" in node] == [""]
    assert status["default"] == {"observedGeneration": -1}
