"""Looks before a run whether the sink can take its counts, the same on both engines; never writes a count."""

from wordcount_jobs.core import places, table
from wordcount_jobs.core.failure import Failure
from wordcount_jobs.core.options import FilesSink, Options, Postgres


def ready(options: Options) -> None:
    """Makes what is missing, a folder or a table. Raises Failure where the sink cannot be written."""
    match options.sink:
        case Postgres() as sink:
            table.prepare(sink, options.window is not None)
        case FilesSink() as sink:
            _folder(sink)


def _folder(sink: FilesSink) -> None:
    field = "spec.sink.files.path"
    if places.on_s3(sink.path):
        try:
            places.check(sink.path)
        except Failure as failure:
            _, _, words = failure.message.partition(": ")
            raise Failure("SinkUnavailable", f"{field}: {words}") from None
        return
    folder = places.place(sink.path)
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
