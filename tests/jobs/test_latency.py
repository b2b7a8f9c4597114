"""With latency: low each line is counted as it comes, and still exactly once: on a real broker, through a kill."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.jobs.conftest import kill, running
from tests.jobs.test_restart import checkpoints, wait_for_checkpoint
from tests.servers import topics
from tests.servers.kafka import kafka
from wordcount_jobs.core.options import KafkaSink, KafkaSource, Options, Text
from wordcount_jobs.core.tokenize import count

TEXT = Text(lowercase=True, strip_punctuation=True, stop_words=("the",), min_length=2)
FIRST = ["The cat, the hat: and THE cat!", "a  mat\tand (a) cat", "", "naïve 😀😀 cat cat cat"] * 50
SECOND = ["and a dog", "a cat"] * 30
PATIENCE = 90.0


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a broker."""
    with kafka(tmp_path_factory.mktemp("broker")) as server:
        yield server.plain


def wait_for_counts(broker: str, topic: str, lines: list[str]) -> None:
    """Until the newest count of each word in the topic is what the definition says. Fails where none is higher."""
    expected = dict(count(lines, TEXT))
    seen: dict[str, int] = {}
    for word, number in topics.upserts(broker, topic, PATIENCE):
        seen[word] = number
        assert number <= expected.get(word, 0), (word, number)
        if seen == expected:
            return
    raise AssertionError(f"{seen} is not {expected}")


def test_each_line_is_counted_once_through_a_kill(engine: str, broker: str, tmp_path: Path) -> None:
    """The kill comes when lines were counted that no checkpoint has: they are counted again, from the counts before."""
    lines, counts, state = f"{engine}-lines", f"{engine}-counts", tmp_path / "state"
    topics.make(broker, 2, lines, counts)
    source, sink = KafkaSource(broker, (lines,)), KafkaSink(broker, counts)
    job = Options("low", source, sink, TEXT, str(state), 5000, 2, latency="low")
    topics.write(broker, lines, FIRST)
    with running(job, engine, tmp_path) as process:
        wait_for_counts(broker, counts, FIRST)
        if engine == "flink":
            wait_for_checkpoint(engine, state)
        topics.write(broker, lines, SECOND)
        wait_for_counts(broker, counts, FIRST + SECOND)
        kill(process)
    if engine == "flink":
        job = replace(job, resume_from=str(checkpoints(state)[-1].parent))
    topics.write(broker, lines, SECOND)
    with running(job, engine, tmp_path) as process:
        wait_for_counts(broker, counts, FIRST + SECOND + SECOND)
        process.terminate()
        process.communicate()
        assert engine == "flink" or process.returncode == 0, (tmp_path / "spark.log").read_text()[-3000:]
