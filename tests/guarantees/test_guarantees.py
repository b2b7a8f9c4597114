"""Each cell of docs/reference/guarantees.md: source × sink × engine, killed twice, its sink's server ended once; the counts are then what the page says."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.guarantees import ends, feeds
from tests.guarantees.play import Play
from tests.servers import postgres
from wordcount_jobs.core import secrets

ENGINES = ("spark", "flink")
SOURCES = ("files", "rate", "socket")
SINKS = ("console", "postgres", "parquet", "json")


@pytest.fixture(scope="module")
def database() -> Iterator[postgres.Postgres]:
    """A PostgreSQL with an empty database."""
    with postgres.postgres() as server:
        yield server


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("sink", SINKS)
@pytest.mark.parametrize("source", SOURCES)
def test_cell(
    source: str,
    sink: str,
    engine: str,
    database: postgres.Postgres,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Exactly once, by rows or by upserts, where lines can be read again; no line twice where they cannot."""
    windowed = sink in ("parquet", "json")
    postgres.secret(tmp_path / "secrets" / "database")
    monkeypatch.setenv(secrets.VARIABLE, str(tmp_path / "secrets"))
    made: dict[str, ends.End] = {
        "console": ends.Console(engine),
        "postgres": ends.Postgres(database, f"{source}_{engine}", windowed),
        "parquet": ends.Files(tmp_path / "out", "parquet"),
        "json": ends.Files(tmp_path / "out", "json"),
    }
    with ExitStack() as stack:
        feed: feeds.Feed
        match source:
            case "socket":
                feed = stack.enter_context(feeds.served(windowed))
            case "rate":
                feed = feeds.Rate()
            case _:
                feed = feeds.Files(tmp_path / "in", windowed)
        play = stack.enter_context(Play(feed, made[sink], engine, tmp_path, windowed))
        play.play(kills=2, seed=7)
