"""Removes state that nobody needs any more; never anything outside the folder that it was given, and never through a link.

`python -m wordcount_jobs.tools.delete_state ROOT [PATH…]` removes the paths, each of them inside ROOT; without a path, ROOT
itself. ROOT must be one resource's folder, `…/state/<namespace>/<name>/<uid>`, written absolutely, or
`s3a://<bucket>/…/<namespace>/<name>/<uid>`: anything else is refused, so that no slip can remove more. What is gone
already is success. Files go one by one with a line of progress, and a removal that is cut short goes on where it stopped.
"""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from wordcount_core.failures import Failure
from wordcount_jobs.common import storage

PROGRESS = 1000
"""Files between two lines of progress."""
UID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
ROOT = re.compile(rf"/(?:[^/]+/)*state/[^/]+/[^/]+/[^/]+|{storage.SCHEME}[^/]+/(?:[^/]+/)*[^/]+/[^/]+/{UID}")


def main(arguments: list[str]) -> int:
    """The exit status: 0 when all is gone, 1 where something could not be removed, 2 for arguments that make no sense."""
    try:
        root, paths = checked_paths(arguments)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    try:
        if storage.is_s3(root):
            remove_from_bucket(root, paths)
            return 0
        for path in paths:
            remove(Path(path))
        with suppress(OSError):
            # The folder of the name, where no other resource of it has left anything.
            Path(root).parent.rmdir()
    except Failure as failure:
        failure.report()
        print(failure.message, file=sys.stderr)
        return 1
    except OSError as error:
        sentence = f"{error.filename}: {error.strerror}; look at spec.checkpoint.storage"
        Failure("StateUnavailable", sentence).report()
        print(sentence, file=sys.stderr)
        return 1
    return 0


def checked_paths(arguments: list[str]) -> tuple[str, list[str]]:
    """The root and what is to be removed; raises ValueError for a root of another shape and for a path outside of it."""
    plain = [each.removeprefix("file://").removeprefix("file:").rstrip("/") for each in arguments]
    for each in plain:
        absolute = each.startswith(("/", storage.SCHEME))
        if not absolute or {"", ".", ".."} & set(each.removeprefix(storage.SCHEME).lstrip("/").split("/")):
            raise ValueError(f"{each!r} is not an absolute path without . or .. in it")
    if not plain or not ROOT.fullmatch(plain[0]):
        raise ValueError("the first argument must be a folder …/state/<namespace>/<name>/<uid>")
    root, paths = plain[0], plain[1:] or plain
    if strays := [path for path in paths if path != root and not path.startswith(f"{root}/")]:
        raise ValueError(f"{', '.join(strays)} lies outside of {root}")
    return root, paths


def remove_from_bucket(root: str, paths: list[str]) -> None:
    """Removes from a bucket what lies under these paths. Raises Failure where the bucket cannot be used."""
    storage.check(root)
    for path in filter(None, map(storage.storage_path, paths)):
        storage.remove(path)


def remove(path: Path) -> None:
    """Removes a file, or a folder with all that is in it; nothing where there is nothing."""
    for number, each in enumerate(_innermost_first(path), 1):
        if each.is_dir() and not each.is_symlink():
            each.rmdir()
        else:
            each.unlink(missing_ok=True)
        if number % PROGRESS == 0:
            print(f"{number} removed", flush=True)


def _innermost_first(path: Path) -> Iterator[Path]:
    if path.is_dir() and not path.is_symlink():
        for folder, names, files in os.walk(path, topdown=False):
            yield from (Path(folder, name) for name in files)
            yield from (Path(folder, name) for name in names if Path(folder, name).is_symlink())
            yield Path(folder)
    elif path.is_symlink() or path.exists():
        yield path


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
