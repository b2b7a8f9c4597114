"""Converts JSON values to frozen dataclasses and back, by the types of their fields.

A class that is one of several kinds has the attribute `kind`; its value is then `{"<kind>": {…}}`. The
metadata of a field have its bounds: `least` and `most` for a number, `least` for the number of items of a
list, and `empty` if a text may be empty.
"""

import re
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

NAMES = {str: "a text", int: "a whole number", bool: "true or false"}


def camel(name: str) -> str:
    """Return a name in camel case: `checkpoint_interval_ms` → `checkpointIntervalMs`."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def load(kind: Any, value: Any, path: str, limits: Mapping[str, Any] | None = None) -> Any:
    """Return `value` as an instance of the type `kind`.

    Raises ValueError with the field's path and a sentence.
    """
    limits = limits or {}
    origin, arguments = get_origin(kind), get_args(kind)
    if is_dataclass(kind):
        return _load_object(kind, value, path)
    if NoneType in arguments:
        return None if value is None else load(arguments[0], value, path, limits)
    if origin in (Union, UnionType):
        return _load_one_of(arguments, value, path)
    if origin is tuple:
        return _load_list(arguments[0], value, path, limits)
    if origin is dict:
        _expect(value, path, isinstance(value, dict), "an object of texts")
        return {key: _load_plain(str, item, f"{path}.{key}", {"empty": True}) for key, item in value.items()}
    return _load_plain(kind, value, path, limits)


def dump(value: Any) -> Any:
    """Return the JSON value from which `load` makes an equal object."""
    if is_dataclass(value):
        document = {camel(each.name): dump(getattr(value, each.name)) for each in fields(value)}
        return {value.kind: document} if hasattr(value, "kind") else document
    return list(value) if isinstance(value, tuple) else value


def _load_list(kind: Any, value: Any, path: str, limits: Mapping[str, Any]) -> tuple[Any, ...]:
    _expect(value, path, isinstance(value, list), "a list")
    _expect(value, path, len(value) >= limits.get("least", 0), "a list with at least one item")
    return tuple(_load_plain(kind, item, f"{path}[{n}]", limits) for n, item in enumerate(value))


def _load_plain(kind: Any, value: Any, path: str, limits: Mapping[str, Any]) -> Any:
    if choices := get_args(kind):
        return _expect(value, path, value in choices, f"one of {', '.join(choices)}")
    right = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
    _expect(value, path, right, NAMES[kind])
    if kind is str:
        _expect(value, path, not re.search("[\ud800-\udfff]", value), "a text without halves of characters")
        _expect(value, path, bool(value) or limits.get("empty", False), "a text that is not empty")
    if kind is int:
        least, most = limits.get("least", value), limits.get("most", value)
        _expect(value, path, value >= least, f"at least {least}")
        _expect(value, path, value <= most, f"at most {most}")
    return value


def _load_object(kind: Any, value: Any, path: str) -> Any:
    _expect(value, path, isinstance(value, dict), "an object")
    known: dict[str, Field[Any]] = {camel(each.name): each for each in fields(kind)}
    if unknown := sorted(value.keys() - known.keys()):
        raise ValueError(f"{_at(path, unknown[0])}: there is no such field; there are {', '.join(known)}")
    hints = get_type_hints(kind)
    found: dict[str, Any] = {}
    for key, each in known.items():
        if key in value:
            found[each.name] = load(hints[each.name], value[key], _at(path, key), each.metadata)
        elif each.default is MISSING and each.default_factory is MISSING:
            raise ValueError(f"{_at(path, key)}: is missing")
    return kind(**found)


def _load_one_of(kinds: tuple[Any, ...], value: Any, path: str) -> Any:
    known = {kind.kind: kind for kind in kinds}
    expected = f"an object with exactly one of {', '.join(known)}"
    _expect(
        value, path, isinstance(value, dict) and len(value) == 1 and value.keys() <= known.keys(), expected
    )
    ((name, document),) = value.items()
    return load(known[name], document, _at(path, name))


def _at(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _expect(value: Any, path: str, right: bool, expected: str) -> Any:
    if not right:
        raise ValueError(f"{path or 'options'}: must be {expected}")
    return value
