"""The JSON Schema for editors; the API server's tests use the same documents."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from tests.support.documents import GOOD, SCHEMA, UNKNOWN, document
from wordcount_operator.api.editor_schema import PATH

CHECKOUT = Path(__file__).parents[3]
WHOLE: dict[str, Any] = json.loads((CHECKOUT / PATH).read_text())
VALIDATOR = Draft7Validator(WHOLE)
EXAMPLES = sorted(CHECKOUT.glob("examples/*/wordcount.yaml"))


def errors(resource: Any) -> list[str]:
    """Return what an editor would underline."""
    return [f"{error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(resource)]


def test_it_is_a_json_schema() -> None:
    """The draft's own schema accepts it, and no word of Kubernetes is left in it."""
    Draft7Validator.check_schema(WHOLE)
    assert '"x-kubernetes-' not in json.dumps(WHOLE)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_every_example_is_valid(path: Path) -> None:
    """Each document of its file."""
    resources = list(yaml.safe_load_all(path.read_text()))
    assert resources
    assert [errors(resource) for resource in resources] == [[] for _ in resources]


def without_nulls(node: Any) -> Any:
    """Return the document as the API server keeps it: a field without a value is a field that is absent."""
    match node:
        case dict():
            return {name: without_nulls(each) for name, each in node.items() if each is not None}
        case list():
            return [without_nulls(each) for each in node]
    return node


@pytest.mark.parametrize("changes", GOOD, ids=str)
def test_what_the_api_server_accepts_is_valid(changes: dict[str, Any]) -> None:
    """An editor underlines nothing of a good resource but a field without a value."""
    assert errors(without_nulls(document(changes))) == []


@pytest.mark.parametrize("changes", [changes for changes, *_ in (*SCHEMA, *UNKNOWN)], ids=str)
def test_what_the_crd_s_schema_refuses_is_underlined(changes: dict[str, Any]) -> None:
    """Types, limits, and fields that do not exist."""
    assert errors(document(changes))


@pytest.mark.parametrize(
    "changes", [{"apiVersion": "streaming.wordcount.dev/v1"}, {"kind": "WordCount"}, {"specs": {}}], ids=str
)
def test_it_is_for_this_resource_only(changes: dict[str, Any]) -> None:
    """Another version, another kind, and a misspelled block."""
    assert errors(document(changes))
