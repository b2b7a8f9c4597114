"""The command `wordcount`: finds the verb and calls it; never does a verb's work."""

import os
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from wordcount_cli.commands import (
    checkpoints,
    compare,
    explain,
    list_,
    logs,
    restart,
    resume,
    run,
    savepoint,
    status,
    suspend,
    top,
    ui,
    validate,
    version,
)
from wordcount_cli.kube.api_errors import UnreachableError

VERBS = {
    "validate": validate,
    "explain": explain,
    "run": run,
    "compare": compare,
    "list": list_,
    "status": status,
    "top": top,
    "logs": logs,
    "ui": ui,
    "suspend": suspend,
    "resume": resume,
    "restart": restart,
    "savepoint": savepoint,
    "checkpoints": checkpoints,
    "version": version,
}


def parser() -> ArgumentParser:
    """All verbs with their flags."""
    program = "kubectl wordcount" if Path(sys.argv[0]).name == "kubectl-wordcount" else "wordcount"
    made = ArgumentParser(
        prog=program, description="One streaming word count on Spark or on Flink.", allow_abbrev=False
    )
    verbs = made.add_subparsers(required=True, metavar="VERB")
    for name, verb in VERBS.items():
        text = (verb.__doc__ or "").split(": ", 1)[1].split(";")[0].strip()
        each = verbs.add_parser(name, help=text, description=text, allow_abbrev=False)
        verb.arguments(each)
        each.set_defaults(main=verb.main, verb=name)
    return made


def main(argv: Sequence[str] | None = None) -> int:
    """Exit status: 0 done, 1 refused or failed with a sentence, 2 wrong usage, 130 interrupted."""
    known = parser()
    if "_ARGCOMPLETE" in os.environ and find_spec("argcomplete"):  # a shell asks; it is no part of the images
        import_module("argcomplete").autocomplete(known)
    args = known.parse_args(argv)
    try:
        result: int = args.main(args)
    except UnreachableError as error:
        print(f"wordcount {args.verb}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    return result


if __name__ == "__main__":
    sys.exit(main())
