"""A secure Kafka as source and sink of a job: exact with all topics, Secrets and crashes bring."""

import json
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.support.checkpoints import CHECKPOINT_TIMEOUT, checkpoints, wait_for_checkpoint
from tests.support.job_counts import count_once
from tools.testbed import ENGINES
from tools.testbed.job_process import kill, started
from tools.testbed.kube import until
from tools.testbed.servers.broker import PASSWORD, USER
from tools.testbed.servers.kafka import Kafka, kafka
from wordcount_cli.local.run import prepare
from wordcount_core import tokenizer
from wordcount_core.failures import JobFailure
from wordcount_core.options import KafkaSink, KafkaSource, Options, Text, Window
from wordcount_jobs.common import mounted_secrets
from wordcount_jobs.common.preflight import check_kafka

FAIL_AT_ONCE = {"restart-strategy.type": "none"}
"""Flink would try again by itself; Spark never does."""
SPACE = Text(separator=" ")
"""By which an empty line has a word, and a line that is null has none."""


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    """One for all tests of this file."""
    with kafka(tmp_path_factory.mktemp("kafka"), secure=True) as running:
        yield running


@pytest.fixture
def mounted(broker: Kafka, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that stands for a pod's Secrets, with two good ones: `user` and `client`."""
    folder = tmp_path / "secrets"
    monkeypatch.setenv(mounted_secrets.VARIABLE, str(folder))
    authority = (broker.folder / "ca.crt").read_text()
    secret(folder, "user", {"username": USER, "password": PASSWORD, "ca.crt": authority})
    shown = {f"tls.{end}": (broker.folder / f"client.{end}").read_text() for end in ("crt", "key")}
    secret(folder, "client", {"ca.crt": authority, **shown})
    return folder


def secret(folder: Path, name: str, keys: Mapping[str, str]) -> None:
    """Some keys of a Secret, as a pod sees them."""
    (folder / name).mkdir(parents=True, exist_ok=True)
    for key, value in keys.items():
        (folder / name / key).write_text(value)


def continued(job: Options, engine: str) -> Options:
    """The same job, to go on where it was killed."""
    if engine == "spark":
        return job
    newest = checkpoints(Path(str(job.checkpoint_dir)))[-1].parent
    return replace(job, conf={**job.conf, "execution.state-recovery.path": newest.as_uri()})


def wait_for_counts(broker: Kafka, topic: str, lines: list[str], log: Path) -> None:
    """Until the topic says so of each word, and it never said more. Fails with what it says instead."""
    expected = dict(tokenizer.count(lines, SPACE))

    def exact() -> bool:
        latest: dict[str, int] = {}
        for message in broker.records(topic):
            value = json.loads(message.value() or b"{}")
            latest[value["word"]] = value["count"]
            assert value["count"] <= expected.get(value["word"], 0), f"{value} of {expected}"
        return latest == expected

    until(exact, CHECKPOINT_TIMEOUT, f"{topic} holds {expected}", lambda: log.read_text()[-3000:])


def free_port() -> int:
    """One that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def lag(port: int) -> int | None:
    """What Spark's program says of it; None while it does not know."""
    with suppress(OSError), urlopen(f"http://127.0.0.1:{port}/progress", timeout=5) as answer:
        found: int | None = json.load(answer)["lagRecords"]
        return found
    return None


def ends_with(job: Options, engine: str, folder: Path, sentence: str) -> None:
    """The job fails by itself and says why; what Flink's operator reads of it is the same trace."""
    with started(prepare(job, engine), engine, folder) as process:
        process.communicate(timeout=CHECKPOINT_TIMEOUT)
    said = (folder / f"{engine}.log").read_text()
    assert process.returncode, said[-3000:]
    assert said.rstrip().splitlines()[-1].startswith(sentence), said[-3000:]


@pytest.mark.nightly
@pytest.mark.parametrize("engine", ENGINES)
def test_counts_are_exact_whatever_kafka_brings(
    engine: str, broker: Kafka, mounted: Path, tmp_path: Path
) -> None:
    """Nulls, headers, empty values, transactions, new partitions, kill -9, a topic and a password that had to
    be mended.
    """
    lines, more, counts = (f"{name}-{engine}" for name in ("lines", "more", "counts"))
    log, port = tmp_path / f"{engine}.log", free_port()
    job = Options(
        "secure",
        KafkaSource(broker.secure, (lines, more), credentials_secret="user"),
        KafkaSink(broker.mutual, counts, "client"),
        SPACE,
        checkpoint_dir=str(tmp_path / "state"),
        checkpoint_interval_ms=500,
        conf=FAIL_AT_ONCE if engine == "flink" else {},
        progress_port=port if engine == "spark" else None,
    )
    broker.create(lines, counts, partitions=2)

    ends_with(job, engine, tmp_path, "SourceUnavailable: spec.source.kafka.topics: Kafka has no such topic")

    broker.create(more)
    headers = {"trace": "a b", "empty": None}
    broker.send(lines, ["the quick fox", None, "", "the end"], headers=headers)
    broker.send(more, ["never said"], commit=False)
    broker.send(more, [None, "more of the same"], commit=True)
    sent = ["the quick fox", "", "the end", "more of the same"]
    with started(prepare(job, engine), engine, tmp_path) as process:
        wait_for_counts(broker, counts, sent, log)
        broker.grow(lines, 3)
        broker.send(lines, ["grown while it ran", None], partition=2)
        sent.append("grown while it ran")
        wait_for_counts(broker, counts, sent, log)
        wait_for_checkpoint(engine, tmp_path / "state")
        kill(process)
    broker.grow(more, 2)
    broker.send(more, ["grown while it was down"], partition=1)
    broker.send(lines, ["taken back"], commit=False)
    sent.append("grown while it was down")

    secret(mounted, "user", {"password": "what it was last year"})
    wrong = continued(job, engine)
    ends_with(
        wrong, engine, tmp_path, "SourceUnavailable: spec.source.kafka.credentialsSecret: Kafka refuses"
    )

    secret(mounted, "user", {"password": PASSWORD, "sasl.mechanism": "PLAIN"})
    with started(prepare(continued(job, engine), engine), engine, tmp_path) as process:
        wait_for_counts(broker, counts, sent, log)
        if engine == "spark":  # Flink's is a metric of its own; Spark's program asks Kafka beside the query
            until(lambda: lag(port) == 0, CHECKPOINT_TIMEOUT, "the lag is known, and 0")
        kill(process)
    assert_untold(tmp_path, mounted, broker)


@pytest.mark.nightly
@pytest.mark.parametrize("engine", ENGINES)
def test_windows_take_no_harm_and_a_count_that_is_made_once_ends(
    engine: str, broker: Kafka, mounted: Path, tmp_path: Path
) -> None:
    """A null has no instant and no word; the last that a topic holds may be what a transaction took back."""
    topic = f"stamped-{engine}"
    broker.create(topic)
    stamped = ["2026-11-26T10:00:01Z a b", None, "2026-11-26T10:00:59Z a", "2026-11-26T10:01:00Z c"]
    broker.send(topic, stamped, headers={"h": None})
    broker.send(topic, ["2026-11-26T10:00:02Z never"], commit=False)
    job = Options(
        "windows",
        KafkaSource(broker.secure, (topic,), credentials_secret="user"),
        text=SPACE,
        window=Window(size_ms=60_000, timestamp="prefix"),
        once=True,
        counts=str(tmp_path / "counts.json"),
    )
    first, second = (f"2026-11-26T10:0{n}:00.000Z/2026-11-26T10:0{n + 1}:00.000Z" for n in (0, 1))
    expected: object = {first: {"a": 2, "b": 1}, second: {"c": 1}}
    assert count_once(job, engine, tmp_path) == expected


def assert_untold(folder: Path, mounted: Path, broker: Kafka) -> None:
    """Neither the log nor the state holds a password or a key."""
    key = (broker.folder / "client.key").read_text().splitlines()[1]
    files = [each for each in folder.rglob("*") if each.is_file() and mounted not in each.parents]
    assert len(files) > 3
    for each in files:
        content = each.read_bytes()
        assert PASSWORD.encode() not in content, each
        assert key.encode() not in content, each


@pytest.mark.parametrize(
    ("listener", "keys", "sentence"),
    [
        ("secure", {}, "spec.source.kafka.credentialsSecret: the namespace has no such Secret"),
        (
            "secure",
            {"ca.crt": None},
            "spec.source.kafka.credentialsSecret: Kafka's certificate is not signed by a trusted CA",
        ),
        ("expired", {}, "spec.source.kafka.bootstrapServers: the certificate that Kafka shows has expired"),
        ("plain", {}, "spec.source.kafka.bootstrapServers: this listener does not use TLS"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_before_an_engine_starts(
    listener: str, keys: dict[str, None], sentence: str, broker: Kafka, mounted: Path
) -> None:
    """A Secret that is missing, an authority that is not known, a certificate that has expired, a port
    without TLS.
    """
    name = "missing" if listener == "secure" and not keys else "user"
    for key in keys:
        os.remove(mounted / name / key)
    source = KafkaSource(getattr(broker, listener), ("lines",), credentials_secret=name)
    with pytest.raises(JobFailure) as refused:
        check_kafka(Options("x", source))
    assert refused.value.cause == "SourceUnavailable"
    assert refused.value.message.startswith(sentence)


def test_a_certificate_for_another_name_is_told_apart(broker: Kafka, mounted: Path) -> None:
    """The one that the broker shows is for localhost."""
    source = KafkaSource(broker.secure.replace("localhost", "127.0.0.1"), ("x",), credentials_secret="user")
    with pytest.raises(JobFailure, match="is for other names"):
        check_kafka(Options("x", source))
    check_kafka(Options("x", replace(source, bootstrap_servers=broker.secure)))
