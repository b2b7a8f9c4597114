"""Removes state that is no longer needed, inside one folder and not through links.

`python -m wordcount_jobs.tools.delete_state ROOT [PATH…]` removes the paths, each of them inside ROOT;
without a path, it removes ROOT itself. ROOT must be the folder of one resource, as an absolute path
`…/state/<namespace>/<name>/<uid>`, or `s3a://<bucket>/…/<namespace>/<name>/<uid>`. Anything else is refused,
so that a mistake cannot remove more. A path that is already gone is a success. Files are removed one by one,
with a line of progress; a removal that was interrupted is continued when the program runs again.
"""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from wordcount_core.failure_codes import FailureCode
from wordcount_core.failures import JobFailure
from wordcount_core.storage_uris import S3A_SCHEME, is_s3, without_file_scheme
from wordcount_jobs.common import storage, termination_log

PROGRESS = 1000
"""Files between two lines of progress."""
UID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
ROOT = re.compile(rf"/(?:[^/]+/)*state/[^/]+/[^/]+/[^/]+|{S3A_SCHEME}[^/]+/(?:[^/]+/)*[^/]+/[^/]+/{UID}")


def main(arguments: list[str]) -> int:
    """Return the exit status: 0 if all is gone, 1 if something is left, 2 for wrong arguments."""
    try:
        root, paths = checked_paths(arguments)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    try:
        if is_s3(root):
            remove_from_bucket(root, paths)
            return 0
        for path in paths:
            remove(Path(path))
        with suppress(OSError):
            # The folder of the name, if no other resource of this name has left anything there.
            Path(root).parent.rmdir()
    except JobFailure as failure:
        termination_log.report(failure)
        print(failure.message, file=sys.stderr)
        return 1
    except OSError as error:
        code = FailureCode.STATE_NOT_DELETED
        sentence = code.sentence.format(file=error.filename, reason=error.strerror)
        termination_log.report(JobFailure(code, sentence))
        print(sentence, file=sys.stderr)
        return 1
    return 0


def checked_paths(arguments: list[str]) -> tuple[str, list[str]]:
    """Return the root and the paths to remove.

    Raises ValueError for a root of another shape and for a path outside.
    """
    plain = [without_file_scheme(each).rstrip("/") for each in arguments]
    for each in plain:
        absolute = each.startswith(("/", S3A_SCHEME))
        if not absolute or {"", ".", ".."} & set(each.removeprefix(S3A_SCHEME).lstrip("/").split("/")):
            raise ValueError(f"{each!r} is not an absolute path without . or .. in it")
    if not plain or not ROOT.fullmatch(plain[0]):
        raise ValueError("the first argument must be a folder …/state/<namespace>/<name>/<uid>")
    root, paths = plain[0], plain[1:] or plain
    if strays := [path for path in paths if path != root and not path.startswith(f"{root}/")]:
        raise ValueError(f"{', '.join(strays)} lies outside of {root}")
    return root, paths


def remove_from_bucket(root: str, paths: list[str]) -> None:
    """Remove what is under these paths of a bucket. Raises JobFailure if the bucket cannot be used."""
    storage.check_bucket(root)
    for path in filter(None, map(storage.storage_path, paths)):
        storage.remove(path)


def remove(path: Path) -> None:
    """Remove a file, or a folder with all that is in it; it is no error if there is nothing."""
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
