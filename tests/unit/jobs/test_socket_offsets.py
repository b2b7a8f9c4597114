"""Tests that a socket's checkpoint is prepared for another connection."""

from pathlib import Path

from wordcount_jobs.spark.socket_offsets import reset_socket_offsets


def checkpoint(folder: Path, offsets: dict[int, str], finished: int) -> str:
    """As Spark leaves it: a log of offsets with checksums, and which batches were finished."""
    for name in ("offsets", "commits"):
        (folder / name).mkdir()
    for batch, offset in offsets.items():
        (folder / "offsets" / str(batch)).write_text(f'v1\n{{"batchWatermarkMs":0}}\n{offset}')
        (folder / "offsets" / f".{batch}.crc").write_bytes(b"crc")
    for batch in range(finished + 1):
        (folder / "commits" / str(batch)).write_text("v1\n{}")
    return str(folder)


def test_the_last_finished_batches_have_read_nothing_and_the_unfinished_is_gone(tmp_path: Path) -> None:
    """The older ones stay as they are."""
    reset_socket_offsets(checkpoint(tmp_path, {0: "-1", 1: "80", 2: "149", 3: "200"}, finished=2))
    left = {each.name: each.read_text().splitlines()[-1] for each in (tmp_path / "offsets").glob("[0-9]*")}
    assert left == {"0": "-1", "1": "-", "2": "-"}
    assert {each.name for each in (tmp_path / "offsets").glob(".*")} == {".0.crc"}


def test_where_nothing_was_finished_it_begins_anew(tmp_path: Path) -> None:
    """Also in a folder that is not there yet."""
    reset_socket_offsets(checkpoint(tmp_path, {0: "80"}, finished=-1))
    assert not list((tmp_path / "offsets").iterdir())
    reset_socket_offsets(f"file://{tmp_path}/new")
