"""Failures of a job: from options, from a stack trace, or from a program's exit status.

A failure has one word for programs and one sentence for people. It never quotes the engine's own text, which
may hold secrets.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from wordcount_core import kafka_errors
from wordcount_core.causes import Cause
from wordcount_core.failure_codes import NO_STATUS, FailureCode
from wordcount_core.kafka_errors import KAFKA_ERRORS, KafkaError
from wordcount_core.options import Files, FilesSink, KafkaSink, KafkaSource, Options, Postgres, Socket
from wordcount_core.stack_traces import Origin, first_match

VOLUME_ERRORS = (
    r"No space left on device|Disk quota exceeded|Read-only file system|Permission denied|Input/output error"
    r"|Stale file handle"
)
"""What an operating system says of a volume that cannot be used, for which Java has no name."""

_SOURCE_CODES = {
    Socket: FailureCode.SOURCE_SOCKET,
    KafkaSource: FailureCode.SOURCE_TOPICS,
    Files: FailureCode.SOURCE_FILES,
}
_SINK_CODES = {
    Postgres: FailureCode.POSTGRES_SERVER,
    FilesSink: FailureCode.SINK_FILES,
    KafkaSink: FailureCode.SINK_TOPIC,
}


@dataclass(eq=False)
class JobFailure(Exception):
    """A failure with its code and its sentence, which says more than the code's own if more is known."""

    code: FailureCode
    sentence: str
    kafka_error: KafkaError | None = None

    @classmethod
    def of(cls, code: FailureCode, options: Options, **values: object) -> JobFailure:
        """Return the failure with its code's own sentence, filled from the options and these values."""
        return cls(code, code.sentence.format(**_fields_for(code, options), **values))

    @property
    def cause(self) -> Cause:
        """The cause of the failure's code."""
        return self.code.cause

    @property
    def message(self) -> str:
        """The field of the resource, and what is wrong with it."""
        if self.kafka_error:
            return self.kafka_error.message(
                "source" if self.code is FailureCode.SOURCE_KAFKA_ERROR else "sink"
            )
        return self.code.message(self.sentence)

    @property
    def exit_status(self) -> int:
        """The status with which a program ends because of this failure."""
        added = KAFKA_ERRORS.index(self.kafka_error) if self.kafka_error else 0
        return self.code.exit_status + added

    def __str__(self) -> str:
        return self.message


def source_failure(options: Options, error: KafkaError | None = None) -> JobFailure:
    """Return the failure of a source that cannot be read."""
    if error and error.sentence and isinstance(options.source, KafkaSource):
        return JobFailure(FailureCode.SOURCE_KAFKA_ERROR, error.sentence, error)
    return JobFailure.of(_SOURCE_CODES.get(type(options.source), FailureCode.SOURCE), options)


def sink_failure(options: Options, error: KafkaError | None = None) -> JobFailure:
    """Return the failure of a sink that cannot be written."""
    if error and error.sentence and isinstance(options.sink, KafkaSink):
        return JobFailure(FailureCode.SINK_KAFKA_ERROR, error.sentence, error)
    return JobFailure.of(_SINK_CODES.get(type(options.sink), FailureCode.SINK), options)


def from_exit_status(status: int, options: Options, conf_keys: str = "") -> JobFailure | None:
    """Return the failure that a program means by this exit status, or None if it means none."""
    for first, make in (
        (FailureCode.SOURCE_KAFKA_ERROR, source_failure),
        (FailureCode.SINK_KAFKA_ERROR, sink_failure),
    ):
        if 0 <= (position := status - first.exit_status) < len(KAFKA_ERRORS):
            return make(options, KAFKA_ERRORS[position])
    code = next((each for each in FailureCode if each.exit_status == status != NO_STATUS), None)
    if code is None:
        return None
    if code is FailureCode.SOURCE:
        return source_failure(options)
    if code is FailureCode.SINK:
        return sink_failure(options)
    return JobFailure.of(code, options, keys=conf_keys)


def classify(text: str, options: Options) -> JobFailure:
    """Return the failure that a stack trace of one of our programs shows; `PROGRAM_ERROR` if unknown."""
    if found := first_match(text, Origin.PROGRAM):
        code, name = found
        if code is FailureCode.SOURCE:
            return source_failure(options, kafka_errors.from_stack_trace(text))
        if code is FailureCode.SINK:
            return sink_failure(options, kafka_errors.from_stack_trace(text))
        volume = re.search(VOLUME_ERRORS, text) if code.cause is Cause.STATE_UNAVAILABLE else None
        sentence = JobFailure.of(code, options).sentence
        return JobFailure(code, f"{sentence} ({volume.group() if volume else name})")
    for key in options.conf:
        if key in text:
            return JobFailure.of(FailureCode.CONF, options, key=key)
    exceptions = re.findall(r"\b[\w.]*\w+(?:Exception|Error)\b", text)
    exception = exceptions[-1] if exceptions else "an exception"
    return JobFailure.of(FailureCode.PROGRAM_ERROR, options, exception=exception)


def _fields_for(code: FailureCode, options: Options) -> dict[str, object]:
    """Return the values that a code's sentence may name: of the source, of the sink, or of all options."""
    subjects = {Cause.SOURCE_UNAVAILABLE: options.source, Cause.SINK_UNAVAILABLE: options.sink}
    named = {
        **vars(subjects.get(code.cause, options)),
        "place": options.resume_from or options.checkpoint_dir,
    }
    return {key: ", ".join(value) if isinstance(value, tuple) else value for key, value in named.items()}
