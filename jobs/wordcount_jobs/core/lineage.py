"""What a state was counted by: a small file beside it, so that no other engine and no other text rules go on from it.

Never the state itself. On storage that is no file system of this machine nothing is written or checked.
"""

import json
from dataclasses import asdict
from pathlib import Path

from wordcount_jobs.core.failure import no_state, other_state
from wordcount_jobs.core.options import Options

NAME = "wordcount.json"
LEVELS = 4
"""Folders above a checkpoint in which its file is looked for: g1/savepoints/savepoint-…, g1/<job id>/chk-7."""


def local(place: str | None) -> Path | None:
    """The folder of a path or file: URI; None for another kind of storage, or none."""
    if place is None:
        return None
    path = place.removeprefix("file://").removeprefix("file:")
    return Path(path) if path.startswith("/") else None


def begin(options: Options, engine: str) -> None:
    """Checks what the run begins from, then leaves the file in its own folder. Raises Failure."""
    source, own = local(options.restore_from), local(options.checkpoint_dir)
    words = {"engine": engine, "text": asdict(options.text)}
    if source is not None:
        if not source.exists():
            raise no_state(options)
        if _found(source) not in (None, _plain(words)):
            raise other_state(options)
    if own is not None and not (own / NAME).exists():
        own.mkdir(parents=True, exist_ok=True)
        whole = own / f".{NAME}"
        whole.write_text(json.dumps(words))
        whole.rename(own / NAME)


def _found(folder: Path) -> object:
    for each in (folder, *folder.parents[:LEVELS]):
        if (each / NAME).is_file():
            return json.loads((each / NAME).read_text())
    return None


def _plain(words: object) -> object:
    return json.loads(json.dumps(words))
