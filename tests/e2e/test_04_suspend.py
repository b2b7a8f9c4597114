"""Suspending stops an engine and keeps its state, and resuming goes on from there."""

from tests.e2e.kube import until
from tests.e2e.pair import ENGINES, Pair


def test_suspend_and_resume(pair: Pair) -> None:
    """While suspended nothing runs; afterwards the counts go on, and the lines that came meanwhile are counted too."""
    pair.mark()
    with pair.typing():
        for engine in ENGINES:
            pair.space.patch(f"pair-{engine}", suspend=True)
        for engine in ENGINES:
            pair.space.wait_phase(f"pair-{engine}", "Suspended")
        until(lambda: not pair.pods(), 60, "the pods are gone", lambda: pair.space.kubectl("get", "pods"))
        attempts = {engine: pair.space.status(f"pair-{engine}")["attempt"]["number"] for engine in ENGINES}
    for engine in ENGINES:
        pair.space.patch(f"pair-{engine}", suspend=False)
    for engine in ENGINES:
        status = pair.back(engine, "Suspended", "Starting")
        assert status["attempt"]["number"] == attempts[engine] + 1
        phases = ["Running", "Suspending", "Suspended", "Starting", "Running"]
        assert pair.since(engine) == phases
    pair.settle()
