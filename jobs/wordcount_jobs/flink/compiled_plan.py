"""Numbers the nodes of a compiled plan from 1 on, so that state finds its operators; never changes what the plan does.

Flink derives an operator's uid from its node's number, and counts nodes on through the life of a JVM: the second program
that a session compiles would get other uids than the first, and could not read its state. Seen with Flink 2.3.
"""

import json
from typing import Any


def with_stable_uids(plan: str) -> str:
    """The plan (JSON, as `CompiledPlan.asJsonString` writes it) with its nodes numbered 1, 2, … in their order."""
    document: dict[str, Any] = json.loads(plan)
    numbers = {node["id"]: number for number, node in enumerate(document["nodes"], 1)}
    for node in document["nodes"]:
        node["id"] = numbers[node["id"]]
    for edge in document["edges"]:
        edge |= {"source": numbers[edge["source"]], "target": numbers[edge["target"]]}
    return json.dumps(document)
