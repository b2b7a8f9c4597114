"""How kind is called; a program in its place writes down its arguments."""

from pathlib import Path

import pytest

from tools.cluster import build, kind

STAND_IN = """#!/bin/sh
echo "$@" >> {folder}/calls
case "$*" in
  "get clusters") cat {folder}/clusters;;
  "get kubeconfig --name wordcount") echo the-kubeconfig;;
  create*) echo wordcount > {folder}/clusters;;
esac
"""


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine where Docker answers, with somebody else's kind cluster on it."""
    for name in ("kind", "docker"):
        (tmp_path / name).write_text(STAND_IN.format(folder=tmp_path))
        (tmp_path / name).chmod(0o755)
    (tmp_path / "clusters").write_text("wordcount-of-somebody-else\n")
    monkeypatch.setattr(kind, "BIN", tmp_path)
    monkeypatch.setattr(build, "programs", lambda *modules: None)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return tmp_path


def test_the_cluster_is_created_once(machine: Path) -> None:
    """The second `make cluster` uses the cluster of the first."""
    assert kind.possible()
    assert kind.up() == kind.up() == "the-kubeconfig\n"
    created = [call for call in (machine / "calls").read_text().splitlines() if call.startswith("create")]
    assert len(created) == 1
    assert "--name wordcount " in created[0]


def test_down_deletes_our_cluster_only(machine: Path) -> None:
    """The one of somebody else is never named."""
    kind.down()
    assert (machine / "calls").read_text().splitlines()[-1].startswith("delete cluster --name wordcount ")


def test_without_an_engine_there_is_no_kind(machine: Path) -> None:
    """A Docker client whose engine does not answer is as good as none."""
    (machine / "docker").write_text("#!/bin/sh\necho cannot connect >&2; exit 1\n")
    assert not kind.possible()
    kind.down()
    assert not (machine / "calls").exists()
