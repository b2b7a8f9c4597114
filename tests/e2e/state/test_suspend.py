"""Suspending stops an engine and keeps its state, and resuming goes on from there."""

import json

from tools.testbed import ENGINES
from tools.testbed.kube import SWC, until
from tools.testbed.pair import Pair


def forget_the_name(pair: Pair) -> None:
    """Leaves of the Flink savepoint's place the folder alone: what the operator knows where the JobManager
    died just then.
    """
    latest = pair.space.status("pair-flink")["checkpoint"]["latest"]
    folder, _, name = latest["location"].rpartition("/")
    assert name.startswith("savepoint-")
    change = json.dumps({"status": {"checkpoint": {"latest": {**latest, "location": folder}}}})
    pair.space.kubectl("patch", SWC, "pair-flink", "--subresource=status", "--type=merge", "-p", change)


def test_suspend_and_resume(pair: Pair) -> None:
    """While suspended nothing runs.

    Afterwards the counts go on, and the lines that came meanwhile are counted too.

    Also if the operator did not learn the name of Flink's savepoint.
    """
    pair.mark()
    with pair.producing():
        for engine in ENGINES:
            pair.space.patch(f"pair-{engine}", suspend=True)
        for engine in ENGINES:
            pair.space.wait_phase(f"pair-{engine}", "Suspended")
        until(lambda: not pair.pods(), 60, "the pods are gone", lambda: pair.space.kubectl("get", "pods"))
        forget_the_name(pair)
        attempts = {engine: pair.space.status(f"pair-{engine}")["attempt"]["number"] for engine in ENGINES}
    for engine in ENGINES:
        pair.space.patch(f"pair-{engine}", suspend=False)
    for engine in ENGINES:
        status = pair.back(engine, "Suspended", "Starting")
        assert status["attempt"]["number"] == attempts[engine] + 1
        phases = ["Running", "Suspending", "Suspended", "Starting", "Running"]
        assert pair.since(engine) == phases
    pair.settle()
