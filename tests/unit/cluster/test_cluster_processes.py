"""Processes are started apart from this one, and a dead one is reported at once."""

import socket
from pathlib import Path

import pytest

from tools.cluster.processes import Started, answers, start, wait
from tools.cluster.terminal import ClusterError, run, succeeds


def test_a_process_gets_only_the_environment_it_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy or a credential of the person at the terminal does not reach the cluster."""
    monkeypatch.setenv("SECRET", "s")
    started: Started = {}
    start(started, "printer", ["/usr/bin/env"], {"ONLY": "this"}, tmp_path)
    assert started["printer"].wait() == 0
    assert (tmp_path / "printer.log").read_text() == "ONLY=this\n"


def test_a_part_that_dies_ends_the_wait_with_its_last_words(tmp_path: Path) -> None:
    """Nobody waits two minutes for an API server that refused its flags."""
    started: Started = {}
    start(started, "part", ["/bin/sh", "-c", "echo no such flag; exit 3"], {}, tmp_path)
    with pytest.raises(
        ClusterError, match=r"(?s)part ended by itself with code 3:\nno such flag\n.*part\.log"
    ):
        wait("it", lambda: False, started, tmp_path, seconds=20)


def test_a_wait_that_is_too_long_says_where_to_look(tmp_path: Path) -> None:
    """The sentence names what was waited for and the folder of the logs."""
    with pytest.raises(ClusterError, match=f"the node was not ready after 0 s; the logs are in {tmp_path}"):
        wait("the node", lambda: False, {}, tmp_path, seconds=0)


def test_only_a_listening_port_answers() -> None:
    """A port counts as answering exactly while somebody listens there."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert answers("127.0.0.1", port)
    assert not answers("127.0.0.1", port)


def test_only_a_listening_socket_file_answers(tmp_path: Path) -> None:
    """The file alone, left over from before, is not enough."""
    file = tmp_path / "s"
    assert not answers(file)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(file))
        server.listen()
        assert answers(file)
    assert not answers(file)


def test_a_failed_command_is_told_with_what_it_said() -> None:
    """The sentence has the command line and the command's own words."""
    with pytest.raises(ClusterError, match=r"`sh -c echo oops >&2; exit 1` failed: oops"):
        run("sh", "-c", "echo oops >&2; exit 1")
    assert run("echo", 1, Path("/x")) == "1 /x\n"
    assert succeeds("true")
    assert not succeeds("false")
    assert not succeeds("/no/such/program")
