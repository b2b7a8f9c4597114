"""Which fault happens when: it follows from the seed alone."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle

GAP = (1.0, 5.0, 15.0)
"""Seconds between two faults: at least, before the bounds on average, at most."""
LASTING = {"pause": (2.0, 9.0), "suspend": (3.0, 10.0)}
"""Acts that are undone, after so many seconds: at least, at most."""

POD = ("kill", "delete", "pause")
SERVER = ("kill", "pause")
RESOURCE = ("edit", "edit", "suspend", "savepoint")
ACTS = {
    "driver": POD,
    "executor": POD,
    "JobManager": POD,
    "TaskManager": POD,
    "operator": POD,
    "API server": SERVER,
    "Kafka": SERVER,  # what it holds goes with its pod, so that is never deleted
    "S3": SERVER,
    "Spark resource": RESOURCE,
    "Flink resource": RESOURCE,
}
"""Target → its acts. kill: SIGKILL. delete: the pod, without grace. pause: SIGSTOP, and SIGCONT later."""

EDITS: dict[str, tuple[object, ...]] = {
    "restartNonce": (1, 2),
    "checkpoint.retain": (5, 3),
    "parallelism": (1, 2),
    "resources.driver.memory": ("1152Mi", "1Gi"),
    "upgrade.mode": ("lastState", "savepoint"),
}
"""Field of the spec → the values that it takes in turn, so that each edit changes something."""


@dataclass(frozen=True)
class Fault:
    """One fault: what happens to which target, and when."""

    at: float
    """Seconds from the beginning."""
    target: str
    act: str
    lasts: float = 0.0
    """Seconds until it is undone; 0 where nobody undoes it but Kubernetes and the operator."""
    field: str = ""
    """What an edit changes in the spec, and to what."""
    value: object = None


def targets(storage: str) -> tuple[str, ...]:
    """Return what a fault can hit if state is on a `volume` or in `s3`."""
    return tuple(target for target in ACTS if storage == "s3" or target != "S3")


def faults(seed: int, among: tuple[str, ...]) -> Iterator[Fault]:
    """Yield faults without end; every target is hit once before one is hit again."""
    chance = random.Random(seed)
    values = {(target, field): cycle(EDITS[field]) for target in among for field in EDITS}
    least, mean, most = GAP
    at = 0.0
    while True:
        for target in chance.sample(among, len(among)):
            at += min(max(chance.expovariate(1 / mean), least), most)
            act = chance.choice(ACTS[target])
            if act in LASTING:
                yield Fault(at, target, act, lasts=chance.uniform(*LASTING[act]))
            elif act == "edit":
                field = chance.choice(list(EDITS))
                yield Fault(at, target, act, field=field, value=next(values[target, field]))
            else:
                yield Fault(at, target, act)


def change(field: str, value: object) -> dict[str, object]:
    """The part of a spec that says so: `a.b` and 1 are `{"a": {"b": 1}}`."""
    outer, _, inner = field.partition(".")
    return {outer: change(inner, value) if inner else value}
