"""The reference page of the resource, made from its schema."""

from collections.abc import Iterator
from typing import Any

import yaml

from wordcount_operator.api import GROUP, KIND, VERSION
from wordcount_operator.api.field_effects import TABLE

Schema = dict[str, Any]


def page(schema: Schema, command: str) -> str:
    """Return the page in Markdown: a table for each block of the spec, then of the status."""
    parts = [
        f"<!-- Generated from operator/wordcount_operator/api by `{command}`; do not edit. -->",
        f"# {KIND}",
        f"`apiVersion: {GROUP}/{VERSION}`, `kind: {KIND}`. {schema['description']}",
        (
            "A field that is not listed is refused. A rule is checked by the API server at `kubectl apply`,"
            " and by `wordcount validate` without a cluster, with the same sentence."
        ),
        *(f"- `metadata`: {rule['message']}." for rule in schema["x-kubernetes-validations"]),
        *_blocks("spec", schema["properties"]["spec"]),
        "## How an edit takes effect",
        "\n".join(["| field | what its edit does |", "|---|---|", *_edits()]),
        "## status\n\nWritten by the operator alone.",
        *_blocks("status", schema["properties"]["status"]),
    ]
    return "\n\n".join(parts) + "\n"


def _edits() -> Iterator[str]:
    return (f"| `spec.{path}` | {edit.value} |" for path, edit in TABLE.items())


def _blocks(path: str, node: Schema) -> Iterator[str]:
    yield f"### `{path}`\n\n{node.get('description', '')}"
    required = node.get("required", [])
    rows = [_row(name, each, name in required) for name, each in node["properties"].items()]
    yield "\n".join(["| field | type | default | meaning | rules |", "|---|---|---|---|---|", *rows])
    for name, each in node["properties"].items():
        block = each.get("items", each)
        if "properties" in block:
            yield from _blocks(f"{path}.{name}{'[]' if 'items' in each else ''}", block)


def _row(name: str, node: Schema, required: bool) -> str:
    plain = "default" in node and "properties" not in node
    default = "required" if required else _code(node["default"]) if plain else ""
    cells = [f"`{name}`", _type(node), default, node.get("description", ""), "; ".join(_rules(node))]
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def _type(node: Schema) -> str:
    if "enum" in node:
        return " or ".join(f"`{_said(each)}`" for each in node["enum"])
    if "items" in node:
        return f"list of {_type(node['items'])}"
    if "additionalProperties" in node:
        return f"map of {_type(node['additionalProperties'])}"
    return "block" if "properties" in node else str(node["type"])


def _said(value: Any) -> str:
    return yaml.safe_dump(value, default_flow_style=True).strip() if isinstance(value, dict) else str(value)


def _rules(node: Schema) -> Iterator[str]:
    words = {
        "minimum": "at least {}",
        "maximum": "at most {}",
        "minLength": "at least {} characters",
        "maxLength": "at most {} characters",
        "minItems": "at least {} items",
        "maxItems": "at most {} items",
        "maxProperties": "at most {} keys",
    }
    yield from (text.format(node[key]) for key, text in words.items() if key in node)
    yield from (rule["message"] for rule in node.get("x-kubernetes-validations", []))
    if "items" in node:
        yield from (f"each: {rule}" for rule in _rules(node["items"]))


def _code(value: Any) -> str:
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"
