"""Makes the CustomResourceDefinition from the models."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from wordcount_operator.api import GROUP, KIND, PLURAL, VERSION
from wordcount_operator.api.v1alpha1 import OLD_NAME, RESOURCE_RULES, Status, StreamingWordCount

Schema = dict[str, Any]
_COLUMNS = (
    ("Engine", "string", ".spec.engine", 0),
    ("Phase", "string", ".status.phase", 0),
    ("Ready", "string", '.status.conditions[?(@.type=="Ready")].status', 0),
    ("Restarts", "integer", ".status.restarts.count", 0),
    ("Checkpoint", "date", ".status.checkpoint.latest.completionTime", 0),
    ("Age", "date", ".metadata.creationTimestamp", 0),
    ("Words/s", "number", ".status.progress.wordsPerSecond", 1),
    ("Lag", "integer", ".status.progress.lagRecords", 1),
    ("Message", "string", ".status.message", 1),
)


class _Defaults(GenerateJsonSchema):
    """Write down defaults from factories too, a block's with all its fields: CEL sees the bare default."""

    def get_default_value(self, schema: Any) -> Any:
        if "default_factory" not in schema:
            return super().get_default_value(schema)
        made = schema["default_factory"]()
        return made.model_dump(by_alias=True, exclude_none=True) if isinstance(made, BaseModel) else made


def crd() -> Schema:
    """Return the manifest of the CustomResourceDefinition, a new one at each call."""
    version = {
        "name": VERSION,
        "served": True,
        "storage": True,
        "subresources": {"status": {}},
        "additionalPrinterColumns": [
            {"name": name, "type": kind, "jsonPath": path, "priority": priority}
            for name, kind, path, priority in _COLUMNS
        ],
        "schema": {"openAPIV3Schema": schema()},
    }
    names = {
        "kind": KIND,
        "plural": PLURAL,
        "singular": KIND.lower(),
        "shortNames": ["swc"],
        "categories": ["all"],
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{PLURAL}.{GROUP}"},
        "spec": {"group": GROUP, "names": names, "scope": "Namespaced", "versions": [version]},
    }


def schema(*, old_names: bool = True) -> Schema:
    """Return the structural schema of the whole resource, without references.

    With `old_names`, renamed fields are in it under their names of release 0.2.0, too.
    """
    whole = StreamingWordCount.model_json_schema(schema_generator=_Defaults)
    spec = _structural(whole["properties"]["spec"], whole["$defs"])
    recorded = Status.model_json_schema(schema_generator=_Defaults)
    status = _structural(recorded, recorded["$defs"], defaults=False, old_names=old_names)
    status["properties"]["conditions"] |= {
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["type"],
    }
    # For kstatus a resource without a status is ready; ours is not until the operator has read it.
    status["default"] = {"observedGeneration": -1}
    return {
        "type": "object",
        "description": whole["description"],
        "required": ["spec"],
        "properties": {
            "apiVersion": {"type": "string"},
            "kind": {"type": "string"},
            "metadata": {"type": "object", "properties": {"name": {"type": "string"}}},
            "spec": spec,
            "status": status,
        },
        "x-kubernetes-validations": [rule.validation for rule in RESOURCE_RULES],
    }


def _structural(
    node: Schema, known: dict[str, Schema], *, defaults: bool = True, old_names: bool = False
) -> Schema:
    """Return `node` as the API server accepts it; `known` are the definitions that it may refer to."""
    node = dict(node)
    if "$ref" in node:
        node = {**known[node.pop("$ref").removeprefix("#/$defs/")], **node}
        return _structural(node, known, defaults=defaults, old_names=old_names)
    if "anyOf" in node:
        (kind,) = [option for option in node.pop("anyOf") if option != {"type": "null"}]
        return _structural({**kind, **node}, known, defaults=defaults, old_names=old_names)
    if "const" in node:
        node["enum"] = [node.pop("const")]
    if not isinstance(node.get("additionalProperties"), dict) and node.pop("additionalProperties", False):
        node["x-kubernetes-preserve-unknown-fields"] = True
    if not defaults or node.get("default") is None:
        node.pop("default", None)
    for key in ("title", "$defs", OLD_NAME):
        node.pop(key, None)
    for key in ("items", "additionalProperties"):
        if key in node:
            node[key] = _structural(node[key], known, defaults=defaults, old_names=old_names)
    if "properties" in node:
        inside = list(node["properties"].items())
        inside += _old_names(node["properties"]) if old_names else ()
        node["properties"] = {
            name: _structural(each, known, defaults=defaults, old_names=old_names) for name, each in inside
        }
    return node


def _old_names(properties: Schema) -> Iterator[tuple[str, Schema]]:
    """Yield the properties under their names in release 0.2.0.

    The API server drops a field that no schema names.
    """
    for name, each in properties.items():
        if old := each.get(OLD_NAME):
            yield (
                old,
                {**each, "description": f"What {name} was called in release 0.2.0; goes with release 0.4.0."},
            )
