"""`python -m tools.bench [--json FILE]`: all benches in turn, a table on the terminal."""

import argparse
import json
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tools.bench import latency, operator, recovery, words


def main() -> None:
    """Runs all benches and shows what they measured."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench", description="Measure speed and size.")
    parser.add_argument("--json", type=Path, help="write the figures into this file")
    wanted = parser.parse_args()
    figures: dict[str, Any] = {}
    benches = {
        "operator": operator.measure,
        "recovery": recovery.measure,
        "jobs": words.measure,
        "latency": latency.measure,
    }
    for name, measure in benches.items():
        figures[name] = measure()
        if wanted.json:  # after each, so that what was measured is there when the next one fails
            wanted.json.write_text(json.dumps(figures, indent=2) + "\n")
    table = Table("figure", "measured")
    for name, value in flat(figures):
        table.add_row(name, value)
    Console().print(table)


def flat(figures: dict[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Each figure as a dotted name and a text, but for the single rounds."""
    rows: list[tuple[str, str]] = []
    for key, value in figures.items():
        if key == "rounds":
            continue
        if isinstance(value, dict):
            rows.extend(flat(value, f"{prefix}{key}."))
        else:
            rows.append((prefix + key, str(value)))
    return rows


if __name__ == "__main__":
    main()
