"""Clean-up removes the given paths and nothing else, on a real file system."""

from pathlib import Path

import pytest

from wordcount_jobs.tools import delete_state


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The state of one resource beside another's, as on a volume; the current folder is empty."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    root = tmp_path / "state" / "words" / "bible" / "uid-1"
    for name in ("g1/chk-1/_metadata", "g1/savepoints/savepoint-1/_metadata", "g2/chk-9/_metadata"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    other = tmp_path / "state" / "words" / "other" / "uid-2" / "chk-1"
    other.parent.mkdir(parents=True)
    other.write_text("not yours")
    return root


def test_without_a_path_the_whole_state_goes_and_nothing_of_others(state: Path) -> None:
    """And again is success too."""
    assert delete_state.main([str(state)]) == 0
    assert not state.parent.exists()
    assert (state.parents[1] / "other" / "uid-2" / "chk-1").read_text() == "not yours"
    assert delete_state.main([str(state)]) == 0


def test_a_path_goes_and_its_neighbours_stay(state: Path) -> None:
    """Also where the path is written as Flink writes it."""
    assert delete_state.main([str(state), f"file:{state}/g1/savepoints/savepoint-1"]) == 0
    assert (state / "g1/chk-1/_metadata").exists()
    assert not (state / "g1/savepoints/savepoint-1").exists()
    assert delete_state.main([str(state), f"file://{state}/g2"]) == 0
    assert not (state / "g2").exists()


@pytest.mark.parametrize(
    "path", ["{root}/../../other", "{root}x", "{root}/./g1", "g1", "", "/nowhere-at-all", "s3://bucket/state"]
)
def test_nothing_outside_of_the_root_is_accepted(state: Path, path: str) -> None:
    """Whatever the status of a resource might say.

    Only what is refused is tried here, without being removed.
    """
    with pytest.raises(ValueError, match=r"outside of|not an absolute path"):
        delete_state.checked_paths([str(state), path.format(root=state)])
    assert delete_state.main([str(state), path.format(root=state)]) == 2
    assert (state / "g1/chk-1/_metadata").exists()
    assert (state.parents[1] / "other" / "uid-2" / "chk-1").exists()


@pytest.mark.parametrize(
    "root",
    [
        *("", "/", "/data", ".", "state/a/b/c", "/data/state/a/b", "/data/state/a//c", "/data/state/a/../c"),
        *(
            "s3a://",
            "s3a://bucket",
            "s3a://bucket/state/a/b",
            "s3a://bucket/state/a/b/not-a-uid",
            "s3://bucket/a/b/c",
        ),
    ],
)
def test_a_root_that_is_no_resources_folder_is_refused(root: str) -> None:
    """An empty or a short one would be everything."""
    with pytest.raises(ValueError, match=r"must be a folder|not an absolute path"):
        delete_state.checked_paths([root])


def test_a_bucket_s_folder_is_one_resource_s_too() -> None:
    """Its uid is what no slip writes; paths are its own."""
    root = "s3a://bucket/team/state/words/bible/3f0e0a52-5a0f-4a4f-9d5a-0c9b0f3f2b11"
    assert delete_state.checked_paths([root]) == (root, [root])
    assert delete_state.checked_paths([root, f"{root}/g1/savepoints/savepoint-1/"])[1] == [
        f"{root}/g1/savepoints/savepoint-1"
    ]
    for stray in ("s3a://bucket/team/state/words/other", f"{root}x", "s3a://else/x", "/data/state/a/b/c"):
        with pytest.raises(ValueError, match="lies outside of"):
            delete_state.checked_paths([root, stray])


def test_no_argument_is_refused() -> None:
    """Nothing is not the current folder."""
    with pytest.raises(ValueError, match="must be a folder"):
        delete_state.checked_paths([])


def test_a_link_goes_and_what_it_points_to_stays(state: Path, tmp_path: Path) -> None:
    """A link out of the state is no way out of it."""
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "file").write_text("stays")
    (state / "g1" / "link").symlink_to(tmp_path / "precious")
    assert delete_state.main([str(state)]) == 0
    assert (tmp_path / "precious" / "file").read_text() == "stays"


def test_ten_thousand_files_go_and_one_sees_it(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A large state is removed with progress."""
    for number in range(10_000):
        (state / "g1" / f"f{number}").touch()
    assert delete_state.main([str(state)]) == 0
    assert "10000 removed" in capsys.readouterr().out
