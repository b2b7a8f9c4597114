"""Each cell of docs/reference/guarantees.md: source × sink × engine, killed twice."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.guarantees import sinks, sources
from tests.support.guarantees.run import GuaranteeRun
from tools.testbed.servers import kafka, postgres
from wordcount_jobs.common import mounted_secrets

ENGINES = ("spark", "flink")
SOURCES = ("kafka", "files", "rate", "socket")
SINKS = ("kafka", "postgres", "parquet", "json", "console")
WINDOWED = ("parquet", "json", "kafka, windowed", "postgres, windowed")
CELLS = [
    *((source, sink) for source in SOURCES for sink in SINKS),
    ("kafka", "kafka, windowed"),
    ("kafka", "postgres, windowed"),
]


@pytest.fixture(scope="module")
def database() -> Iterator[postgres.Postgres]:
    """A PostgreSQL with an empty database."""
    with postgres.postgres() as server:
        yield server


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[kafka.Kafka]:
    """A Kafka for the lines."""
    with kafka.kafka(tmp_path_factory.mktemp("kafka")) as server:
        yield server


@pytest.fixture(scope="module")
def taker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[kafka.Kafka]:
    """Another for the counts, since it dies while lines go on."""
    with kafka.kafka(tmp_path_factory.mktemp("taker")) as server:
        yield server


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("source", "sink"), CELLS)
def test_cell(  # noqa: PLR0913 - pytest passes them by name
    source: str,
    sink: str,
    engine: str,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Exactly once, by rows or by upserts, where lines can be read again; no line twice where they cannot."""
    name, windowed = f"{source}_{sink.partition(',')[0]}_{engine}", sink in WINDOWED
    postgres.secret(tmp_path / "secrets" / "database")
    monkeypatch.setenv(mounted_secrets.VARIABLE, str(tmp_path / "secrets"))
    name += "_windowed" if windowed else ""
    sink_makers: dict[str, Callable[[], sinks.SinkUnderTest]] = {
        "kafka": lambda: sinks.Kafka(request.getfixturevalue("taker"), f"counts_{name}"),
        "postgres": lambda: sinks.Postgres(request.getfixturevalue("database"), name, windowed),
        "parquet": lambda: sinks.Files(tmp_path / "out", "parquet"),
        "json": lambda: sinks.Files(tmp_path / "out", "json"),
        "console": lambda: sinks.Console(engine),
    }
    with ExitStack() as stack:
        source_makers: dict[str, Callable[[], sources.SourceUnderTest]] = {
            "kafka": lambda: sources.Kafka(request.getfixturevalue("broker"), f"lines_{name}", windowed),
            "files": lambda: sources.Files(tmp_path / "in", windowed),
            "rate": sources.Rate,
            "socket": lambda: stack.enter_context(sources.served(windowed)),
        }
        of, to = source_makers[source](), sink_makers[sink.partition(",")[0]]()
        stack.enter_context(GuaranteeRun(of, to, engine, tmp_path, windowed)).run(kills=2, seed=7)
