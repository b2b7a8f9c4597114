"""Says what a person does next, one sentence for each cause and each phase."""

from wordcount_core.causes import Cause
from wordcount_operator.planning import phases

CAUSES: dict[str, str] = {
    Cause.INFRASTRUCTURE: (
        "nothing, it is tried again; if no node has room, make room or lower spec.resources"
    ),
    Cause.OUT_OF_MEMORY: (
        "raise spec.resources.worker.memory or spec.resources.driver.memory, whichever pod it was"
    ),
    Cause.IMAGE: (
        "correct spec.spark.image or spec.flink.image, or let the nodes pull it; it goes on by itself then"
    ),
    Cause.SOURCE_UNAVAILABLE: (
        "start what spec.source names, or correct its address; it is tried again by itself"
    ),
    Cause.SINK_UNAVAILABLE: "start what spec.sink names, or correct its address; it is tried again by itself",
    Cause.STATE_INCOMPATIBLE: (
        "write the spec.text, spec.window and spec.latency that the state was made with, or start "
        "from zero: spec.upgrade.mode: stateless, then `wordcount restart NAME`"
    ),
    Cause.STATE_UNAVAILABLE: (
        "restore what spec.checkpoint.storage names (a full volume, an unreachable store), or choose"
        " another point: `wordcount checkpoints NAME`, then spec.checkpoint.restoreFrom of a new resource"
    ),
    Cause.ZOMBIE_WRITER: "let the other run that writes to this state end; it is tried again by itself",
    Cause.USER_CODE: "read `wordcount logs NAME`: a program failed",
    Cause.STALLED: (
        "read `wordcount logs NAME` for what hangs; raise spec.restart.stalledAfter if it is only slow"
    ),
}
PHASES = {
    "": "check that the operator runs; it has not processed this resource yet",
    **{phase.name: phase.next_step for phase in phases.PHASES},
}
FINAL = ("Failed", "Suspending", "Suspended", "Upgrading", "RolledBack", "Deleting", "Running")
"""Phases in which the cause of the last failure is no longer what there is to do, or not all of it."""


def next_step(phase: str, cause: str, name: str) -> str:
    """Return the sentence, with the resource's name in its commands."""
    last = PHASES.get(phase, PHASES["Stalled"])
    if phase == "Failed" and cause in CAUSES:
        last = (
            f"{CAUSES[cause]}; then edit the spec or `wordcount restart NAME`: it is not retried until then"
        )
    elif phase not in FINAL:
        last = CAUSES.get(cause, last)
    return last.replace("NAME", name)
