"""What a state was counted by: a small file beside it, so that no other engine, no other text rules, windows or latency go on from it.

Never the state itself.
"""

import json
from dataclasses import asdict

from wordcount_core.failures import no_state, other_state
from wordcount_core.options import Options
from wordcount_jobs.common.storage import StoragePath, check, is_s3, storage_path

NAME = "wordcount.json"
LEVELS = 4
"""Folders above a checkpoint in which its file is looked for: g1/savepoints/savepoint-…, g1/<job id>/chk-7."""


def check_and_record(options: Options, engine: str) -> None:
    """Checks what the run begins from, then leaves the file in its own folder. Raises Failure."""
    check(options.checkpoint_dir)
    words = {"engine": engine, "text": asdict(options.text)}
    if options.window is not None:
        words["window"] = asdict(options.window)
    if options.low:
        words["latency"] = options.latency
    if options.restore_from is not None:
        if is_s3(options.restore_from) != is_s3(options.checkpoint_dir or ""):
            raise no_state(options)
        check(options.restore_from)
        source = storage_path(options.restore_from)
        if source is None or not source.exists():
            raise no_state(options)
        if _found(source) not in (None, _plain(words)):
            raise other_state(options)
    own = storage_path(options.checkpoint_dir)
    if own is not None and not (own / NAME).exists():
        own.mkdir(parents=True, exist_ok=True)
        whole = own / f".{NAME}"
        whole.write_text(json.dumps(words))
        whole.replace(own / NAME)


def _found(folder: StoragePath) -> object:
    for each in (folder, *list(folder.parents)[:LEVELS]):
        if (each / NAME).is_file():
            return json.loads((each / NAME).read_text())
    return None


def _plain(words: object) -> object:
    return json.loads(json.dumps(words))
