"""The command `wordcount`: finds the verb's module and calls it."""

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
    """Return the parser of all verbs; a verb's help text is the docstring of its module."""
    program = "kubectl wordcount" if Path(sys.argv[0]).name == "kubectl-wordcount" else "wordcount"
    top_level = ArgumentParser(
        prog=program, description="One streaming word count on Spark or on Flink.", allow_abbrev=False
    )
    verbs = top_level.add_subparsers(required=True, metavar="VERB")
    for name, verb in VERBS.items():
        text = (verb.__doc__ or "").partition(": ")[2].rstrip(".")
        subparser = verbs.add_parser(
            name, help=text, description=f"{text[0].upper()}{text[1:]}.", allow_abbrev=False
        )
        verb.arguments(subparser)
        subparser.set_defaults(main=verb.main, verb=name)
    return top_level


def main(argv: Sequence[str] | None = None) -> int:
    """Return the exit status: 0 done, 1 refused or failed, with a message, 2 wrong usage, 130 interrupted."""
    known_verbs = parser()
    if "_ARGCOMPLETE" in os.environ and find_spec("argcomplete"):  # a shell asks for completions
        import_module("argcomplete").autocomplete(known_verbs)
    args = known_verbs.parse_args(argv)
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
