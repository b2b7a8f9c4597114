"""Which files a new engine touches: those that CONTRIBUTING lists, and no other."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from wordcount_operator.engines import ENGINES

CHECKOUT = Path(__file__).parents[3]
MOST = 8
"""Existing files outside its own folders that a new engine may touch."""
NAMES = re.compile(f"({'|'.join(ENGINES)})(?!s\\b)", re.IGNORECASE)  # sparks are a chart in a line
# What names an engine and needs no row for a new one, with the reason.
EXCEPTIONS = {
    "operator/wordcount_operator/api/rules.py": "limits of one engine; another one has its own or none",
    "operator/wordcount_operator/api/v1alpha1/__init__.py": "exports the blocks for those who type them",
    "operator/wordcount_compare": "measures these two against each other, which is its subject",
    "operator/wordcount_cli/commands/compare.py": "the table of the same measurement",
    "tools/bench": "figures of these two",
    "tools/chaos": "strikes the pods of these two",
    "tools/demo": "shows these two side by side",
    "tools/try_it": "shows these two side by side",
    "tools/testbed": "runs these two side by side",
}


def listed() -> set[str]:
    """The files of CONTRIBUTING's row."""
    row = re.search(r"^\| add an engine \|(.*)$", (CHECKOUT / "CONTRIBUTING.md").read_text("utf-8"), re.M)
    assert row
    files = row[1].partition("each of these files:")[2].partition(";")[0]
    return set(re.findall(r"`([^`]+)`", files))


def named_in_code(path: Path) -> bool:
    """Whether Python code names an engine: in a name or an import, or as a whole text; not in a sentence."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.Name(id=word) | ast.Attribute(attr=word) | ast.arg(arg=word):
                found = NAMES.search(word)
            case ast.FunctionDef(name=word) | ast.ClassDef(name=word) | ast.ImportFrom(module=str(word)):
                found = NAMES.search(word)
            case ast.alias(name=word):
                found = NAMES.search(word)
            case ast.Constant(value=str(word)):
                # A whole text, a key or setting that begins with it, or an expression in quotes such as
                # CEL's.
                found = re.fullmatch(NAMES, word) or re.search(rf"['\"]({NAMES.pattern})['\"]", word)
            case _:
                continue
        if found:
            return True
    return False


def named_in_text(path: Path) -> bool:
    """Whether a template or a configuration names an engine, outside its comments."""
    text = re.sub(r"\{\{-? */\*.*?\*/ *-?\}\}|^\s*#.*$", "", path.read_text("utf-8"), flags=re.M | re.S)
    return bool(NAMES.search(text))


def files_that_name_an_engine() -> Iterator[str]:
    """Of the operator, the tools and the chart's templates, but for the engines' own folders."""
    own = [CHECKOUT / "operator/wordcount_operator/engines" / name for name in ENGINES]
    for root in ("operator", "tools"):
        for path in (CHECKOUT / root).rglob("*.py"):
            if not any(path.is_relative_to(folder) for folder in own) and named_in_code(path):
                yield str(path.relative_to(CHECKOUT))
    chart = CHECKOUT / "charts/streaming-wordcount-operator"
    for path in (*chart.glob("templates/*.*"), *chart.glob("values.*"), chart / "files/engines.yaml"):
        if path.name != "NOTES.txt" and named_in_text(path):  # the notes show an example
            yield str(path.relative_to(CHECKOUT))


def excepted(file: str) -> bool:
    """Whether the file, or a folder above it, is an exception."""
    return any(file == each or file.startswith(f"{each}/") for each in EXCEPTIONS)


def test_no_other_file_knows_an_engine_by_its_name() -> None:
    """What is known of an engine is in its EngineInfo."""
    outside = {file for file in files_that_name_an_engine() if not excepted(file)}
    assert outside <= listed(), f"not in CONTRIBUTING's row: {sorted(outside - listed())}"


def test_the_list_is_short_and_true() -> None:
    """Each file exists, and names every engine."""
    assert len(listed()) <= MOST
    for file in sorted(listed()):
        text = (CHECKOUT / file).read_text("utf-8")
        assert all(name in text for name in ENGINES), file


@pytest.mark.parametrize("file", sorted(EXCEPTIONS))
def test_no_exception_is_left_over(file: str) -> None:
    """One that names no engine any more is to go."""
    assert any(each == file or each.startswith(f"{file}/") for each in files_that_name_an_engine())
