"""`python -m tools.chaos`: exit code 0 only if no word was lost or counted twice."""

import argparse
import json
import sys
from pathlib import Path

from rich.console import Console

from tools.chaos import picture, setup
from tools.chaos.report import tables
from tools.chaos.run import run


def main() -> None:
    """Plays, then writes and shows the report, also that of a failure."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.chaos", description="Strike everything, lose nothing."
    )
    parser.add_argument("--seed", type=int, default=1, help="the same seed draws the same faults")
    parser.add_argument("--faults", type=int, default=200, help="how many strike; about five seconds each")
    parser.add_argument("--storage", choices=setup.STORAGE, default=setup.USUAL, help="where state lies")
    parser.add_argument("--json", type=Path, help="write the report into this file")
    parser.add_argument("--picture", type=Path, help="draw the report into this file, such as chaos.png")
    wanted = parser.parse_args()
    with setup.installed(), setup.prepared(wanted.storage) as space:
        report = run(space, wanted.storage, wanted.seed, wanted.faults)
    document = report.document()
    if wanted.json:
        wanted.json.write_text(json.dumps(document, indent=1) + "\n")
    if wanted.picture:
        picture.draw(document, wanted.picture)
    for table in tables(document):
        Console().print(table)
    if report.problem:
        sys.exit(f"✗ {report.problem}")


if __name__ == "__main__":
    main()
