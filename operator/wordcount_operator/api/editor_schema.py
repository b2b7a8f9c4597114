"""The JSON Schema with which editors complete and check a resource, made from the CRD's schema."""

from typing import Any

from wordcount_operator.api import GROUP, KIND, METADATA, VERSION

Schema = dict[str, Any]
PATH = f"docs/schema/{KIND.lower()}-{VERSION}.json"
DRAFT = "http://json-schema.org/draft-07/schema#"  # the newest that yaml-language-server knows in full
_WORDS = {"type": "object", "additionalProperties": {"type": "string"}}
_METADATA = {
    "name": {"type": "string"},
    "generateName": {"type": "string"},
    "namespace": {"type": "string"},
    "labels": _WORDS,
    "annotations": _WORDS,
}


def document(crd_schema: Schema, command: str) -> Schema:
    """Return the JSON Schema of one resource. The CRD's CEL rules have no counterpart in it."""
    properties = crd_schema["properties"]
    return {
        "$schema": DRAFT,
        "$comment": f"Generated from operator/wordcount_operator/api by `{command}`; do not edit.",
        "title": KIND,
        "description": crd_schema["description"],
        "type": "object",
        "required": ["apiVersion", "kind", "metadata", "spec"],
        "properties": {
            "apiVersion": {"const": f"{GROUP}/{VERSION}"},
            "kind": {"const": KIND},
            "metadata": _metadata(),
            "spec": _closed(properties["spec"]),
            "status": {"type": "object", "description": "Written by the operator; leave it out."},
        },
        "additionalProperties": False,
    }


def _metadata() -> Schema:
    """Return the part of Kubernetes' metadata that people write, described; the rest has no schema here."""
    rest = dict.fromkeys(METADATA, True)
    return {
        "type": "object",
        "description": "Name, namespace, labels and annotations.",
        "properties": rest | _METADATA,
        "additionalProperties": False,
    }


def _closed(node: Schema) -> Schema:
    """Return `node` without Kubernetes' own words; a field that the API server drops is an error in it."""
    plain = {key: value for key, value in node.items() if not key.startswith("x-kubernetes-")}
    if "properties" in node:
        plain["properties"] = {name: _closed(each) for name, each in node["properties"].items()}
        if not node.get("x-kubernetes-preserve-unknown-fields"):
            plain["additionalProperties"] = False
    for key in ("items", "additionalProperties"):
        if isinstance(node.get(key), dict):
            plain[key] = _closed(node[key])
    return plain
