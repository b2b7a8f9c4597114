"""Reads YAML files as kubectl does, and reports what is wrong with a file."""

import json
import sys
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

from wordcount_operator.api import GROUP, KIND, VERSION

API_VERSION = f"{GROUP}/{VERSION}"


class UnreadableError(ValueError):
    """A file or a document cannot be read; the text is a message for the user."""


@dataclass(frozen=True)
class Document:
    """One document of a file, as a JSON value."""

    place: str
    """`file: name`, or `file: document 2` if there is no name."""
    value: dict[str, Any]

    @property
    def other(self) -> str:
        """The kind of a document of another API, such as `Service`; empty for a StreamingWordCount."""
        kind, group = str(self.value.get("kind", "")), str(self.value.get("apiVersion", "")).split("/")[0]
        ours = group == GROUP or not group or not kind or get_close_matches(kind, [KIND])
        return "" if ours else kind

    def expect_ours(self) -> None:
        """Raise an UnreadableError if apiVersion or kind is not that of a StreamingWordCount."""
        for field, right in (("apiVersion", API_VERSION), ("kind", KIND)):
            if self.value.get(field) != right:
                raise UnreadableError(f"{self.place}: {field}: write {right}, not {self.value.get(field)!r}")


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader, which also refuses a key that is written twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key, _ in node.value:
            # A merge (<<) is not a key, and the keys that it brings may be written again.
            if key.value == "<<" or not isinstance(key, yaml.ScalarNode):
                continue
            if key.value in seen:
                line = key.start_mark.line + 1
                raise UnreadableError(f"line {line}: the field {key.value} is written twice; remove one")
            seen.add(key.value)
        return super().construct_mapping(node, deep)


# kubectl reads a date as a string.
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in known if tag != "tag:yaml.org,2002:timestamp"]
    for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load(file: str) -> list[Document]:
    """Return all documents of a YAML file; `-` is standard input. Raises UnreadableError."""
    name = "standard input" if file == "-" else file
    try:
        text = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        values = [value for value in yaml.load_all(text.decode(), _Loader) if value is not None]
        plain = [json.loads(json.dumps(value)) for value in values]
    except FileNotFoundError:
        raise UnreadableError(f"{name}: there is no such file") from None
    except OSError as error:
        raise UnreadableError(f"{name}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UnreadableError(f"{name}: is not UTF-8 text; save it as UTF-8") from None
    except yaml.YAMLError as error:
        raise UnreadableError(f"{name}: is not YAML: {_cause(error)}") from None
    except UnreadableError as error:
        raise UnreadableError(f"{name}: {error}") from None
    except (TypeError, ValueError, RecursionError):
        raise UnreadableError(
            f"{name}: has values that JSON does not know; write strings, numbers and blocks"
        ) from None
    if not plain:
        raise UnreadableError(f"{name}: is empty; write a {KIND}")
    return [_document(name, number, value) for number, value in enumerate(plain, 1)]


def word_counts(file: str) -> list[Document]:
    """Return the StreamingWordCounts of a file. Raises UnreadableError if there is none."""
    found = [document for document in load(file) if not document.other]
    for document in found:
        document.expect_ours()
    if not found:
        raise UnreadableError(
            f"{file}: there is no {KIND} in it; write apiVersion: {API_VERSION} and kind: {KIND}"
        )
    return found


def _document(file: str, number: int, value: Any) -> Document:
    if not isinstance(value, dict):
        raise UnreadableError(
            f"{file}: document {number}: write a block of fields (apiVersion, kind, metadata, spec)"
        )
    metadata = value.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    return Document(f"{file}: {name or f'document {number}'}", value)


def _cause(error: yaml.YAMLError) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        return f"line {error.problem_mark.line + 1}, column {error.problem_mark.column + 1}: {error.problem}"
    return " ".join(str(error).split())
