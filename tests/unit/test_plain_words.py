"""Checks that names, docstrings and pages are in plain words and of a readable length."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.cluster.paths import CHECKOUT

CODE = ("operator", "jobs", "tools", "tests")
PRODUCT = ("operator", "jobs")
# fmt: off
BANNED = frozenset({
    "again_in", "anew", "aside", "blow", "blows", "feed", "feeds", "forgiven", "ground", "heal", "healed",
    "house", "knock", "laws", "life", "looks", "may_come", "mend", "mended", "play", "saving", "scene",
    "stands", "told", "truth", "truths", "type_on", "typist", "untold",
})
# fmt: on
"""Names that say nothing to who has not read the code: a name is a term that can be looked up."""
FIRST_LINE = 100
PAGE_LINE = 120


LINK_ONLY = re.compile(r"\s*(?:[-*] )?(?:!?\[[^\]]*\](?:\([^)]*\)|:.*)[.,;]?|<\S+>|https?://\S+)\s*")
SENTENCE = re.compile(r"[A-Z`].*[.:?!…]", re.DOTALL)


def modules(*folders: str) -> Iterator[tuple[str, ast.Module]]:
    """Yield the path and the syntax tree of each Python file below the folders."""
    for folder in folders:
        for file in sorted((CHECKOUT / folder).rglob("*.py")):
            yield str(file.relative_to(CHECKOUT)), ast.parse(file.read_text())


def defined_names(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield the line and the name of each function, class, argument, variable and attribute that is set."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield node.lineno, name
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield node.lineno, name
            case ast.arg(arg=name):
                yield node.lineno, name


def public(body: list[ast.stmt], prefix: str = "") -> Iterator[tuple[str, ast.AST]]:
    """Yield the public functions and classes of a module, and the public methods of these classes."""
    for node in body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                if not name.startswith("_"):
                    yield f"{prefix}{name}", node
                    yield from public(node.body if isinstance(node, ast.ClassDef) else [], f"{name}.")


def prose(page: str) -> Iterator[tuple[int, str]]:
    """Yield the lines of a Markdown page outside tables and code blocks, with their numbers."""
    in_block = False
    for number, line in enumerate(page.splitlines(), 1):
        if line.lstrip().startswith("```"):
            in_block = not in_block
        elif not in_block and not line.lstrip().startswith("|"):
            yield number, line


def test_no_name_is_dialect() -> None:
    """No function, class, argument, variable or module has a banned name."""
    found = [
        f"{path}:{line}: {name}"
        for path, tree in modules(*CODE)
        for line, name in [*defined_names(tree), (1, Path(path).stem)]
        if name.strip("_").lower() in BANNED
    ]
    assert not found


def test_the_first_line_of_a_module_is_short() -> None:
    """It says what the module does, and a list of files shows it whole."""
    found = [
        path
        for path, _ in modules(*CODE)
        if len((CHECKOUT / path).read_text().partition("\n")[0]) > FIRST_LINE
    ]
    assert not found


def test_public_docstrings_of_the_product_are_sentences() -> None:
    """Each begins with a capital or a backtick and ends as a sentence does; none is missing."""
    found = [
        f"{path}: {name}"
        for path, tree in modules(*PRODUCT)
        for name, node in public(tree.body)
        if not SENTENCE.fullmatch(ast.get_docstring(node) or "")  # type: ignore[arg-type]
    ]
    assert not found


def pages() -> list[str]:
    """Return the Markdown pages of the repository that are written by hand."""
    listed = subprocess.run(
        ["git", "ls-files", "*.md"], cwd=CHECKOUT, check=True, stdout=subprocess.PIPE, text=True
    ).stdout.split()
    there = [CHECKOUT / path for path in listed if (CHECKOUT / path).exists()]
    return [
        str(file.relative_to(CHECKOUT)) for file in there if not file.read_text().startswith("<!-- Generated")
    ]


@pytest.mark.parametrize("page", pages())
def test_lines_of_a_page_are_short(page: str) -> None:
    """Tables, code blocks and lines that are only a link may be longer."""
    found = [
        f"{page}:{number}"
        for number, line in prose((CHECKOUT / page).read_text())
        if len(line) > PAGE_LINE and not LINK_ONLY.fullmatch(line)
    ]
    assert not found
