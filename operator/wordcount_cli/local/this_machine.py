"""Prepares a document for this machine: chooses the engine and makes file paths absolute."""

import copy
import os
from typing import Any

from wordcount_cli.local.documents import Document, UnreadableError, word_counts
from wordcount_operator.engines import ENGINES


def chosen(file: str, engine: str | None) -> Document:
    """Return the file's resource; of several, the one for that engine. Raises UnreadableError."""
    documents = word_counts(file)
    if len(documents) > 1 and engine:
        documents = [each for each in documents if _block(each.value, "spec").get("engine") == engine]
    if len(documents) != 1:
        raise UnreadableError(
            f"{file}: choose one of its StreamingWordCounts by --engine, or run a file with only one"
        )
    return documents[0]


def for_this_machine(document: Document, engine: str | None) -> Document:
    """Return the document with absolute paths and, if given, another engine. Raises UnreadableError."""
    value = copy.deepcopy(document.value)
    spec = _block(value, "spec")
    if engine and engine != spec.get("engine"):
        spec["engine"] = engine
        for other in ENGINES.keys() - {engine}:
            spec.pop(other, None)
    files = _block(_block(spec, "source"), "files")
    if isinstance(files.get("path"), str):
        files["path"] = os.path.abspath(files["path"])
        if not os.path.exists(files["path"]):
            field = "spec.source.files.path"
            raise UnreadableError(
                f"{document.place}: {field}: there is no {files['path']} on this machine; "
                "write a folder or a file"
            )
    return Document(document.place, value)


def _block(value: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the block of that name, or an empty one; validation reports what is wrong with it."""
    inner = value.get(name)
    return inner if isinstance(inner, dict) else {}
