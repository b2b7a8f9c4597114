"""Helm, and what it makes of the chart."""

import functools
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import yaml

from tools.cluster import build
from tools.cluster.paths import BIN, CHECKOUT

CHART = Path("charts/streaming-wordcount-operator")


def tool(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs helm or kubectl in the checkout; where there is none, it is built first."""
    build.clients()
    program = shutil.which(name, path=f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}")
    assert program, f"there is no {name}, neither in the cache nor on PATH"
    return subprocess.run([program, *arguments], cwd=CHECKOUT, check=False, capture_output=True, text=True)


def template(*choices: str, release: str = "words") -> list[str]:
    """Helm's arguments that render the chart with these values."""
    values = [word for choice in choices for word in ("--set", choice)]
    return ["template", release, str(CHART), "--namespace", "wordcount-system", *values]


@functools.cache
def rendered(*choices: str, release: str = "words") -> tuple[dict[str, Any], ...]:
    """All objects that the chart makes with these values."""
    run = tool("helm", *template(*choices, release=release))
    assert run.returncode == 0, run.stderr
    return tuple(document for document in yaml.safe_load_all(run.stdout) if document)
