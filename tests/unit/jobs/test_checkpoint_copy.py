"""A copy of a Spark checkpoint is the checkpoint of its last finished batch."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from wordcount_core.failures import JobFailure
from wordcount_core.options import Options, Rate, Text, Window
from wordcount_core.storage_uris import with_scheme
from wordcount_jobs.common import state_compatibility
from wordcount_jobs.common.storage import storage_path
from wordcount_jobs.spark.checkpoint_copy import copy, is_complete, last_finished_batch


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    """Batch 12 is finished, batch 13 is under way: its offsets and part of its state are written already."""
    root = tmp_path / "state" / "g1"
    positions = {"0": {"logOffset": 4}, "1": {"lines": {"0": 70}}}
    lines = ["v1", "{}", *(json.dumps(each) for each in positions.values())]
    names = {
        "metadata": "{}",
        "wordcount.json": "{}",
        **{f"offsets/{n}": "\n".join(lines) for n in (11, 12, 13)},
        **{f"offsets/.{n}.crc": "" for n in (11, 12, 13)},
        **{f"commits/{n}": "v1" for n in (11, 12)},
        **{f"state/0/0/{n}.delta": "" for n in (12, 13, 14)},
        "state/0/0/10.snapshot": "",
        "state/0/0/.14.delta.crc": "",
        **{f"state/1/0/{n}_3f2a-91.changelog": "" for n in (12, 13, 14)},
        "state/1/0/13_3f2a-91.zip": "",
        "state/1/0/.14_3f2a-91.changelog.77c0.tmp": "",
        **{f"state/1/0/SSTs/{name}": "" for name in ("000099-74e1.sst", ".000099-74e1.sst.crc")},
        "state/0/_metadata/metadata": "",
        "state/0/_metadata/v2/20": "",
        **{f"sources/0/{n}": "" for n in ("3.compact", "4", "5")},
        "sources/1/0": "",
        "savepoints/savepoint-old/metadata": "",
    }
    for name, text in names.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def names(folder: Path) -> set[str]:
    """All files below, as paths."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_what_a_later_batch_wrote_is_left_out(checkpoint: Path, tmp_path: Path) -> None:
    """Offsets, state of a later version, and what the file source has listed since; other savepoints too."""
    assert copy(checkpoint, tmp_path / "copy") == 12
    left_out = {
        *("offsets/13", "offsets/.13.crc", "state/0/0/14.delta", "state/0/0/.14.delta.crc", "sources/0/5"),
        *("state/1/0/14_3f2a-91.changelog", "state/1/0/.14_3f2a-91.changelog.77c0.tmp"),
        "savepoints/savepoint-old/metadata",
    }
    assert names(tmp_path / "copy") == names(checkpoint) - left_out


def test_a_copy_that_exists_is_left_as_it_is(checkpoint: Path, tmp_path: Path) -> None:
    """Asking twice makes one."""
    copy(checkpoint, tmp_path / "copy")
    (checkpoint / "commits" / "13").write_text("v1")
    assert copy(checkpoint, tmp_path / "copy") == 12


def test_a_copy_that_was_cut_short_is_begun_again(checkpoint: Path, tmp_path: Path) -> None:
    """It counts as a copy once Spark's `metadata` is there, which comes last."""
    for half in ("offsets", "commits"):
        (tmp_path / "copy" / half).mkdir(parents=True)
        (tmp_path / "copy" / half / "99").write_text("half")
    assert not is_complete(tmp_path / "copy")
    assert copy(checkpoint, tmp_path / "copy") == 12
    assert is_complete(tmp_path / "copy")
    assert "offsets/99" not in names(tmp_path / "copy")


def test_without_a_finished_batch_there_is_no_savepoint(tmp_path: Path) -> None:
    """Nothing was counted yet."""
    with pytest.raises(FileNotFoundError, match="no finished micro-batch"):
        last_finished_batch(tmp_path)


