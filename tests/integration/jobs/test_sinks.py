"""What reaches PostgreSQL and files is what the definition counts, also through a kill.

Two cells of docs/reference/guarantees.md, killed once; tests/integration/guarantees has them all.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.guarantees import sinks, sources
from tests.support.guarantees.run import GuaranteeRun
from tests.support.texts import odd_text
from tools.testbed.job_process import running
from tools.testbed.servers import postgres as server
from wordcount_core import options as o
from wordcount_core.tokenizer import count, lines
from wordcount_jobs.common import mounted_secrets, postgres

SECRET = "database"


@pytest.fixture(scope="module")
def database() -> Iterator[server.Postgres]:
    """A PostgreSQL with an empty database."""
    with server.postgres() as running_server:
        yield running_server


@pytest.fixture(autouse=True)
def login(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The Secret as a pod would have it mounted."""
    server.secret(tmp_path / "secrets" / SECRET)
    monkeypatch.setenv(mounted_secrets.VARIABLE, str(tmp_path / "secrets"))


def test_words_that_postgresql_cannot_hold_are_written_as_the_definition_says(
    engine: str, database: server.Postgres, tmp_path: Path
) -> None:
    """NUL, what looks like its replacement, words longer than an index takes; by both engines alike."""
    folder = tmp_path / "in"
    folder.mkdir()
    text = (
        odd_text()
        + "\na\0b a␀0b ␀ ␀␀ \0 ".encode()
        + "😀".encode() * 600
        + b" "
        + b"x" * 512
        + b" "
        + b"x" * 513
    )
    (folder / "odd.txt").write_bytes(text)
    sink = o.Postgres(database.url, f"odd_{engine}", SECRET)
    options = o.Options("odd", o.Files(str(folder)), sink, once=True)
    with running(options, engine, tmp_path) as process:
        process.communicate()
    assert process.returncode == 0, (tmp_path / f"{engine}.log").read_text()[-3000:]
    expected = {postgres.stored_word(word): n for word, n in count(lines(text), o.Text()).items()}
    found = {str(word): n for word, n in database.rows(f"SELECT word, count FROM {sink.table}")}
    assert len(expected) == len(count(lines(text), o.Text()))
    assert found == expected


@pytest.mark.nightly
@pytest.mark.parametrize("sink", ["parquet", "postgres"])
def test_a_kill_loses_nothing_and_doubles_nothing(
    sink: str, engine: str, database: server.Postgres, tmp_path: Path
) -> None:
    """Windows in files hold each row once; a table holds the totals, also after the database died."""
    windowed = sink == "parquet"
    end: sinks.SinkUnderTest = sinks.Files(tmp_path / "out", "parquet")
    if not windowed:
        end = sinks.Postgres(database, f"totals_{engine}", windowed)
    with GuaranteeRun(sources.Files(tmp_path / "in", windowed), end, engine, tmp_path, windowed) as run:
        run.run(kills=1, seed=1)
