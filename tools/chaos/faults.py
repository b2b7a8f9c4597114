"""Injects a fault, and makes sure that it is undone even if this program is killed meanwhile.

It signals only processes of the cluster's own containers, and its API server.
"""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass

from tools.chaos.containers import Container, find, processes
from tools.chaos.schedule import Fault, change
from tools.cluster import leftovers, parts
from tools.cluster.paths import CHECKOUT
from tools.testbed import deployment
from tools.testbed.kube import SWC, Refused, Space, command
from wordcount_operator.model.objects import SAVEPOINT_ANNOTATION

PODS = {
    "driver": "chaos-spark-driver",
    "executor": r"chaos-spark-\d+-exec-\d+",
    "JobManager": r"flink-\w+-\w+-\w+",
    "TaskManager": r"flink-\w+-taskmanager-\d+-\d+",
    "Kafka": r"kafka-\w+-\w+",
    "S3": r"s3(-\w+)*",
}
"""Target → the names of its pods."""
RESOURCES = {"Spark resource": "chaos-spark", "Flink resource": "chaos-flink"}
DOWN = 1.0
"""Seconds for which a killed API server stays down before it is started again."""
REQUEST_TIMEOUT = 60.0
"""Seconds in which the API server has to answer again."""
_REPAIR = (sys.executable, "-c", "from tools.cluster import node; node.repair()")
_CONTINUE = ("sh", "-c", 'kill -CONT "$@" 2>/dev/null; true', "sh")

Undo = subprocess.Popen[bytes]


@dataclass(frozen=True)
class Injected:
    """What was really done, in words, and the process that undoes it."""

    did: str
    undoing: Undo | None = None


def inject(space: Space, fault: Fault) -> Injected | None:
    """Inject a fault; return None if its target is not there at the moment."""
    if fault.target in RESOURCES:
        return _ask(space, RESOURCES[fault.target], fault)
    if fault.target == "API server":
        return _api_server(fault)
    container = _leader() if fault.target == "operator" else find(space.name, PODS[fault.target])
    if container is None:
        return None
    match fault.act:
        case "kill":
            return _signal([container.pid], signal.SIGKILL, f"SIGKILL to {container.pod}")
        case "pause":
            return _pause(processes(container), container.pod, fault.lasts)
        case _:
            where = deployment.SYSTEM if fault.target == "operator" else space
            with_retries(
                where, "delete", "pod", container.pod, "--ignore-not-found", "--force", "--grace-period=0"
            )
            return Injected(f"pod {container.pod} deleted")


def _ask(space: Space, name: str, fault: Fault) -> Injected:
    """What a person may ask of a resource at any time."""
    if fault.act == "savepoint":
        with_retries(
            space, "annotate", SWC, name, f"{SAVEPOINT_ANNOTATION}=chaos-{fault.at:.0f}", "--overwrite"
        )
        return Injected(f"savepoint of {name}")
    if fault.act == "suspend":
        with_retries(space, *_patch(name, {"suspend": True}))
        again = command("-n", space.name, *_patch(name, {"suspend": False}))
        return Injected(f"{name} suspended for {fault.lasts:.1f} s", later(fault.lasts, *again))
    with_retries(space, *_patch(name, change(fault.field, fault.value)))
    return Injected(f"{name}: {fault.field} = {fault.value}")


def _patch(name: str, spec: dict[str, object]) -> tuple[str, ...]:
    return ("patch", SWC, name, "--type=merge", "-p", json.dumps({"spec": spec}))


def _api_server(fault: Fault) -> Injected | None:
    """Nobody but us starts a dead API server again."""
    pid = leftovers.running().get(parts.API_SERVER.name)
    if pid is None:
        return None
    if fault.act == "pause":
        return _pause([pid], parts.API_SERVER.name, fault.lasts)
    return _signal([pid], signal.SIGKILL, f"SIGKILL to {parts.API_SERVER.name}", later(DOWN, *_REPAIR))


def supervise() -> tuple[str, ...]:
    """Starts those of the cluster's own programs again that have died by themselves, as an init system would.

    Their names.
    """
    now = leftovers.running()
    dead = tuple(part.name for part in parts.LASTING if part.name not in now and part is not parts.API_SERVER)
    if dead:
        later(0, *_REPAIR).wait()
    return dead


def _leader() -> Container | None:
    """The replica that holds the Lease."""
    lease = (
        "get",
        "lease",
        deployment.DEPLOYMENT,
        "--ignore-not-found",
        "-o",
        "jsonpath={.spec.holderIdentity}",
    )
    holder = with_retries(deployment.SYSTEM, *lease)
    return find(deployment.SYSTEM.name, holder) if holder else None


def _pause(pids: list[int], what: str, seconds: float) -> Injected | None:
    """The one that continues them is there before they are stopped."""
    undoing = later(seconds, *_CONTINUE, *map(str, pids))
    return _signal(pids, signal.SIGSTOP, f"{what} stopped for {seconds:.1f} s", undoing)


def _signal(
    pids: list[int], number: signal.Signals, did: str, undoing: Undo | None = None
) -> Injected | None:
    """None where none of them was there any more."""
    struck = 0
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
            struck += 1
    if struck == 0 and undoing:
        undoing.kill()
        undoing.wait()
    return Injected(did, undoing) if struck else None


def later(seconds: float, *words: str) -> Undo:
    """Runs a command after so many seconds, and again until it succeeds.

    A process of its own, which outlives this one.
    """
    script = 'sleep "$0"; for _ in $(seq 120); do "$@" && exit; sleep 0.5; done; exit 1'
    return subprocess.Popen(
        ["sh", "-c", script, f"{seconds:.2f}", *words],
        cwd=CHECKOUT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def with_retries(space: Space, *words: str) -> str:
    """What kubectl printed, asked again while the API server is away; raises Refused after `PATIENCE`."""
    end = time.monotonic() + REQUEST_TIMEOUT
    while True:
        try:
            return space.kubectl("--request-timeout=15s", *words)
        except Refused:
            if time.monotonic() > end:
                raise
            time.sleep(0.5)
