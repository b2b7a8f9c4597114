"""Java's exceptions as causes with a sentence; never a cluster."""

# ruff: noqa: E501 - stack traces as Flink wrote them

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.builders import resource
from tests.support.flink_fixture import answer
from wordcount_core.causes import Cause
from wordcount_operator.engines.flink import Flink, failures


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("exceptions-lost", Cause.INFRASTRUCTURE),
        ("exceptions-kafka", Cause.SOURCE_UNAVAILABLE),
        ("exceptions-memory", Cause.OUT_OF_MEMORY),
    ],
)
def test_histories_that_flink_told(name: str, cause: Cause) -> None:
    """Each real history has its class."""
    found = failures.from_exception_history(answer(name))
    assert found is not None
    assert found[0] is cause


@pytest.mark.parametrize(
    ("trace", "cause"),
    [
        ("java.util.concurrent.TimeoutException: The heartbeat of TaskManager with id x timed out.", Cause.INFRASTRUCTURE),
        ("o.a.f.J: x\nCaused by: java.lang.OutOfMemoryError: Metaspace", Cause.OUT_OF_MEMORY),
        ("a.b.C: x\nCaused by: org.apache.flink.util.StateMigrationException: no", Cause.STATE_INCOMPATIBLE),
        (
            "java.lang.IllegalStateException: Failed to rollback to checkpoint/savepoint file:/x. Cannot map "
            "checkpoint/savepoint state for operator 1 to the new program",
            Cause.STATE_INCOMPATIBLE,
        ),
        ("java.io.FileNotFoundException: /data/state/x/chk-4/_metadata (No such file)", Cause.STATE_UNAVAILABLE),
        (
            "org.apache.flink.runtime.client.JobInitializationException: Could not start the JobMaster.\n"
            "Caused by: java.io.EOFException\n\tat java.base/java.io.DataInputStream.readLong(DataInputStream.java:410)\n"
            "\tat org.apache.flink.runtime.checkpoint.metadata.MetadataV5Serializer.deserializeOperatorState(M.java:72)\n"
            "\tat org.apache.flink.runtime.checkpoint.Checkpoints.loadCheckpointMetadata(Checkpoints.java:119)",
            Cause.STATE_UNAVAILABLE,
        ),
        (
            "org.apache.flink.util.FlinkRuntimeException: Exceeded checkpoint tolerable failure threshold. The latest checkpoint "
            "failed due to Failure to finalize checkpoint., view the Checkpoint History tab or the Job Manager log",
            Cause.STATE_UNAVAILABLE,
        ),
        (
            "org.apache.flink.util.FlinkException: Pod terminated, container termination statuses: "
            "[flink-main-container(exitCode=137, reason=OOMKilled, message=null)], pod status: Failed(reason=null)",
            Cause.OUT_OF_MEMORY,
        ),
        ("java.io.FileNotFoundException: /data/lines (No such file or directory)", Cause.USER_CODE),
        (
            "java.io.IOException: x\n\tat org.apache.flink.connector.kafka.sink.KafkaWriter.flush(K.java:1)\n"
            "Caused by: org.apache.kafka.common.errors.TimeoutException: gone",
            Cause.SINK_UNAVAILABLE,
        ),
        ("java.net.ConnectException: Connection refused", Cause.SOURCE_UNAVAILABLE),
        ("java.lang.ArithmeticException: / by zero", Cause.USER_CODE),
        ("", Cause.USER_CODE),
    ],
)  # fmt: skip
def test_traces(trace: str, cause: Cause) -> None:
    """Each kind of trace has its class and a sentence."""
    found, sentence = failures.from_stack_trace(trace)
    assert found is cause
    assert sentence


SHADED = "org.apache.flink.kafka.shaded.org.apache.kafka.common.errors."


