"""Checks where code may be and what may import what, beyond what import-linter sees."""

import ast
import operator
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.support.e2e_order import ORDER, place
from tools.cluster.paths import CHECKOUT

CODE = ("operator", "jobs", "tests", "tools")


def files(folder: str) -> list[Path]:
    """Return all Python files below a folder of the checkout."""
    return sorted((CHECKOUT / folder).rglob("*.py"))


def imports(file: Path) -> Iterator[str]:
    """Yield the dotted name of everything that a file imports, also inside functions."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{file}: write the whole name of what is imported"
            yield from (f"{node.module}.{each.name}" for each in node.names)


def importing(folder: str, *packages: str) -> list[str]:
    """Return the imports of these packages in the files below a folder, each after its file."""
    return [
        f"{file.relative_to(CHECKOUT)}: {name}"
        for file in files(folder)
        for name in imports(file)
        if name.split(".")[0] in packages
    ]


def test_the_standard_librarys_operator_is_not_shadowed() -> None:
    """`operator/` is a source root, not a package."""
    assert operator.add(1, 2) == 3
    assert not list((CHECKOUT / "operator").glob("*.py"))


def test_every_file_says_first_what_it_is_for() -> None:
    """The first line of each Python file is a docstring or a comment."""
    for root in CODE:
        for path in files(root):
            first = path.read_text().lstrip().splitlines()[0]
            assert first.startswith(('"""', "#", 'r"""')), path


def test_nobody_imports_a_test_module_or_a_conftest() -> None:
    """What several tests need is in tests/support, or in tools/testbed if tools need it too."""
    found = [
        f"{file.relative_to(CHECKOUT)}: {name}"
        for root in CODE
        for file in files(root)
        for name in imports(file)
        if name.startswith("tests.")
        and any(part == "conftest" or part.startswith("test_") for part in name.split("."))
    ]
    assert not found


def test_tools_do_not_import_tests() -> None:
    """Tests may import tools, so the other way round would be a circle."""
    assert not importing("tools", "tests")


def test_the_product_imports_neither_tools_nor_tests() -> None:
    """Both are missing where the product is installed."""
    assert not importing("operator", "tools", "tests") + importing("jobs", "tools", "tests")


def test_tests_hold_only_tests_and_what_they_share() -> None:
    """Every module is a test, a conftest or part of tests/support, and none is a program."""
    for file in files("tests"):
        path = file.relative_to(CHECKOUT / "tests")
        test = file.name in ("__init__.py", "conftest.py") or file.name.startswith("test_")
        assert test or path.parts[0] == "support", f"tests/{path} is neither a test nor in tests/support"
        defined = {
            node.name for node in ast.parse(file.read_text()).body if isinstance(node, ast.FunctionDef)
        }
        assert "main" not in defined, f"tests/{path} has a main(): programs are in tools/"


def test_every_end_to_end_test_has_its_place() -> None:
    """Each file has one, and no place is left over from a file that is gone."""
    folder = CHECKOUT / "tests" / "e2e"
    tests = [file.relative_to(folder) for file in folder.rglob("test_*.py")]
    assert {place(test) for test in tests} == set(range(len(ORDER)))


def test_no_merge_left_its_markers() -> None:
    """A page with both sides of a conflict renders, and no other test reads all pages."""
    listed = subprocess.run(
        ["git", "grep", "-lE", "^(<{7}|>{7}) "], cwd=CHECKOUT, check=False, stdout=subprocess.PIPE, text=True
    )
    assert listed.stdout.split() == []
