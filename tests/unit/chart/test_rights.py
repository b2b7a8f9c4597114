"""The security page has a row for every rule that the chart makes, and no other."""

import re
from collections.abc import Iterator
from typing import Any

from tools.cluster.paths import CHECKOUT
from tools.testbed.helm import rendered

PAGE = "docs/reference/security.md"
Row = tuple[str, str, str]


def _quoted(words: list[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def rows(objects: tuple[dict[str, Any], ...]) -> Iterator[Row]:
    """Role, resources as kubectl names them, and verbs of each rule."""
    for one in objects:
        for rule in one.get("rules", []) if one["kind"] in ("Role", "ClusterRole") else []:
            (group,) = rule["apiGroups"]
            parts = [each.partition("/") for each in rule["resources"]]
            dotted = f".{group}" if group else ""
            on = _quoted([f"{kind}{dotted}{slash}{sub}" for kind, slash, sub in parts])
            named = f" named {_quoted(rule['resourceNames'])}" if "resourceNames" in rule else ""
            yield f"`{one['metadata']['name']}`", on + named, _quoted(rule["verbs"])


def test_every_rule_has_its_row_and_no_row_is_of_a_rule_that_is_gone() -> None:
    """Role, resources and verbs are those of the rendered chart, each with a reason."""
    section = (CHECKOUT / PAGE).read_text().partition("## Rights")[2].partition("\n## ")[0]
    documented = re.findall(r"^\| (`[^|]+`) \| (`[^|]+) \| (`[^|]+) \| [^|]+ \|$", section, re.MULTILINE)
    assert sorted(documented) == sorted(rows(rendered()))


def test_with_namespaces_the_rules_are_the_same() -> None:
    """Only where they hold is another."""
    chosen = rendered("watchNamespaces={words,news}")
    assert set(rows(chosen)) == set(rows(rendered()))
