"""A pod's processes are found by containerd's records, and only in the cluster's own cgroups."""

import json
import os
from pathlib import Path

import pytest

from tools.chaos import containers
from tools.cluster import leftovers

NOTE = containers.NOTE


def record(  # noqa: PLR0913 - each is a part of containerd's record
    tasks: Path, number: int, pid: int, kind: str = "container", space: str = "here", pod: str = "kafka-1"
) -> None:
    """What containerd writes down about a container."""
    folder = tasks / f"c{number}"
    folder.mkdir(parents=True)
    notes = {f"{NOTE}container-type": kind, f"{NOTE}sandbox-namespace": space, f"{NOTE}sandbox-name": pod}
    (folder / "config.json").write_text(json.dumps({"annotations": notes}))
    (folder / "init.pid").write_text(str(pid))


@pytest.fixture
def tasks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of tasks; of the numbers in it those below 100 are in our cgroups, and this process."""
    monkeypatch.setattr(containers, "TASKS", tmp_path)
    monkeypatch.setattr(leftovers, "in_cgroups", lambda: [*range(100), os.getpid()])
    return tmp_path


def test_the_container_of_the_named_pod_is_found(tasks: Path) -> None:
    """Not the pod's sandbox, not a namesake elsewhere, not a number that another process has by now."""
    record(tasks, 1, 11, kind="sandbox")
    record(tasks, 2, 12, space="elsewhere")
    record(tasks, 3, 13, pod="kafka-client")
    record(tasks, 4, 1000, pod="kafka-0")
    record(tasks, 5, 15)
    (tasks / "c6").mkdir()
    assert containers.find("here", r"kafka-\d") == containers.Container("kafka-1", 15)
    assert containers.find("here", "kafka") is None


def test_processes_are_those_that_share_its_numbering(tasks: Path) -> None:
    """This process sees itself."""
    assert containers.processes(containers.Container("me", os.getpid())).count(os.getpid()) == 1


def test_without_the_cluster_it_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rather than finding nothing for ever."""
    monkeypatch.setattr(containers, "TASKS", tmp_path / "none")
    with pytest.raises(AssertionError, match="make cluster"):
        containers.find("here", "kafka")
