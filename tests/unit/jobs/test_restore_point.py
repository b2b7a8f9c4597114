"""What a job left is found from the folder of its last stop, as Flink lays out its files."""

import os
from pathlib import Path

from wordcount_jobs.flink.restore_point import newest_restore_point

JOB = "0123456789abcdef0123456789abcdef"


def left(root: Path, *places: str) -> str:
    """The folder of the job's last stop, with these savepoints and checkpoints around it."""
    for each in places:
        (root / each).mkdir(parents=True)
        (root / each / "_metadata").touch()
        times = len(list(root.rglob("_metadata")))
        os.utime(root / each / "_metadata", (times, times))
    return f"{root}/savepoints/{JOB}"


def test_the_savepoint_of_the_stop_comes_first(tmp_path: Path) -> None:
    """A job that has stopped has no later state."""
    folder = left(tmp_path, f"{JOB}/chk-12", f"savepoints/{JOB}/savepoint-012345-1")
    assert newest_restore_point(folder) == f"{folder}/savepoint-012345-1"
    assert newest_restore_point(f"file://{folder}") == f"{folder}/savepoint-012345-1"


def test_a_job_that_went_on_after_its_savepoint_has_newer_checkpoints(tmp_path: Path) -> None:
    """The savepoint was made and the stop failed."""
    folder = left(tmp_path, f"savepoints/{JOB}/savepoint-012345-1", f"{JOB}/chk-13")
    assert newest_restore_point(folder) == f"{tmp_path}/{JOB}/chk-13"


def test_without_one_the_newest_whole_checkpoint_counts(tmp_path: Path) -> None:
    """The stop failed, so Flink has kept the checkpoints; by number, and not one that was never finished."""
    folder = left(tmp_path, f"{JOB}/chk-9", f"{JOB}/chk-10")
    (tmp_path / JOB / "chk-11").mkdir()
    (tmp_path / "savepoints" / JOB / "savepoint-012345-1").mkdir(parents=True)
    assert newest_restore_point(folder) == f"{tmp_path}/{JOB}/chk-10"


def test_a_checkpoint_that_was_discarded_meanwhile_is_followed_to_the_newest(tmp_path: Path) -> None:
    """What the operator saw last is not what the job left last; also where that still exists."""
    left(tmp_path, f"{JOB}/chk-34", f"{JOB}/chk-35")
    for observed in (12, 34, 35):
        assert newest_restore_point(f"{tmp_path}/{JOB}/chk-{observed}") == f"{tmp_path}/{JOB}/chk-35"


def test_nothing_is_nothing_and_any_other_place_is_what_it_is(tmp_path: Path) -> None:
    """Never somebody else's state instead."""
    assert newest_restore_point(f"{tmp_path}/savepoints/{JOB}") is None
    assert newest_restore_point(f"{tmp_path}/{JOB}/chk-1") is None
    for other in (
        "/data/state/g1/savepoints/savepoint-1",
        f"/data/state/g1/savepoints/{JOB}/savepoint-012345-1",
    ):
        assert newest_restore_point(other) == other


def test_a_savepoint_whose_stop_failed_is_used_anyway(tmp_path: Path) -> None:
    """It was made and the stop failed. It is newer than the last known checkpoint, so it is used."""
    folder = left(tmp_path, f"{JOB}/chk-12", f"savepoints/{JOB}/savepoint-012345-1")
    assert newest_restore_point(f"{tmp_path}/{JOB}/chk-12") == f"{folder}/savepoint-012345-1"
