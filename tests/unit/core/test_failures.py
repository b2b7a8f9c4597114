"""Failures from exceptions and from exit statuses, without the exception's own text."""

import pytest

from wordcount_core.failure_codes import NO_STATUS, FailureCode
from wordcount_core.failures import JobFailure, classify, from_exit_status, sink_failure, source_failure
from wordcount_core.kafka_errors import KAFKA_ERRORS
from wordcount_core.options import Files, FilesSink, KafkaSink, KafkaSource, Options, Postgres, Socket, Window

KAFKA = Options(
    "bible",
    KafkaSource("kafka:9092", ("lines", "more")),
    KafkaSink("other:9092", "counts"),
    checkpoint_dir="/data/state/x",
)


@pytest.mark.parametrize(
    ("text", "cause", "field"),
    [
        ("[CONCURRENT_STREAM_LOG_UPDATE] Concurrent update", "ZombieWriter", "another run"),
        (
            "[CONCURRENT_SCHEDULER_INSUFFICIENT_SLOT] x\n at o.a.s.sql.kafka010.KafkaStreamingWriter",
            "UserCode",
            "spec.latency: low on Spark runs a task for each partition",
        ),
        ("java.lang.OutOfMemoryError: Java heap space", "OutOfMemory", "spec.resources"),
        (
            "org.apache.kafka.common.errors.TimeoutException: x\n at KafkaRowWriter.send",
            "SinkUnavailable",
            "spec.sink",
        ),
        (
            "UnknownTopicOrPartitionException: This server",
            "SourceUnavailable",
            "spec.source.kafka.topics: Kafka has no such topic",
        ),
        (
            "org.apache.kafka.common.errors.TimeoutException: x",
            "SourceUnavailable",
            "spec.source.kafka: topics lines, more",
        ),
        (
            "org.apache.kafka.common.errors.SaslAuthenticationException: Authentication failed",
            "SourceUnavailable",
            "spec.source.kafka.credentialsSecret: Kafka refuses this username and password",
        ),
        (
            (
                "x\n at o.a.s.sql.kafka010.KafkaRowWriter.send\n"
                "Caused by: org.apache.kafka.common.errors.TopicAuthorizationException"
            ),
            "SinkUnavailable",
            "spec.sink.kafka.topic: the user of credentialsSecret is not allowed to use it",
        ),
        (
            (
                "o.a.f.ExceptionInChainedOperatorException: Could not forward\nCaused by: "
                "org.apache.flink.kafka.shaded.org.apache.kafka.common.errors.SaslAuthenticationException: x"
            ),
            "SinkUnavailable",
            "spec.sink.kafka.credentialsSecret: Kafka refuses",
        ),
        ("org.apache.flink.util.StateMigrationException: x", "StateIncompatible", "/data/state/x"),
        ("[CANNOT_LOAD_STATE_STORE.UNCATEGORIZED] x", "StateUnavailable", "spec.checkpoint.storage"),
        (
            (
                "[CANNOT_WRITE_STATE_STORE.CANNOT_COMMIT] x\n at KafkaWriter$.x\n"
                "Caused by: FSError: No space left on device"
            ),
            "StateUnavailable",
            "spec.checkpoint.storage: the state under /data/state/x cannot be read or written; fix it",
        ),
        (
            (
                "java.io.FileNotFoundException: /x/.3.delta.tmp (Read-only file system)\n at "
                "o.a.s.sql.execution.streaming.state.HDFSBackedStateStoreProvider.x"
            ),
            "StateUnavailable",
            "(Read-only file system)",
        ),
        ("[Errno 30] Read-only file system: '/data/state/x'", "StateUnavailable", "(Read-only file system)"),
        (
            "com.fasterxml.jackson.core.io.JsonEOFException: x\n at o.a.s.HDFSMetadataLog.get",
            "StateUnavailable",
            "(HDFSMetadataLog)",
        ),
        ("ExecutorLostFailure (executor 1 exited: reason OOMKilled)", "OutOfMemory", "spec.resources"),
        (
            "ExecutorLostFailure (executor 1 exited) Reason: exited with code 137",
            "Infrastructure",
            "executor",
        ),
        ("a.b.MyException: password=hunter2", "UserCode", "a.b.MyException"),
        ("nothing that is known", "UserCode", "see its log"),
    ],
)
def test_an_exception_becomes_a_cause_and_a_sentence(text: str, cause: str, field: str) -> None:
    """Recognised by names, told in our words."""
    failure = classify(text, KAFKA)
    assert failure.cause == cause
    assert field in failure.message
    assert "hunter2" not in failure.message


