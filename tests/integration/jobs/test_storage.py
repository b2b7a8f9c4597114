"""What our programs do with state is the same on a folder and on a real S3 server."""

import os
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tools.cluster.build import S3, programs
from tools.cluster.paths import BIN
from tools.testbed.kube import until
from wordcount_core.failures import JobFailure
from wordcount_core.options import Options, Rate
from wordcount_jobs.common import state_compatibility, storage
from wordcount_jobs.spark import checkpoint_copy
from wordcount_jobs.spark.socket_offsets import reset_socket_offsets
from wordcount_jobs.tools import check_bucket, delete_state

UID = "3f0e0a52-5a0f-4a4f-9d5a-0c9b0f3f2b11"
KEYS = {"AWS_ACCESS_KEY_ID": "wordcount", "AWS_SECRET_ACCESS_KEY": "only-for-tests"}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of an S3 server on this machine with the bucket `wordcount`."""
    programs(S3)
    root = tmp_path_factory.mktemp("buckets")
    (root / "wordcount").mkdir()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    given = ("--access", KEYS["AWS_ACCESS_KEY_ID"], "--secret", KEYS["AWS_SECRET_ACCESS_KEY"])
    command = (BIN / "versitygw", *given, "--port", f"127.0.0.1:{port}", "posix", root)
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            until(lambda: _answers(port), 30, "the S3 server answers")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.kill()


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


@pytest.fixture
def reached(store: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The environment of a pod that may use the store."""
    addresses = {"AWS_ENDPOINT_URL_S3": store, "AWS_REGION": "us-east-1", storage.PATH_STYLE: "true"}
    for name, value in (addresses | KEYS | {"NO_PROXY": "127.0.0.1"}).items():
        monkeypatch.setenv(name, value)
    storage._client.cache_clear()
    yield
    storage._client.cache_clear()


