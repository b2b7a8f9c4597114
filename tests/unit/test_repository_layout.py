"""The layout's own rules; never a rule that import-linter or ruff already holds."""

import operator
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_standard_librarys_operator_is_not_shadowed() -> None:
    """`operator/` is a source root, not a package."""
    assert operator.add(1, 2) == 3
    assert not list((ROOT / "operator").glob("*.py"))


def test_every_file_says_first_what_it_is_for() -> None:
    """The first line of each Python file is a docstring or a comment."""
    for root in ("operator", "jobs", "tests", "tools"):
        for path in (ROOT / root).rglob("*.py"):
            first = path.read_text().lstrip().splitlines()[0]
            assert first.startswith(('"""', "#", 'r"""')), path
