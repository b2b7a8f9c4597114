"""Read a document as a resource, or report each error as a field and a sentence."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from wordcount_operator.api import METADATA, crd
from wordcount_operator.api.v1alpha1 import RESOURCE_RULES, StreamingWordCount

_ROOT = ("apiVersion", "kind", "metadata", "spec", "status")
_SENTENCES = {
    "missing": "write this field, it has no default",
    "greater_than_equal": "write a number of at least {ge}, not {value}",
    "less_than_equal": "write a number of at most {le}, not {value}",
    "string_too_short": "write at least {min_length} character, not an empty text",
    "string_too_long": "write at most {max_length} characters",
    "too_short": "write at least {min_length} item, not an empty list",
    "too_long": "write at most {max_length} items, not {actual_length}",
    "int_type": "write a whole number, not {value}",
    "int_from_float": "write a whole number, not {value}",
    "bool_type": "write true or false, not {value}",
    "literal_error": "write {expected}, not {value}",
    "list_type": "write a list, such as [{value}]",
    "rule": "{sentence}",
}
_BLOCKS = ("dict_type", "model_type", "model_attributes_type")


@dataclass(frozen=True)
class FieldError:
    """One error: the field's path in the resource, and what to write instead."""

    field: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.field}: {self.sentence}" if self.field else self.sentence


class RefusedError(ValueError):
    """A document is not a valid resource; `errors` has at least one item."""

    def __init__(self, errors: tuple[FieldError, ...]) -> None:
        super().__init__("; ".join(map(str, errors)))
        self.errors = errors


def read(document: Mapping[str, Any]) -> StreamingWordCount:
    """Return the resource in a JSON-like document, with defaults. Raise RefusedError with all errors."""
    errors = [_unknown("", key, _ROOT) for key in document if key not in _ROOT]
    metadata = document.get("metadata")
    if isinstance(metadata, Mapping):
        errors += [_unknown("metadata", key, METADATA) for key in metadata if key not in METADATA]
    try:
        resource = StreamingWordCount.model_validate(_without_nulls(document), by_alias=True, by_name=False)
    except ValidationError as error:
        raise RefusedError((*errors, *(_field_error(dict(each)) for each in error.errors()))) from None
    errors += [
        FieldError(rule.field[1:], rule.sentence) for rule in RESOURCE_RULES if not rule.holds(resource)
    ]
    if errors:
        raise RefusedError(tuple(errors))
    return resource


def first_error(document: Mapping[str, Any]) -> str:
    """Return the first error of a document as field and sentence, or an empty text."""
    try:
        read(document)
    except RefusedError as error:
        return str(error.errors[0])
    return ""


def _without_nulls(value: Any) -> Any:
    """Return the document without empty fields, which the API server ignores too."""
    if isinstance(value, Mapping):
        return {key: _without_nulls(each) for key, each in value.items() if each is not None}
    return [_without_nulls(each) for each in value] if isinstance(value, list) else value


def _field_error(error: dict[str, Any]) -> FieldError:
    kind, loc, value = error["type"], error["loc"], error["input"]
    context = error.get("ctx", {})
    field = _path(loc) + context.get("field", "")
    if kind == "extra_forbidden":
        return _unknown(_path(loc[:-1]), str(loc[-1]), _known(loc[:-1]))
    if kind == "string_type":
        return FieldError(field, _text(value))
    if kind in _BLOCKS:
        known = ", ".join(_known(loc))
        return FieldError(
            field, f"write a block of fields{f' ({known})' if known else ''}, not {_short(value)}"
        )
    if kind not in _SENTENCES:
        return FieldError(field, error["msg"])
    words = {**context, "value": _short(value), "expected": context.get("expected", "").replace("'", "")}
    return FieldError(field, _SENTENCES[kind].format(**words))


def _text(value: Any) -> str:
    if isinstance(value, bool | int | float):
        return f'write a text; put it in quotes: "{str(value).lower()}"'
    return f"write a text, not {_short(value)}"


def _unknown(path: str, key: str, known: tuple[str, ...]) -> FieldError:
    near = get_close_matches(key, known, n=1)
    others = f"there are {', '.join(known)}" if 0 < len(known) <= 16 else "remove it"
    hint = f"did you mean {near[0]}?" if near else others
    return FieldError(f"{path}.{key}" if path else key, f"there is no such field; {hint}")


def _known(loc: tuple[str | int, ...]) -> tuple[str, ...]:
    """Return the names of the fields at a place of the resource, in the models' order."""
    node = crd.schema()
    for part in loc:
        node = node["items"] if isinstance(part, int) else node.get("properties", {}).get(part, {})
    return tuple(node.get("properties", {}))


def _path(loc: tuple[str | int, ...]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc).lstrip(".")


def _short(value: Any) -> str:
    if isinstance(value, dict | list):
        return "a block" if isinstance(value, dict) else "a list"
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
