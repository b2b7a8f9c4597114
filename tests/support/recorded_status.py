"""Recorded resources in every phase, and the page of `wordcount status` for one of them."""

from io import StringIO
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console

from tests.support.builders import NOW
from wordcount_cli.views.status import page

FOLDER = Path(__file__).parents[1] / "unit/cli/recorded"
RECORDED = sorted(path.stem for path in FOLDER.glob("*.yaml"))


def recorded(name: str) -> dict[str, Any]:
    """Return a recorded resource and its events."""
    file = FOLDER / f"{name}.yaml"
    found: dict[str, Any] = yaml.safe_load(file.read_text())
    return found


def screen(found: dict[str, Any], width: int = 100) -> str:
    """Return the page as a terminal of that width shows it, without colours and trailing blanks."""
    console = Console(width=width, record=True, file=StringIO(), highlight=False)
    console.print(page(found["resource"], found["events"], NOW))
    return "\n".join(line.rstrip() for line in console.export_text().splitlines())
