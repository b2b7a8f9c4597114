"""Looks before a run whether the sink can take its counts, the same on both engines; never writes a count."""

from wordcount_core.failures import Failure
from wordcount_core.options import FilesSink, Options, Postgres
from wordcount_jobs.common import postgres, storage


def check_sink(options: Options) -> None:
    """Makes what is missing, a folder or a table. Raises Failure where the sink cannot be written."""
    match options.sink:
        case Postgres() as sink:
            postgres.prepare(sink, options.window is not None)
        case FilesSink() as sink:
            _folder(sink)


def _folder(sink: FilesSink) -> None:
    field = "spec.sink.files.path"
    if storage.is_s3(sink.path):
        try:
            storage.check(sink.path)
        except Failure as failure:
            _, _, words = failure.message.partition(": ")
            raise Failure("SinkUnavailable", f"{field}: {words}") from None
        return
    folder = storage.storage_path(sink.path)
    try:
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            probe = folder / ".writable"
            probe.touch()
            probe.unlink()
    except OSError as error:
        raise Failure(
            "SinkUnavailable",
            f"{field}: {sink.path} cannot be written ({error.strerror}); mend the volume, or write another path",
        ) from None
