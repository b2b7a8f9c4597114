"""Writes the table of values in the chart's README from the comments of values.yaml.

`python -m tools.generate.chart_readme` prints the page; with `--write` it goes into the checkout.
"""

import json
import re
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml

from tools.cluster.paths import CHECKOUT
from tools.testbed.helm import CHART

COMMAND = "python -m tools.generate.chart_readme --write"
VALUES = CHECKOUT / CHART / "values.yaml"
README = CHECKOUT / CHART / "README.md"
START = f"<!-- Generated from values.yaml by `{COMMAND}`; do not edit. -->\n"
END = "<!-- End of the generated part. -->\n"


class Value(NamedTuple):
    """One value that has a comment, with its dotted path."""

    path: str
    default: Any
    comment: str


def values(text: str) -> Iterator[Value]:
    """Yield each key of values.yaml that has comment lines right above it."""
    whole = yaml.safe_load(text)
    blocks: list[tuple[int, str]] = []
    comment: list[str] = []
    for line in text.splitlines():
        if found := re.match(r"( *)# ?(.*)", line):
            comment.append(found[2])
            continue
        if found := re.match(r"( *)(\w+):", line):
            depth = len(found[1])
            blocks = [*(block for block in blocks if block[0] < depth), (depth, found[2])]
            if comment:
                path = ".".join(name for _, name in blocks)
                yield Value(path, at(whole, path), " ".join(comment))
        comment = []


def at(whole: Any, path: str) -> Any:
    """Return the value at a dotted path."""
    for name in path.split("."):
        whole = whole[name]
    return whole


def table(text: str) -> str:
    """Return the Markdown table of all values."""
    rows = [
        f"| `{value.path}` | `{json.dumps(value.default)}` | {value.comment.replace('|', chr(92) + '|')} |\n"
        for value in values(text)
    ]
    return "| value | default | meaning |\n|---|---|---|\n" + "".join(rows)


def page() -> str:
    """Return the README with its table made from today's values.yaml."""
    before, rest = README.read_text(encoding="utf-8").split(START)
    after = rest.split(END)[1]
    return f"{before}{START}\n{table(VALUES.read_text(encoding='utf-8'))}\n{END}{after}"


def main() -> None:
    """Print the page, or with `--write` update the checked-in file."""
    if sys.argv[1:] == ["--write"]:
        README.write_text(page(), encoding="utf-8")
    else:
        sys.stdout.write(page())


if __name__ == "__main__":
    main()
