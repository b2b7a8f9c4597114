"""CONTRIBUTING sends a newcomer to files that exist."""

import re
import subprocess

import pytest

from tools.cluster.paths import CHECKOUT

PAGE = (CHECKOUT / "CONTRIBUTING.md").read_text("utf-8")
ROWS = re.findall(r"^\| .* \|$", PAGE, flags=re.M)
NAMED = {name for row in ROWS for name in re.findall(r"`([\w./-]+/[\w./-]*|[\w-]+\.(?:py|yaml|md))`", row)}
TO_COME = {"examples/NN-topic/"}
"""Paths that the reader makes."""
FILES = subprocess.run(
    ["git", "ls-files"], cwd=CHECKOUT, check=True, stdout=subprocess.PIPE, text=True
).stdout.split()


@pytest.mark.parametrize("path", sorted(NAMED - TO_COME))
def test_the_file_is_there(path: str) -> None:
    """A file that moves takes its row along; a path may begin in any folder."""
    assert any(f"/{path}" in f"/{file}" for file in FILES)
