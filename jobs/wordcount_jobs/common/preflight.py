"""Checks before a run, for both engines, that Kafka can be reached and the sink can take counts."""

from wordcount_core.failure_codes import FailureCode
from wordcount_core.failures import JobFailure, sink_failure, source_failure
from wordcount_core.options import FilesSink, KafkaSink, KafkaSource, Options, Postgres
from wordcount_core.storage_uris import is_s3
from wordcount_jobs.common import kafka_preflight, postgres, storage


def check_kafka(options: Options, timeout: float = 5.0) -> None:
    """Raise JobFailure if no Kafka server of the source or of the sink answers within `timeout` seconds.

    A socket source is not tried: its server may serve the first connection only, so the engine's own attempt
    decides.
    """
    source, sink = options.source, options.sink
    if isinstance(source, KafkaSource) and (error := kafka_preflight.find_error(source, timeout)):
        raise source_failure(options, error)
    if isinstance(sink, KafkaSink) and (error := kafka_preflight.find_error(sink, timeout)):
        raise sink_failure(options, error)


def check_sink(options: Options) -> None:
    """Create the folder or the table that is missing. Raises JobFailure if the sink cannot be written."""
    match options.sink:
        case Postgres() as sink:
            postgres.prepare(sink, options.window is not None)
        case FilesSink() as sink:
            _check_folder(sink)


def _check_folder(sink: FilesSink) -> None:
    if is_s3(sink.path):
        try:
            storage.check_bucket(sink.path)
        except JobFailure as failure:
            raise JobFailure(FailureCode.SINK_FILES, failure.sentence) from None
        return
    folder = storage.storage_path(sink.path)
    try:
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            probe = folder / ".writable"
            probe.touch()
            probe.unlink()
    except OSError as error:
        sentence = f"{sink.path} cannot be written ({error.strerror}); fix the volume, or write another path"
        raise JobFailure(FailureCode.SINK_FILES, sentence) from None
