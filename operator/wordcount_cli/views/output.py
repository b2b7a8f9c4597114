"""Declares the flag `-o`, and prints documents for programs."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

import yaml
from rich.console import Console


def arguments(parser: ArgumentParser) -> None:
    """Declare the flag."""
    parser.add_argument(
        "-o",
        "--output",
        choices=["table", "json", "yaml"],
        default="table",
        help="table, the default, is for people",
    )


def document(value: Any, form: str) -> None:
    """Print the value as `json` or `yaml`, and flush it, because it may go into a pipe."""
    text = json.dumps(value, indent=2) if form == "json" else yaml.safe_dump(value, sort_keys=False)
    print(text.rstrip(), flush=True)


def console() -> Console:
    """Return a console that, without a terminal, prints each row of a table as one line."""
    return Console(width=None if sys.stdout.isatty() else 250, highlight=False)
