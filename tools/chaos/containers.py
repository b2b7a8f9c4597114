"""Finds the processes of a pod on this machine without the API server, which may be dead."""

import json
import os
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tools.cluster import leftovers
from tools.cluster.paths import RUN

TASKS = RUN / "containerd" / "io.containerd.runtime.v2.task" / "k8s.io"
"""Here containerd keeps a folder for each container: its configuration, and the number of its first process.
"""
NOTE = "io.kubernetes.cri."


@dataclass(frozen=True)
class Container:
    """A running container of a pod."""

    pod: str
    pid: int
    """Its first process: when that dies, all die."""


def find(namespace: str, pod: str) -> Container | None:
    """The container of the first pod of the namespace whose whole name matches; None where none runs."""
    if not TASKS.exists():
        raise AssertionError(
            "chaos stops processes of the cluster that `make cluster` builds without Docker; it is not up"
        )
    ours = set(leftovers.in_cgroups())
    found = []
    for folder in TASKS.iterdir():
        with suppress(OSError, ValueError):  # it begins or ends at this moment
            notes = json.loads((folder / "config.json").read_text())["annotations"]
            name = notes[f"{NOTE}sandbox-name"]
            here = (
                notes[f"{NOTE}container-type"] == "container"
                and notes[f"{NOTE}sandbox-namespace"] == namespace
            )
            if here and re.fullmatch(pod, name) and (pid := int((folder / "init.pid").read_text())) in ours:
                found.append(Container(name, pid))
    return min(found, key=lambda each: each.pod, default=None)


def processes(container: Container) -> list[int]:
    """All of its processes: those of our cgroups that see the same process numbers."""
    inside = []
    for pid in {*leftovers.in_cgroups()}:
        with suppress(OSError):
            if _numbering(pid) == _numbering(container.pid):
                inside.append(pid)
    return inside


def entered(container: Container, *words: str) -> list[str]:
    """The command line that runs a program in the container and, unlike `kubectl exec`, outlives the API
    server.
    """
    return ["nsenter", f"--target={container.pid}", "--mount", "--net", "--pid", *words]


def _numbering(pid: int) -> str:
    return os.readlink(Path("/proc", str(pid), "ns", "pid"))
