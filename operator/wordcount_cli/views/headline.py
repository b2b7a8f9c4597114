"""Writes the first line about a resource: its name, its engine and its phase."""

from typing import Any

from rich.text import Text

from wordcount_operator.api.v1alpha1 import Condition, Status

COLOURS = {"Ready": "green", "Reconciling": "yellow", "Stalled": "red"}
"""Condition → the colour of the phase while this condition is true; the first true one counts."""


def head(found: dict[str, Any], status: Status) -> Text:
    """Return name, engine and phase, with the phase in the colour of the current condition."""
    metadata, engine, condition = found["metadata"], found["spec"]["engine"], current_condition(status)
    colour = COLOURS[condition.type] if condition else "yellow"
    name = f"{metadata['namespace']}/{metadata['name']} on {engine}: "
    return Text.assemble((name, "bold"), (status.phase or "no status yet", f"bold {colour}"))


def current_condition(status: Status) -> Condition | None:
    """Return the condition that describes the resource now, or None if it has no status yet."""
    true = {each.type: each for each in status.conditions if each.status == "True"}
    return next((true[kind] for kind in COLOURS if kind in true), None)
