"""A program is built again exactly when what it is made of has changed; nothing is built here."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from tools.cluster import build
from tools.cluster.build import Module
from tools.cluster.terminal import ClusterError


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Module:
    """A module whose one program is built, in an otherwise empty cache."""
    monkeypatch.setattr(build, "HERE", tmp_path)
    monkeypatch.setattr(build, "BIN", tmp_path / "bin")
    (tmp_path / "bin").mkdir()
    (tmp_path / "go" / "thing").mkdir(parents=True)
    (tmp_path / "go" / "thing" / "go.mod").write_text("module thing v1\n")
    module = Module("thing")
    (tmp_path / "bin" / "program").touch()
    build.stamp(module).write_text(f"{module.key}\nprogram")
    return module


def test_a_built_module_is_left_alone(module: Module) -> None:
    """The second `make cluster` builds nothing."""
    assert build.is_built(module)


def test_a_changed_version_is_built_again(module: Module) -> None:
    """Another go.mod or other linker flags make another program."""
    assert not build.is_built(replace(module, ldflags="-s"))
    (module.folder / "go.mod").write_text("module thing v2\n")
    assert not build.is_built(module)


def test_one_program_of_a_module_has_a_stamp_of_its_own(module: Module) -> None:
    """A module of which only one program was built is not taken for a complete one."""
    assert build.stamp(replace(module, what="example.org/cmd/program")) != build.stamp(module)
    assert not build.is_built(replace(module, what="example.org/cmd/program"))


def test_a_lost_program_or_stamp_is_built_again(module: Module, tmp_path: Path) -> None:
    """A cache that somebody half emptied is filled again; so is one in which a build was interrupted."""
    (tmp_path / "bin" / "program").unlink()
    assert not build.is_built(module)
    build.stamp(module).write_text("")
    assert not build.is_built(module)
    build.stamp(module).unlink()
    assert not build.is_built(module)


def test_kubernetes_is_told_the_version_that_go_mod_pins() -> None:
    """A kubelet that does not know its version is refused by the API server."""
    flags = build.kubernetes_ldflags()
    version = re.search(r"gitVersion=v(\d+)\.(\d+)\.\d+", flags)
    assert version
    assert version[0].split("=")[1] in (build.KUBERNETES.folder / "go.mod").read_text()
    assert f"gitMajor={version[1]} " in flags
    assert flags.endswith(f"gitMinor={version[2]}")


def test_without_go_and_uv_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Go comes from PATH, else by uv, else from the person."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("UV", "/somewhere/uv")
    assert build.go_command()[0] == "/somewhere/uv"
    monkeypatch.delenv("UV")
    with pytest.raises(ClusterError, match="install Go"):
        build.go_command()


def test_a_program_of_a_debian_package_that_is_in_the_cache_is_not_fetched_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor where it is on PATH; where there is no apt-get either, a sentence says what to install."""
    monkeypatch.setattr(build, "BIN", tmp_path)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ClusterError, match="install prometheus"):
        build.debian_program("prometheus", "promtool")
    (tmp_path / "promtool").touch(mode=0o755)
    assert build.debian_program("prometheus", "promtool") == str(tmp_path / "promtool")
