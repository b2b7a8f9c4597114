"""Which Java the embedded engines get, and what is said if there is none."""

import os
import subprocess
from pathlib import Path

import pytest

from wordcount_cli.local import java


def made(home: Path, version: str, release_file: bool = True) -> Path:
    """Make a folder with a program `java` of this version."""
    (home / "bin").mkdir(parents=True)
    program = home / "bin" / "java"
    program.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2026-01-20' >&2\n")
    program.chmod(0o755)
    if release_file:
        (home / "release").write_text(f'IMPLEMENTOR="x"\nJAVA_VERSION="{version}"\n')
    return home


@pytest.fixture(autouse=True)
def no_usual_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Search only in the test's folder."""
    monkeypatch.setattr(java, "FOLDERS", (f"{tmp_path}/jvm/*",))


@pytest.mark.parametrize(
    ("version", "release"), [("17.0.15", 17), ("1.8.0_392", 8), ("25", 25), ("11.0.2", 11), ("21-ea", 21)]
)
@pytest.mark.parametrize("release_file", [True, False])
def test_the_release_is_read_from_the_file_or_asked_for(
    tmp_path: Path, version: str, release: int, release_file: bool
) -> None:
    """Most folders have a file `release`; the program itself reports the same."""
    assert java.release(made(tmp_path / "java", version, release_file)) == release


def test_java_home_comes_first_then_path_then_what_was_fetched_then_the_oldest(tmp_path: Path) -> None:
    """The oldest that is new enough, because the images have 17."""
    fetched = tmp_path / "cache"
    seventeen = made(tmp_path / "jvm" / "b", "17.0.1")
    for name, version in (("a", "25"), ("c", "11.0.2")):
        made(tmp_path / "jvm" / name, version)
    nothing = {"PATH": str(tmp_path)}
    assert java.found(fetched, nothing) == seventeen
    made(fetched, "17.0.9")
    assert java.found(fetched, nothing) == fetched
    on_path = made(tmp_path / "path", "21.0.1")
    link = tmp_path / "bin"
    link.mkdir()
    os.symlink(on_path / "bin" / "java", link / "java")
    path = {"PATH": str(link)}
    assert java.found(fetched, path) == on_path
    chosen = made(tmp_path / "chosen", "17.0.3")
    assert java.found(fetched, path | {"JAVA_HOME": str(chosen)}) == chosen


def test_a_java_that_is_too_old_or_broken_is_passed_over(tmp_path: Path) -> None:
    """The sentence names it if there is no other."""
    old = made(tmp_path / "old", "11.0.2")
    only = {"JAVA_HOME": str(old), "PATH": str(tmp_path)}
    assert java.found(tmp_path / "none", only) is None
    assert java.missing(only) == (
        f"Java 17 or newer is missing (the one in {old} is Java 11); install it (Debian: "
        "openjdk-17-jre-headless) or set JAVA_HOME, because it could not be fetched"
    )
    (old / "bin" / "java").chmod(0o644)
    assert "(there is none)" in java.missing(only)


def test_a_fetched_java_starts_without_the_module_that_it_does_not_have(tmp_path: Path) -> None:
    """Every other argument reaches it as it is."""
    home = made(tmp_path / "fetched", "17.0.9")
    (home / "bin" / "java").write_text('#!/bin/sh\nprintf "<%s>" "$@"\n')
    java.complete(home)
    command = [str(home / "bin" / "java"), "-cp", "a b", "--add-modules=jdk.incubator.vector", "", "*"]
    assert subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout == "<-cp><a b><><*>"
    assert java.release(home) == 17
