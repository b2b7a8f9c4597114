"""Renumbers the nodes of a compiled plan from 1, so that state finds its operators again.

Flink derives the uid of an operator from the number of its node, and numbers nodes for the whole life of a
JVM. The second program that a session compiles would get other uids than the first, and could not read its
state (Flink 2.3).
"""

import json
from typing import Any


def with_stable_uids(plan: str) -> str:
    """Return the plan (JSON of `CompiledPlan.asJsonString`) with its nodes numbered 1, 2, … in order."""
    document: dict[str, Any] = json.loads(plan)
    numbers = {node["id"]: number for number, node in enumerate(document["nodes"], 1)}
    for node in document["nodes"]:
        node["id"] = numbers[node["id"]]
    for edge in document["edges"]:
        edge |= {"source": numbers[edge["source"]], "target": numbers[edge["target"]]}
    return json.dumps(document)
