"""What is looked at before a run, and how a word stands in a table; never a server."""

import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordcount_core.failures import JobFailure
from wordcount_core.options import Files, FilesSink, KafkaSink, KafkaSource, Options, Postgres, Window
from wordcount_jobs.common import mounted_secrets, postgres, preflight

SINK = Postgres("postgresql://db/words", "counts", "db")
WORDS = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("\0␀0…"), max_size=20)


@given(WORDS, WORDS)
def test_no_two_words_stand_in_a_table_alike(one: str, other: str) -> None:
    """And none of them has what PostgreSQL refuses."""
    assert (postgres.stored_word(one) == postgres.stored_word(other)) == (one == other)
    assert "\0" not in postgres.stored_word(one)


def test_a_long_word_is_cut_and_told_apart_from_its_like() -> None:
    """An index of PostgreSQL takes 2704 bytes."""
    one, other = "😀" * 5000 + "a", "😀" * 5000 + "b"
    assert postgres.stored_word(one) != postgres.stored_word(other)
    assert len(postgres.stored_word(one).encode()) < 2600
    assert postgres.stored_word("x" * 512) == "x" * 512


def test_a_secret_is_read_where_the_pods_have_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the line's end that an editor leaves; one that is missing is named by its field."""
    monkeypatch.setenv(mounted_secrets.VARIABLE, str(tmp_path))
    with pytest.raises(JobFailure) as missing:
        postgres.login(SINK)
    assert missing.value.message.startswith("spec.sink.postgres.credentialsSecret: Secret db ")
    (tmp_path / "db").mkdir()
    (tmp_path / "db" / "username").write_text("me\n")
    (tmp_path / "db" / "password").write_text(" it's \n")
    assert postgres.login(SINK) == ("me", " it's ")
    assert postgres.login(Postgres("postgresql://db/words")) == (None, None)


def test_the_folder_of_a_files_sink_is_made_or_named(tmp_path: Path) -> None:
    """A folder that cannot be written is found before the run."""
    window = Window(1000)
    preflight.check_sink(Options("x", Files("/in"), FilesSink(str(tmp_path / "a" / "b")), window=window))
    assert list((tmp_path / "a" / "b").iterdir()) == []
    (tmp_path / "file").touch()
    with pytest.raises(JobFailure) as refused:
        preflight.check_sink(
            Options("x", Files("/in"), FilesSink(str(tmp_path / "file" / "b")), window=window)
        )
    assert refused.value.cause == "SinkUnavailable"
    assert refused.value.message.startswith(f"spec.sink.files.path: {tmp_path}/file/b cannot be written (")


def test_a_kafka_that_does_not_answer_is_found_before_the_start() -> None:
    """Source and sink are told apart; a server in the list that answers is enough."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_server(("127.0.0.1", 0)) as closed:
        here, gone = server.getsockname()[1], closed.getsockname()[1]
        closed.close()
        dead, alive = f"127.0.0.1:{gone}", f"127.0.0.1:{gone},127.0.0.1:{here}"
        preflight.check_kafka(Options("x", KafkaSource(alive, ("t",)), KafkaSink(alive, "c")))
        with pytest.raises(JobFailure) as refused:
            preflight.check_kafka(Options("x", KafkaSource(dead, ("t",)), KafkaSink(alive, "c")))
        assert refused.value.cause == "SourceUnavailable"
        with pytest.raises(JobFailure) as refused:
            preflight.check_kafka(Options("x", Files("/x"), KafkaSink(dead, "c")))
        assert refused.value.cause == "SinkUnavailable"
