"""What belongs to the cluster is found, and nothing else; nothing is killed or unmounted here."""

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.cluster import leftovers
from tools.cluster.paths import MARK
from tools.cluster.terminal import ClusterError

MOUNTINFO = """\
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 22 0:5 / /run/wordcount-cluster/containerd/a rw - tmpfs tmpfs rw
31 30 0:6 / /run/wordcount-cluster/containerd/a/b\\040c rw - overlay overlay rw
32 22 0:7 / /run/wordcount-cluster-of-someone-else rw - tmpfs tmpfs rw
33 22 0:8 / /var/lib/wordcount-cluster/kubelet/pods/x rw - tmpfs tmpfs rw
34 22 0:9 / /var/lib/kubelet/pods/y rw - tmpfs tmpfs rw
"""


def test_only_mounts_in_our_folders_go_and_the_innermost_first() -> None:
    """A folder whose name merely begins like ours is somebody else's."""
    assert leftovers.mounts(MOUNTINFO.splitlines()) == [
        "/var/lib/wordcount-cluster/kubelet/pods/x",
        "/run/wordcount-cluster/containerd/a/b c",
        "/run/wordcount-cluster/containerd/a",
    ]


@pytest.mark.parametrize(
    ("environment", "part"),
    [
        (b"PATH=/bin\0" + MARK.encode() + b"=etcd\0HOME=/\0", "etcd"),
        (MARK.encode() + b"=kubelet", "kubelet"),
        (b"PATH=/bin\0HOME=/\0", None),
        (b"X" + MARK.encode() + b"=etcd\0", None),
        (MARK.encode() + b"S=etcd\0", None),
        (MARK.encode() + b"=\0", None),
        (b"", None),
    ],
)
def test_the_mark_is_one_exact_variable(environment: bytes, part: str | None) -> None:
    """Only the whole name counts, wherever it is in the environment."""
    assert leftovers.mark(environment) == part


@pytest.fixture
def sleeper() -> Iterator[int]:
    """A marked process whose program is not the part that it is marked with, as with a containerd shim."""
    with subprocess.Popen(["sleep", "60"], env={**os.environ, MARK: "containerd-in-a-test"}) as process:
        # Popen returns when the program is loaded, a moment before the kernel shows its environment.
        while not Path(f"/proc/{process.pid}/environ").read_bytes():
            time.sleep(0.01)
        yield process.pid
        process.kill()


def test_a_child_of_a_part_is_found_but_is_not_the_part(sleeper: int) -> None:
    """`down` has to end the children too, and `status` must not take one for the part itself."""
    assert leftovers.marked()[sleeper] == "containerd-in-a-test"
    assert os.getpid() not in leftovers.marked()
    assert "containerd-in-a-test" not in leftovers.running()


def test_what_stays_is_named() -> None:
    """Clearing gives up with the names of what is left, and ends at once when there is nothing."""
    leftovers.until("mounts", list, seconds=0)
    with pytest.raises(ClusterError, match=r"these mounts of the cluster do not go away: /a, /b"):
        leftovers.until("mounts", lambda: ["/a", "/b"], seconds=0)


def test_waiting_for_dead_processes_has_an_end() -> None:
    """A process that lives on does not hold `down` up for ever."""
    leftovers.await_burial([os.getpid()], seconds=0.05)
