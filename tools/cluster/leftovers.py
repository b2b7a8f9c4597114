"""Finds and ends everything that the one-node cluster has on this machine.

It must never touch a process, mount or cgroup that is not the cluster's own: it goes by the mark in a
process's environment, by the cluster's cgroup and by its two folders, never by names or remembered process
numbers.
"""

import os
import shutil
import signal
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from tools.cluster import network
from tools.cluster.paths import CGROUP, IMAGES, MARK, NETNS, RUN, VAR
from tools.cluster.terminal import ClusterError, run, succeeds

CGROUPS = Path("/sys/fs/cgroup")


def clear() -> None:
    """End processes, then remove mounts, network, cgroups and files, except the images.

    May run at any time.
    """
    killed: set[int] = set()
    until("processes", lambda: kill(killed))
    await_burial(killed)
    until("mounts", unmount)
    network.remove()
    until("cgroups", remove_cgroups)
    for folder in [RUN, *(VAR.iterdir() if VAR.exists() else ())]:
        if folder != IMAGES:
            shutil.rmtree(folder, ignore_errors=True)
    for link in Path("/var/log/containers").glob("*.log"):  # the kubelet writes these at fixed places
        if str(VAR) in os.readlink(link):
            link.unlink()
    for file in Path("/var/lib/cni/results").glob(f"{NETNS}-*"):
        file.unlink()


def until(what: str, attempt: Callable[[], list[str]], seconds: float = 30) -> None:
    """Call `attempt` until it finds nothing left.

    Raise ClusterError with what it names after so many seconds.
    """
    end = time.monotonic() + seconds
    while left := attempt():
        if time.monotonic() > end:
            raise ClusterError(f"these {what} of the cluster do not go away: {', '.join(left[:10])}")
        time.sleep(0.05)


def kill(killed: set[int]) -> list[str]:
    """Kill every process of the cluster and note it in `killed`.

    Returns those found, so none when all are gone.
    """
    found = {*marked(), *in_cgroups()}
    for pid in found:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    killed |= found
    return [str(pid) for pid in sorted(found)]


def await_burial(killed: Iterable[int], seconds: float = 5) -> None:
    """Give this machine's first process some time to take dead processes off the list.

    They do nothing any more.
    """
    end = time.monotonic() + seconds
    while any(Path(f"/proc/{pid}").exists() for pid in killed) and time.monotonic() < end:
        time.sleep(0.02)


def marked() -> dict[int, str]:
    """Return process number → the part that its environment names, for the cluster's processes."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environment = (folder / "environ").read_bytes()
        except OSError:  # it ended meanwhile
            continue
        part = mark(environment)
        if part:
            found[int(folder.name)] = part
    return found


def mark(environment: bytes) -> str | None:
    """The part that a process's environment (as /proc has it) names, if any."""
    for entry in environment.split(b"\0"):
        name, _, value = entry.partition(b"=")
        if name == MARK.encode():
            return value.decode(errors="replace") or None
    return None


def running() -> dict[str, int]:
    """Part → its process number, for the parts that run now; their children and shims are left out."""
    found = {}
    for pid, part in marked().items():
        try:
            program = Path(os.readlink(f"/proc/{pid}/exe").removesuffix(" (deleted)")).name
        except OSError:
            continue
        if program == part:
            found[part] = pid
    return found


def cgroup_folders() -> list[Path]:
    """Our cgroups in each hierarchy of cgroup 1 and in the single one of cgroup 2, the innermost first."""
    tops = [CGROUPS / CGROUP, *CGROUPS.glob(f"*/{CGROUP}")]
    return [Path(folder) for top in tops for folder, _, _ in os.walk(top, topdown=False)]


def in_cgroups() -> list[int]:
    """The processes of all our containers."""
    found: list[int] = []
    for folder in cgroup_folders():
        try:
            found += map(int, (folder / "cgroup.procs").read_text().split())
        except OSError:  # removed meanwhile
            continue
    return [
        pid for pid in found if pid
    ]  # 0: a process of a namespace that we cannot see, and to kill() ourselves


def remove_cgroups() -> list[str]:
    """Remove our cgroups; returns those that are still busy."""
    for folder in cgroup_folders():
        try:
            folder.rmdir()
        except OSError:
            continue
    return [str(folder) for folder in cgroup_folders()]


def make_cgroups() -> None:
    """Make the cgroup under which the kubelet puts its pods."""
    if (CGROUPS / "cgroup.controllers").exists():
        controllers = (CGROUPS / "cgroup.controllers").read_text().split()
        (CGROUPS / "cgroup.subtree_control").write_text(" ".join(f"+{name}" for name in controllers))
        (CGROUPS / CGROUP).mkdir()
        return
    for hierarchy in CGROUPS.iterdir():
        if hierarchy.is_dir() and not hierarchy.is_symlink() and (hierarchy / "cgroup.procs").exists():
            (hierarchy / CGROUP).mkdir(exist_ok=True)


def unmount() -> list[str]:
    """Unmount everything below the cluster's folders.

    Returns what was mounted, so nothing when all is gone.
    """
    found = mounts(Path("/proc/self/mountinfo").read_text().splitlines())
    for point in found:
        if not succeeds("umount", point):
            run("umount", "--lazy", point)
    return found


def mounts(mountinfo: Iterable[str]) -> list[str]:
    """The mount points below the cluster's folders, the innermost first, from the lines of mountinfo."""
    points = [line.split()[4].encode().decode("unicode_escape") for line in mountinfo]
    return [
        point
        for point in reversed(points)
        if Path(point).is_relative_to(RUN) or Path(point).is_relative_to(VAR)
    ]
