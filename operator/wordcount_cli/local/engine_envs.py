"""Creates the engines' own Python environments on this machine, and fetches their connectors."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from importlib.metadata import requires, version
from pathlib import Path

from wordcount_operator.engines import ENGINES

DISTRIBUTION = "streaming-wordcount-operator"
CHECKOUT = Path(__file__).resolve().parents[2]


def cache() -> Path:
    """Return the user's cache folder of this project."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "wordcount-operator"


def python(engine: str) -> Path:
    """Return the interpreter of the engine's environment, after creating or updating the environment.

    Raises ValueError if uv or Java is missing, or if the installation fails.
    """
    if not (shutil.which("java") or os.environ.get("JAVA_HOME")):
        raise ValueError("Java is missing; install a Java 17 runtime (Debian: openjdk-17-jre-headless)")
    home = cache() / "envs" / engine
    lock = CHECKOUT / "uv.lock"
    content = hashlib.sha256(
        lock.read_bytes() if lock.exists() else version(DISTRIBUTION).encode()
    ).hexdigest()
    stamp = home / ".wordcount"
    if not stamp.exists() or stamp.read_text() != content:
        info = ENGINES[engine].info
        size = f"{info.title} ({info.download})"
        print(f"Installing {size} into {home}, once …", file=sys.stderr, flush=True)
        for step in _from_checkout(engine) if lock.exists() else _from_index(home, engine):
            _call(step, {"UV_PROJECT_ENVIRONMENT": str(home)}, f"{size} could not be installed")
        stamp.write_text(content)
    return home / "bin" / "python"


def connectors(engine: str, kinds: Iterable[str]) -> list[Path]:
    """Return the jars for these kinds of source and sink. Maven fetches them once. Raises ValueError."""
    coordinates = [each for kind in kinds for each in ENGINES[engine].info.connectors.get(kind, ())]
    jars = [cache() / "jars" / "{1}-{2}.jar".format(*each.split(":")) for each in coordinates]
    if missing := [each for each, jar in zip(coordinates, jars, strict=True) if not jar.exists()]:
        maven = shutil.which("mvn")
        if not maven:
            raise ValueError("Maven is missing; it fetches the connectors; install mvn (Debian: maven)")
        print(f"Fetching {engine}'s connectors, once …", file=sys.stderr, flush=True)
        for each in missing:
            copy = ["dependency:copy", f"-Dartifact={each}", f"-DoutputDirectory={jars[0].parent}"]
            _call([maven, "-q", "-B", *copy], {}, f"the connector {each} could not be fetched")
    return jars


def _from_checkout(engine: str) -> list[list[str]]:
    sync = ["sync", "--frozen", "--no-dev", "--no-install-project", "--extra", engine, "--extra", "postgres"]
    return [[_uv(), *sync, "--project", str(CHECKOUT)]]


def _from_index(home: Path, engine: str) -> list[list[str]]:
    extras = [f"extra == '{extra}'" for extra in (engine, "postgres")]
    packages = [
        each.split(";")[0] for each in requires(DISTRIBUTION) or [] if any(extra in each for extra in extras)
    ]
    venv = [_uv(), "venv", "--allow-existing", "--python", sys.executable, str(home)]
    return [venv, [_uv(), "pip", "install", "--python", str(home), *packages]]


def _uv() -> str:
    for place in (shutil.which("uv"), CHECKOUT / ".tools" / "bin" / "uv", Path(sys.prefix) / "bin" / "uv"):
        if place and Path(place).exists():
            return str(place)
    raise ValueError("uv is missing; it installs the engines; install it with `pip install uv`")


def _call(command: list[str], extra: dict[str, str], failure: str) -> None:
    clean = {key: value for key, value in os.environ.items() if key != "VIRTUAL_ENV"}
    if subprocess.run(command, env=clean | extra, stdout=sys.stderr, check=False).returncode:
        raise ValueError(f"{failure}; the lines above say why")
