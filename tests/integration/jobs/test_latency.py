"""With `latency: low` each line is counted when it comes, and exactly once, also through a kill."""

import json
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from tests.support.checkpoints import checkpoints, wait_for_checkpoint
from tools.testbed.job_process import kill, running
from tools.testbed.kube import until
from tools.testbed.servers.kafka import Kafka, kafka
from wordcount_core.options import KafkaSink, KafkaSource, Options, Text
from wordcount_core.tokenizer import count
from wordcount_operator.engines.flink.progress import counters, reads
from wordcount_operator.model.reads import HttpReply, Observed, Read

TEXT = Text(lowercase=True, strip_punctuation=True, stop_words=("the",), min_length=2)
FIRST = ["The cat, the hat: and THE cat!", "a  mat\tand (a) cat", "", "naïve 😀😀 cat cat cat"] * 50
SECOND = ["and a dog", "a cat"] * 30
PATIENCE = 150.0


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    """A broker without topics."""
    with kafka(tmp_path_factory.mktemp("broker")) as server:
        yield server


def wait_for_counts(broker: Kafka, topic: str, lines: list[str], log: Path) -> None:
    """Until the newest count of each word in the topic is what the definition says.

    Fails where none is higher.
    """
    expected = dict(count(lines, TEXT))
    observed: dict[str, int] = {}
    for word, number in broker.upserts(topic, PATIENCE):
        observed[word] = number
        assert number <= expected.get(word, 0), (word, number)
        if observed == expected:
            return
    raise AssertionError(f"{observed} is not {expected}\n{log.read_text()[-3000:]}")


def fetched(url: str) -> Any:
    """What a program of this machine answers; nothing while it does not."""
    try:
        with urlopen(url, timeout=5) as answer:
            return json.load(answer)
    except OSError:
        return None


def counted(engine: str, port: int) -> tuple[int, int]:
    """Return lines and words as the operator would read them; zeros while it could not."""
    here = f"http://127.0.0.1:{port}"
    if engine == "spark":
        found = fetched(f"{here}/progress") or {"lines": 0, "words": 0}
        return found["lines"], found["words"]
    url = f"{here}/jobs/{fetched(f'{here}/jobs')['jobs'][0]['id']}"
    document = fetched(url)
    answers: dict[Read, Any] = {each: HttpReply(200, fetched(each.url)) for each in reads(document, url)}
    counted = counters(document, url, Observed(answers))
    return (counted.lines, counted.words) if counted else (0, 0)


@pytest.mark.nightly
def test_each_line_is_counted_once_through_a_kill(engine: str, broker: Kafka, tmp_path: Path) -> None:
    """The kill comes when lines were counted that no checkpoint has: they are counted again, from the counts
    before.
    """
    lines, counts, state = f"{engine}-lines", f"{engine}-counts", tmp_path / "state"
    broker.create(lines, counts, partitions=2)
    source, sink = KafkaSource(broker.plain, (lines,)), KafkaSink(broker.plain, counts)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    conf = {} if engine == "spark" else {"rest.port": str(port), "metrics.fetcher.update-interval": "500"}
    job = Options("low", source, sink, TEXT, str(state), 5000, 2, conf, port, latency="low")
    words, log = sum(count(FIRST, TEXT).values()), tmp_path / f"{engine}.log"
    broker.send(lines, FIRST)
    with running(job, engine, tmp_path) as process:
        wait_for_counts(broker, counts, FIRST, log)
        until(
            lambda: counted(engine, port) == (len(FIRST), words),
            PATIENCE,
            "all lines and words are in the progress",
        )
        if engine == "flink":
            wait_for_checkpoint(engine, state)
        broker.send(lines, SECOND)
        wait_for_counts(broker, counts, FIRST + SECOND, log)
        kill(process)
    if engine == "flink":
        job = replace(job, resume_from=str(checkpoints(state)[-1].parent))
    broker.send(lines, SECOND)
    with running(job, engine, tmp_path) as process:
        wait_for_counts(broker, counts, FIRST + SECOND + SECOND, log)
        process.terminate()
        process.communicate()
        assert engine == "flink" or process.returncode == 0, log.read_text()[-3000:]