@pytest.mark.parametrize(
    ("trace", "cause", "sentence"),
    [
        (
            (
                "org.apache.flink.util.FlinkRuntimeException: Failed to list subscribed topic partitions due"
                " to\nCaused by: java.util.concurrent.ExecutionException:"
                f" {SHADED}SaslAuthenticationException: no"
            ),
            Cause.SOURCE_UNAVAILABLE,
            "spec.source.kafka.credentialsSecret: Kafka refuses this username and password",
        ),
        (
            (
                "org.apache.flink.util.FlinkRuntimeException: Failed to list subscribed topic partitions due"
                f" to\nCaused by: {SHADED}UnknownTopicOrPartitionException: This server does not host this"
                " topic-partition."
            ),
            Cause.SOURCE_UNAVAILABLE,
            "spec.source.kafka.topics: Kafka has no such topic",
        ),
        (
            (
                "org.apache.flink.streaming.runtime.tasks.ExceptionInChainedOperatorException: Could not"
                f" forward element\nCaused by: {SHADED}SaslAuthenticationException: Authentication failed"
            ),
            Cause.SINK_UNAVAILABLE,
            "spec.sink.kafka.credentialsSecret: Kafka refuses this username and password",
        ),
    ],
)
def test_what_keeps_kafka_from_being_reached_is_said_as_before_the_start(
    trace: str, cause: Cause, sentence: str
) -> None:
    """The sentences of wordcount_core/kafka_errors.py, for the part of the spec that the trace comes from."""
    found, words = failures.from_stack_trace(trace)
    assert found is cause
    assert words.startswith(sentence)


def test_a_job_without_a_history_has_no_cause() -> None:
    """Nothing thrown, nothing said."""
    for document in ({}, None, {"exceptionHistory": {"entries": [], "truncated": False}}):
        assert failures.from_exception_history(document) is None


def test_the_newest_failure_counts() -> None:
    """An old out-of-memory does not hide today's lost TaskManager."""
    old, new = answer("exceptions-memory"), answer("exceptions-lost")
    entries = [*new["exceptionHistory"]["entries"], *old["exceptionHistory"]["entries"]]
    newest = max(entries, key=lambda entry: entry["timestamp"])
    found = failures.from_exception_history({"exceptionHistory": {"entries": entries}})
    assert found == failures.from_stack_trace(newest["stacktrace"])


def test_the_root_is_the_innermost_exception_unwrapped() -> None:
    """What Flink wraps around says nothing."""
    trace = (
        "java.util.concurrent.CompletionException: x\n\tat a.b(C.java)\nCaused by:"
        " org.apache.flink.util.SerializedThrowable: java.lang.IllegalArgumentException: why\n\t... 3 more"
    )
    assert failures.innermost_exception(trace) == (
        "java.lang.IllegalArgumentException",
        "IllegalArgumentException: why",
    )


@pytest.mark.parametrize(
    "word", ["password=hunter2", "token: hunter2", "sasl.jaas.config=hunter2", "SECRET = hunter2"]
)
def test_secrets_do_not_come_through(word: str) -> None:
    """A configuration that an exception quotes is blacked out."""
    assert (
        "hunter2"
        not in failures.from_stack_trace(f"java.lang.IllegalStateException: bad config {word}, x")[1]
    )


@given(st.text(max_size=2000))
def test_any_text_gives_one_short_line(trace: str) -> None:
    """Whatever comes, a status stays one line of at most 300 characters."""
    sentence = failures.from_stack_trace(trace)[1]
    assert len(sentence) <= 300
    assert "\n" not in sentence


def test_a_refused_submit_is_told_by_the_programs_exit_status() -> None:
    """The field and the remedy, although Flink's REST API tells nothing but a number."""
    kafka = {"bootstrapServers": "kafka:9999", "topics": ["lines"]}
    of = resource("flink", source={"kafka": kafka}, flink={"conf": {"table.exec.state.ttl": "many"}})
    words = "rest:8081 answers 400: Python process exits with code: {}"
    reported = {status: Flink().submit_rejected(of, words.format(status)) for status in (65, 70, 1)}
    assert (reported[65].cause, "spec.source.kafka" in reported[65].message) == (
        Cause.SOURCE_UNAVAILABLE,
        True,
    )
    assert (reported[70].cause, "table.exec.state.ttl" in reported[70].message) == (Cause.USER_CODE, True)
    assert "log says more" in reported[1].message