def test_each_kafka_error_is_read_back_from_its_exit_status() -> None:
    """No two have the same one, none has another failure's, and all are possible exit statuses."""
    made = [failed(KAFKA, each) for failed in (source_failure, sink_failure) for each in KAFKA_ERRORS]
    assert len({each.exit_status for each in made}) == 2 * len(KAFKA_ERRORS)
    for each in made:
        assert 72 < each.exit_status < 256
        read_back = from_exit_status(each.exit_status, KAFKA)
        assert read_back is not None
        assert (read_back.cause, read_back.message) == (each.cause, each.message)
    others = [from_exit_status(other, KAFKA) for other in (0, 1, *range(65, 72))]
    assert others[:2] == [None, None]
    assert all(other is not None and other.kafka_error is None for other in others[2:])


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        (Socket("text-source", 9999), "spec.source.socket: text-source:9999 cannot be read"),
        (Files("/data/lines"), "spec.source.files.path: /data/lines cannot be read"),
    ],
)
def test_a_source_is_named_with_its_values(source: Socket | Files, sentence: str) -> None:
    """Field, value, remedy."""
    assert classify("java.net.ConnectException: Connection refused", Options("x", source)).message.startswith(
        sentence
    )


@pytest.mark.parametrize(
    ("sink", "text", "sentence"),
    [
        (
            Postgres("postgresql://db:5432/words", "counts", "db"),
            "pyspark.errors.PythonException: … psycopg.OperationalError: server closed the connection",
            "spec.sink.postgres.url: PostgreSQL at postgresql://db:5432/words does not answer",
        ),
        (FilesSink("/data/counts"), "o.a.kafka KafkaRowWriter", "spec.sink.files.path: /data/counts cannot"),
    ],
)
def test_a_sink_is_named_with_its_values(sink: Postgres | FilesSink, text: str, sentence: str) -> None:
    """Field, value, remedy; and its exit status tells the same to whoever knows no more."""
    options = Options("x", Files("/in"), sink, window=Window(1000))
    failure = classify(text, options)
    assert failure.cause == "SinkUnavailable"
    assert failure.message.startswith(sentence)
    read_back = from_exit_status(failure.exit_status, options)
    assert read_back is not None
    assert read_back.message == failure.message


def test_each_field_of_a_sink_has_its_own_exit_status() -> None:
    """Flink's REST API tells nothing else of a program that refused to begin."""
    options = Options("x", Files("/in"), Postgres("postgresql://db/words", "counts", "db"))
    codes = (FailureCode.POSTGRES_SERVER, FailureCode.POSTGRES_LOGIN, FailureCode.POSTGRES_TABLE)
    for part, code in zip(("url", "credentialsSecret", "table"), codes, strict=True):
        failure = JobFailure(code, "why")
        assert failure.message == f"spec.sink.postgres.{part}: why"
        read_back = from_exit_status(failure.exit_status, options)
        assert read_back is not None
        assert read_back.message.startswith(f"spec.sink.postgres.{part}: ")
    assert from_exit_status(1, options) is None


def test_codes_of_one_exit_status_have_one_cause() -> None:
    """The operator reads back the first of them, and so the right cause."""
    for code in FailureCode:
        same = [each for each in FailureCode if each.exit_status == code.exit_status != NO_STATUS]
        assert len({each.cause for each in same}) <= 1
    numbered = {each.name: each.exit_status for each in FailureCode if each.exit_status != NO_STATUS}
    assert {numbered[name] for name in ("SOURCE", "SINK", "STORAGE", "CONF", "STATE_LOST")} == {
        65,
        66,
        69,
        70,
        71,
    }
