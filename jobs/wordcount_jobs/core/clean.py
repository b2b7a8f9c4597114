"""Removes state that nobody needs any more; never anything outside the folder that it was given, and never through a link.

`python -m wordcount_jobs.core.clean ROOT [PATH…]` removes the paths, each of them inside ROOT; without a path, ROOT
itself. ROOT must be one resource's folder, `…/state/<namespace>/<name>/<uid>`, written absolutely: anything else is
refused, so that no slip can remove more. What is gone already is success. Files go one by one with a line of progress,
and a removal that is cut short goes on where it stopped.
"""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from wordcount_jobs.core.failure import Failure

PROGRESS = 1000
"""Files between two lines of progress."""
ROOT = re.compile(r"/(?:[^/]+/)*state/[^/]+/[^/]+/[^/]+")


def main(arguments: list[str]) -> int:
    """The exit status: 0 when all is gone, 1 where something could not be removed, 2 for arguments that make no sense."""
    try:
        root, paths = inside(arguments)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    try:
        for path in paths:
            remove(path)
        with suppress(OSError):
            root.parent.rmdir()  # the folder of the name, where no other resource of it has left anything
    except OSError as error:
        sentence = f"{error.filename}: {error.strerror}; look at the volume of spec.checkpoint.storage"
        Failure("StateUnavailable", sentence).report()
        print(sentence, file=sys.stderr)
        return 1
    return 0


def inside(arguments: list[str]) -> tuple[Path, list[Path]]:
    """The root and what is to be removed; raises ValueError for a root of another shape and for a path outside of it."""
    plain = [each.removeprefix("file:") for each in arguments]
    for each in plain:
        if not each.startswith("/") or {"", ".", ".."} & set(each.rstrip("/").split("/")[1:]):
            raise ValueError(f"{each!r} is not an absolute path without . or .. in it")
    if not plain or not ROOT.fullmatch(plain[0]):
        raise ValueError("the first argument must be a folder …/state/<namespace>/<name>/<uid>")
    root, paths = Path(plain[0]), [Path(each) for each in plain[1:] or plain]
    if strays := [str(path) for path in paths if path != root and root not in path.parents]:
        raise ValueError(f"{', '.join(strays)} lies outside of {root}")
    return root, paths


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
