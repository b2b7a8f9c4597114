"""The flag `-o`, and how documents are printed for programs; never a table."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

import yaml
from rich.console import Console


def arguments(parser: ArgumentParser) -> None:
    """The flag."""
    parser.add_argument(
        "-o",
        "--output",
        choices=["table", "json", "yaml"],
        default="table",
        help="table: for people, the default",
    )


def document(value: Any, form: str) -> None:
    """Prints the value as `json` or `yaml`, at once, because it may go into a pipe."""
    text = json.dumps(value, indent=2) if form == "json" else yaml.safe_dump(value, sort_keys=False)
    print(text.rstrip(), flush=True)


def console() -> Console:
    """Where nobody looks at a screen, a row of a table is one line of the output."""
    return Console(width=None if sys.stdout.isatty() else 250, highlight=False)
