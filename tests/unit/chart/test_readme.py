"""The chart's README has every value and every kind of object, and no other."""

import re
from collections.abc import Iterator
from typing import Any

import yaml

from tools.generate.chart_readme import COMMAND, README, VALUES, Value, page, values
from tools.testbed.helm import rendered


def leaves(node: Any, path: str = "") -> Iterator[str]:
    """Yield the dotted path of each value that is no block."""
    if not isinstance(node, dict) or not node:
        yield path
        return
    for name, each in node.items():
        yield from leaves(each, f"{path}.{name}".lstrip("."))


def test_the_table_is_what_values_yaml_says() -> None:
    """A value that was changed without its README fails here."""
    assert README.read_text() == page(), f"it is out of date; run: uv run {COMMAND}"


def test_every_value_has_a_row() -> None:
    """Its own, or that of the block that describes it."""
    text = VALUES.read_text()
    described = [value.path for value in values(text)]
    for leaf in leaves(yaml.safe_load(text)):
        assert any(f"{leaf}.".startswith(f"{path}.") for path in described), leaf


def test_a_comment_belongs_to_the_key_below_it() -> None:
    """Also in a block, over several lines, and after a comment that stands alone."""
    text = "# The file.\n\n# One,\n# or two.\na: 1\nb:\n  # Inside.\n  c: {d: 2}\n  e: 3\nf: 4\n"
    assert list(values(text)) == [Value("a", 1, "One, or two."), Value("b.c", {"d": 2}, "Inside.")]


def test_the_kinds_are_those_that_the_chart_can_make() -> None:
    """With everything asked for, in all namespaces and in some."""
    monitors = [f"metrics.monitor={kind}" for kind in ("PodMonitor", "ServiceMonitor")]
    everything = ("replicas=2", "networkPolicy.enabled=true", "metrics.prometheusRule=true")
    made = {
        one["kind"]
        for monitor in monitors
        for one in rendered(*everything, "metrics.grafanaDashboard=true", monitor)
    }
    made |= {one["kind"] for one in rendered("watchNamespaces={words,news}")}
    section = README.read_text().partition("## What it installs")[2].partition("\n## ")[0]
    named = {
        kind
        for row in re.findall(r"^\| (`.*?) \|", section, re.MULTILINE)
        for kind in re.findall(r"\w+", row)
    }
    assert named - {"or"} == made
