"""The same program compiled twice in one JVM is the same plan."""

import json

from wordcount_jobs.flink.compiled_plan import with_stable_uids


def compiled(first: int) -> str:
    """A plan of three nodes as Flink compiles it when it has counted up to `first` in this JVM."""
    nodes = [{"id": first + n, "type": kind} for n, kind in enumerate(("scan", "aggregate", "sink"))]
    edges = [{"source": first + n, "target": first + n + 1, "shuffle": {"type": "HASH"}} for n in (0, 1)]
    return json.dumps({"flinkVersion": "2.3", "nodes": nodes, "edges": edges})


def test_a_later_compilation_is_the_same_plan() -> None:
    """So its operators have the uids that the state knows."""
    assert with_stable_uids(compiled(2)) == with_stable_uids(compiled(11)) == with_stable_uids(compiled(1))


def test_edges_follow_their_nodes() -> None:
    """Nothing else changes."""
    assert json.loads(with_stable_uids(compiled(7))) == json.loads(compiled(1))
