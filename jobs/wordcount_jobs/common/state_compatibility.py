"""Records beside the state how it was counted, and refuses a state that was counted differently.

Another engine, other text rules, other windows or another latency cannot continue from a state.
"""

import json
from dataclasses import asdict

from wordcount_core.failure_codes import FailureCode
from wordcount_core.failures import JobFailure
from wordcount_core.options import Options
from wordcount_core.storage_uris import is_s3
from wordcount_jobs.common.storage import StoragePath, check_bucket, storage_path

NAME = "wordcount.json"
LEVELS = 4
"""How many folders above a checkpoint may have its file: g1/savepoints/savepoint-…, g1/<job id>/chk-7."""


def check_and_record(options: Options, engine: str) -> None:
    """Check the state from which the run starts, then write the file for the run's own state.

    Raises JobFailure.
    """
    check_bucket(options.checkpoint_dir)
    counted_by = {"engine": engine, "text": asdict(options.text)}
    if options.window is not None:
        counted_by["window"] = asdict(options.window)
    if options.low:
        counted_by["latency"] = options.latency
    if options.restore_from is not None:
        if is_s3(options.restore_from) != is_s3(options.checkpoint_dir or ""):
            raise JobFailure.of(FailureCode.RESTORE_POINT_MISSING, options)
        check_bucket(options.restore_from)
        source = storage_path(options.restore_from)
        if source is None or not source.exists():
            raise JobFailure.of(FailureCode.RESTORE_POINT_MISSING, options)
        if _recorded(source) not in (None, _as_json(counted_by)):
            raise JobFailure.of(FailureCode.RESTORE_POINT_INCOMPATIBLE, options)
    own = storage_path(options.checkpoint_dir)
    if own is not None and not (own / NAME).exists():
        own.mkdir(parents=True, exist_ok=True)
        part = own / f".{NAME}"
        part.write_text(json.dumps(counted_by))
        part.replace(own / NAME)


def _recorded(folder: StoragePath) -> object:
    for each in (folder, *list(folder.parents)[:LEVELS]):
        if (each / NAME).is_file():
            return json.loads((each / NAME).read_text())
    return None


def _as_json(value: object) -> object:
    return json.loads(json.dumps(value))