@pytest.fixture(params=["folder", "bucket"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The folder of one resource, on either kind of storage."""
    if request.param == "folder":
        return str(tmp_path / "state" / "words" / "bible" / UID)
    request.getfixturevalue("reached")
    return f"s3a://wordcount/{tmp_path.name}/words/bible/{UID}"


def written(folder: str, *names: str) -> None:
    """Files as an engine would write them."""
    place = storage.storage_path(folder)
    assert place is not None
    for name in names:
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text("v1\n{}\n-1")


def listed(folder: str) -> set[str]:
    """All files below it."""
    place = storage.storage_path(folder)
    assert place is not None
    return (
        {str(path.relative_to(place)) for path in place.rglob("*") if path.is_file()}
        if place.exists()
        else set()
    )


def options(own: str, restore_from: str | None = None) -> Options:
    """A run that keeps its state there."""
    return Options("bible", Rate(1), checkpoint_dir=own, restore_from=restore_from)


def test_a_state_is_told_by_what_it_was_counted_with(root: str) -> None:
    """A fork of another engine's state, and one from nowhere, are refused with the field."""
    state_compatibility.check_and_record(options(f"{root}/g1"), "spark")
    assert listed(root) == {"g1/wordcount.json"}
    fork = root.replace("bible", "fork")
    state_compatibility.check_and_record(options(f"{fork}/g1", f"{root}/g1"), "spark")
    for place, engine, cause in (
        (f"{root}/g1", "flink", "StateIncompatible"),
        (f"{root}/g7", "spark", "StateUnavailable"),
    ):
        with pytest.raises(JobFailure) as caught:
            state_compatibility.check_and_record(options(f"{fork}/g1", place), engine)
        assert caught.value.cause == cause
        assert "spec.checkpoint.restoreFrom" in caught.value.message


def test_a_savepoint_is_the_checkpoint_of_the_last_finished_batch(root: str) -> None:
    """What a later batch wrote is left out, and a copy that was cut short is made again."""
    names = ("metadata", "offsets/3", "commits/3", "state/0/0/4.delta")
    written(f"{root}/g1", *names, "offsets/4", "state/0/0/5.delta")
    source, target = (
        storage.storage_path(f"{root}/g1"),
        storage.storage_path(f"{root}/g1/savepoints/savepoint-1"),
    )
    assert source is not None
    assert target is not None
    written(storage.text(target), "offsets/99", "commits/99")
    assert not checkpoint_copy.is_complete(target)
    assert checkpoint_copy.copy(source, target) == 3
    assert listed(storage.text(target)) == set(names)
    assert checkpoint_copy.copy(source, target) == 3
    with pytest.raises(FileNotFoundError):
        storage.copy(source / "nothing", target / "nothing")


def test_a_socket_s_lines_are_forgotten(root: str) -> None:
    """The counts of a socket are kept on either storage."""
    reset_socket_offsets(f"{root}/g1")
    written(f"{root}/g1", "offsets/1", "offsets/2", "commits/1")
    reset_socket_offsets(f"{root}/g1")
    assert listed(f"{root}/g1") == {"offsets/1", "commits/1"}


def test_clean_up_removes_what_it_is_told_and_nothing_else(root: str) -> None:
    """One savepoint, then all of the resource; another resource's stays, and again is success too."""
    other = root.replace("bible", "other")
    written(root, "g1/chk-1/_metadata", "g1/savepoints/savepoint-1/_metadata")
    written(other, "g1/chk-1/_metadata")
    assert delete_state.main([root, f"{root}/g1/savepoints/savepoint-1"]) == 0
    assert listed(root) == {"g1/chk-1/_metadata"}
    for _ in range(2):
        assert delete_state.main([root]) == 0
        assert listed(root) == set()
    assert listed(other) == {"g1/chk-1/_metadata"}


@pytest.mark.parametrize(
    ("change", "where", "field"),
    [
        ({}, "s3a://nobody-made-it/state", "uri: there is no bucket nobody-made-it"),
        ({"AWS_SECRET_ACCESS_KEY": "wrong"}, "s3a://wordcount/state", "credentialsSecret: the store refuses"),
        ({"AWS_ACCESS_KEY_ID": "stranger"}, "s3a://wordcount/state", "credentialsSecret: the store refuses"),
        (
            {"AWS_ENDPOINT_URL_S3": "http://127.0.0.1:1"},
            "s3a://wordcount/state",
            "endpoint: the store does not answer",
        ),
    ],
)
def test_what_is_wrong_with_a_store_is_a_sentence_with_the_field(  # noqa: PLR0913 - pytest passes them by name
    reached: None,
    change: dict[str, str],
    where: str,
    field: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A bucket that does not exist, wrong keys, a store that is away: said before a run begins, and never a
    key in it.
    """
    for name, value in change.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(JobFailure) as caught:
        state_compatibility.check_and_record(options(f"{where}/g1"), "spark")
    assert caught.value.cause == "StateUnavailable"
    assert caught.value.message.startswith(f"spec.checkpoint.storage.s3.{field}")
    assert check_bucket.main(where) == 1
    captured = capsys.readouterr()
    assert caught.value.message in captured.err
    assert os.environ["AWS_SECRET_ACCESS_KEY"] not in captured.err


@contextmanager
def broken_store() -> Iterator[str]:
    """Address of a store that lists nothing, and has a 503 for whoever asks for a file."""

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_error(503)

        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<ListBucketResult><KeyCount>0</KeyCount></ListBucketResult>")

        def log_message(self, *_: object) -> None:
            """What is asked is not of interest."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


@pytest.mark.usefixtures("reached")
def test_a_store_that_is_broken_has_not_lost_the_state(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only a store that answers can say that there is no state: nobody starts from zero, or gives up, for a
    503.
    """
    with broken_store() as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", address)
        place = storage.storage_path("s3a://wordcount/state/g1")
        assert place is not None
        with pytest.raises(JobFailure) as caught:
            checkpoint_copy.is_complete(place)
    assert "spec.checkpoint.storage.s3.endpoint: the store does not answer" in caught.value.message
