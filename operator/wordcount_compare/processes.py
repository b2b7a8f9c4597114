"""CPU time and memory of processes, from what Linux writes under /proc; the same for this machine and for a pod."""

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

TICKS = 100
"""Of a second, on every Linux; see proc(5) and sysconf(3)."""


@dataclass(frozen=True)
class Usage:
    """What some processes have used: CPU-seconds since they began, and bytes that they hold now."""

    cpu: float = 0.0
    memory: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(self.cpu + other.cpu, self.memory + other.memory)


def from_text(text: str) -> Usage:
    """Of all processes whose `stat` and `status` files the text holds, one after the other; ended children count with them."""
    stats = re.findall(r"^\d+ \(.*\) \S .*$", text, re.MULTILINE)
    ticks = sum(int(each) for line in stats for each in line.rpartition(")")[2].split()[11:15])
    memory = sum(int(each) for each in re.findall(r"^VmRSS:\s+(\d+) kB", text, re.MULTILINE))
    return Usage(ticks / TICKS, memory * 1024)


def of_session(session: int) -> Usage:
    """Of the processes of this machine that belong to a session, by the process id of whoever began it."""
    return from_text("\n".join(_files(session)))


def _files(session: int) -> Iterable[str]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                stat = (entry / "stat").read_text()
                if int(stat.rpartition(")")[2].split()[3]) == session:
                    yield f"{stat}\n{(entry / 'status').read_text()}"
