"""Creates the engines' own Python environments on this machine, and fetches their connectors."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from importlib.metadata import requires, version
from pathlib import Path

from wordcount_cli.local import java
from wordcount_cli.local.install_errors import cause
from wordcount_operator.engines import ENGINES

DISTRIBUTION = "streaming-wordcount-operator"
CHECKOUT = Path(__file__).resolve().parents[3]
POLL_INTERVAL = 0.5
Watch = Callable[[int], None]
"""Is called with the process id of an installation twice a second, and may raise an error to stop it."""


def cache() -> Path:
    """Return the user's cache folder of this project."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "wordcount-operator"


def python(engine: str, watch: Watch | None = None) -> Path:
    """Return the interpreter of the engine's environment, after creating or updating the environment.

    With `watch`, uv prints nothing. Raises ValueError if uv or Java is missing, or if the installation fails.
    """
    java_home(watch)
    home = cache() / "envs" / engine
    lock = CHECKOUT / "uv.lock"
    content = hashlib.sha256(
        lock.read_bytes() if lock.exists() else version(DISTRIBUTION).encode()
    ).hexdigest()
    stamp = home / ".wordcount"
    if not stamp.exists() or stamp.read_text() != content:
        info = ENGINES[engine].info
        size = f"{info.title} ({info.download})"
        _announce(f"{size} into {home}", watch)
        steps = _from_checkout(engine) if lock.exists() else _from_index(home, engine)
        stamp.unlink(missing_ok=True)
        _install(steps, home, f"{size} could not be installed", watch)
        stamp.write_text(content)
    return home / "bin" / "python"


def java_home(watch: Watch | None = None) -> Path:
    """Return the folder of a Java runtime of this machine, or fetch one. Raises ValueError if that fails."""
    fetched = cache() / "java" / java.RUNTIME
    if home := java.found(fetched):
        return home
    _announce(f"Java {java.OLDEST} ({java.DOWNLOAD}) into {cache() / 'java'}", watch)
    cache().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="java-", dir=cache()) as folder:
        command = java.fetch_command(_uv(), Path(folder))
        _call(command, {}, java.missing(), watch)
        java.complete(Path(folder) / "java" / java.RUNTIME)
        with suppress(OSError):  # another process was faster
            (Path(folder) / "java").rename(cache() / "java")
    return fetched


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
            _call([maven, "-q", "-B", *copy], {}, f"the connector {each} could not be fetched", None)
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


def _announce(what: str, watch: Watch | None) -> None:
    if watch is None:
        print(f"Installing {what}, once …", file=sys.stderr, flush=True)


def _install(steps: list[list[str]], home: Path, failure: str, watch: Watch | None) -> None:
    """Run the commands that fill the folder `home`. If one fails or is stopped, remove the folder."""
    try:
        for step in steps:
            _call(step, {"UV_PROJECT_ENVIRONMENT": str(home)}, failure, watch)
    except BaseException:
        shutil.rmtree(home, ignore_errors=True)
        raise


def _call(command: list[str], extra: dict[str, str], failure: str, watch: Watch | None) -> None:
    clean = {key: value for key, value in os.environ.items() if key != "VIRTUAL_ENV"} | extra
    if watch is None:
        if subprocess.run(command, env=clean, stdout=sys.stderr, check=False).returncode:
            raise ValueError(f"{failure}; the lines above say why")
    elif printed := _call_watched(command, clean, watch):
        raise ValueError(f"{failure}: {cause(printed)}")


def _call_watched(command: list[str], environment: dict[str, str], watch: Watch) -> str:
    """Run the command, call `watch` until it ends, and return what it printed if it failed, else "".

    If `watch` raises, the command and its children are stopped.
    """
    with subprocess.Popen(
        command,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    ) as process:
        try:
            while True:
                with suppress(subprocess.TimeoutExpired):
                    printed = process.communicate(timeout=POLL_INTERVAL)[0]
                    return (printed or "\n") if process.returncode else ""
                watch(process.pid)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
