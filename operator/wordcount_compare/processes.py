"""Reads CPU time and memory of processes from Linux' /proc, of this machine or of a pod."""

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

TICKS_PER_SECOND = 100
"""The unit of CPU times in /proc on every Linux; see proc(5) and sysconf(3)."""


@dataclass(frozen=True)
class Usage:
    """What processes use: CPU-seconds since they started, and bytes of memory now."""

    cpu: float = 0.0
    memory: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(self.cpu + other.cpu, self.memory + other.memory)


def from_text(text: str) -> Usage:
    """Return the usage of processes, with ended children, from the text of their `stat` and `status`."""
    stats = re.findall(r"^\d+ \(.*\) \S .*$", text, re.MULTILINE)
    ticks = sum(int(each) for line in stats for each in line.rpartition(")")[2].split()[11:15])
    memory = sum(int(each) for each in re.findall(r"^VmRSS:\s+(\d+) kB", text, re.MULTILINE))
    return Usage(ticks / TICKS_PER_SECOND, memory * 1024)


def of_session(session: int) -> Usage:
    """Return the usage of all processes of a session of this machine; its id is the first process's id."""
    return from_text("\n".join(_files(session)))


def _files(session: int) -> Iterable[str]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                stat = (entry / "stat").read_text()
                if int(stat.rpartition(")")[2].split()[3]) == session:
                    yield f"{stat}\n{(entry / 'status').read_text()}"