def options(place: Path | None, own: Path, lowercase: bool = False) -> Options:
    """A run that begins from a place."""
    return Options(
        "fork",
        Rate(1),
        text=Text(lowercase=lowercase),
        checkpoint_dir=str(own),
        restore_from=str(place) if place else None,
    )


def test_a_state_remembers_what_it_was_counted_by(tmp_path: Path) -> None:
    """The same engine and text rules continue from it, from any folder in it; others are refused."""
    own, fork = tmp_path / "a" / "g1", tmp_path / "b" / "g1"
    state_compatibility.check_and_record(options(None, own), "spark")
    savepoint = own / "savepoints" / "savepoint-1"
    savepoint.mkdir(parents=True)
    state_compatibility.check_and_record(options(savepoint, fork), "spark")
    for other in (options(savepoint, fork, lowercase=True), options(savepoint, fork)):
        engine = "spark" if other.text.lowercase else "flink"
        with pytest.raises(JobFailure) as caught:
            state_compatibility.check_and_record(other, engine)
        assert caught.value.cause == "StateIncompatible"
        assert "spec.checkpoint.restoreFrom" in caught.value.message


def test_a_state_of_windows_is_no_beginning_for_totals_nor_for_other_windows(tmp_path: Path) -> None:
    """Only the same windows continue from it; totals continue from a state of before there were windows."""
    minute, own = Window(60_000), tmp_path / "windows"
    state_compatibility.check_and_record(replace(options(None, own), window=minute), "spark")
    for number, window in enumerate((minute, Window(30_000), None)):
        job = replace(options(own, tmp_path / str(number)), window=window)
        if window == minute:
            state_compatibility.check_and_record(job, "spark")
        else:
            with pytest.raises(JobFailure, match=r"spec\.window"):
                state_compatibility.check_and_record(job, "spark")
    state_compatibility.check_and_record(options(None, tmp_path / "totals"), "spark")
    known = json.loads((tmp_path / "totals" / state_compatibility.NAME).read_text())
    assert known.keys() == {"engine", "text"}


def test_a_state_of_one_latency_is_no_beginning_for_the_other(tmp_path: Path) -> None:
    """They are kept by other operators (Flink) or by another store (Spark)."""
    usual = options(None, tmp_path / "usual")
    low = replace(usual, latency="low", checkpoint_dir=str(tmp_path / "low"))
    for job, other in ((usual, low), (low, usual)):
        state_compatibility.check_and_record(job, "spark")
        fork = str(tmp_path / f"{job.latency}-fork")
        with pytest.raises(JobFailure, match=r"spec\.latency"):
            state_compatibility.check_and_record(
                replace(other, restore_from=job.checkpoint_dir, checkpoint_dir=fork), "spark"
            )
        state_compatibility.check_and_record(
            replace(job, restore_from=job.checkpoint_dir, checkpoint_dir=fork), "spark"
        )


def test_a_place_where_nothing_is_is_named(tmp_path: Path) -> None:
    """It never becomes a silent start from zero."""
    with pytest.raises(JobFailure) as caught:
        state_compatibility.check_and_record(options(tmp_path / "nothing", tmp_path / "own"), "flink")
    assert caught.value.cause == "StateUnavailable"
    assert "remove restoreFrom to count from the beginning" in caught.value.message
    assert not (tmp_path / "own").exists()


def test_a_bucket_s_state_is_no_beginning_for_a_folder_s(tmp_path: Path) -> None:
    """A run reaches one storage: its own."""
    own = tmp_path / "own"
    with pytest.raises(JobFailure, match="in the same store"):
        state_compatibility.check_and_record(
            replace(options(None, own), restore_from="s3a://bucket/state/g1"), "spark"
        )
    assert not own.exists()


def test_every_way_to_write_a_folder_is_read() -> None:
    """Flink writes URIs, and with one slash or with three."""
    for written in ("file:///data/x", "file:/data/x", "/data/x"):
        assert storage_path(written) == Path("/data/x")
        assert with_scheme(written) in ("file:///data/x", written)
        assert ":" in with_scheme(written)
        assert storage_path(with_scheme(written)) == Path("/data/x")
    assert storage_path(None) is None
