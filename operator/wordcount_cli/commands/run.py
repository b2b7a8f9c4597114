"""`wordcount run`: count what a file asks for on this machine, with the job code of the images."""

import sys
from argparse import ArgumentParser, Namespace
from dataclasses import replace
from pathlib import Path

from wordcount_cli.local import run
from wordcount_cli.local.resources import resource
from wordcount_cli.local.this_machine import chosen, for_this_machine
from wordcount_core.options import Options
from wordcount_operator.engines import ENGINES
from wordcount_operator.engines.common.job_options import job_options


def arguments(parser: ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    parser.add_argument(
        "file",
        metavar="FILE",
        help="a YAML file with a StreamingWordCount; of several, the one of --engine; - for standard input",
    )
    parser.add_argument("--engine", choices=sorted(ENGINES), help="run on this engine instead of the file's")
    parser.add_argument("--once", action="store_true", help="count what the source has now, then stop")
    parser.add_argument("--counts", metavar="OUT.json", type=Path, help="with --once: write the counts there")
    parser.set_defaults(wrong_usage=parser.error)


def main(args: Namespace) -> int:
    """Count until done (--once) or interrupted. Return 1 with a message if that is not possible."""
    if args.counts and not args.once:
        args.wrong_usage("--counts needs --once, because a stream has no last count")
    try:
        job, engine = prepare(args.file, args.engine, args.once, args.counts)
        return run.run(job, engine)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1


def prepare(file: str, engine: str | None, once: bool, counts: Path | None) -> tuple[Options, str]:
    """Return the options of the job, and the engine. Raises ValueError with a message for the user."""
    found = resource(for_this_machine(chosen(file, engine), engine))
    spec, name = found.spec, found.metadata.name
    if counts and not counts.absolute().parent.is_dir():
        raise ValueError(f"--counts: there is no folder {counts.absolute().parent}; create it first")
    block = getattr(spec, spec.engine)
    job = job_options(name, spec, checkpoint_dir=None, conf=block.conf if block else {}, progress_port=None)
    return replace(job, once=once, counts=str(counts.absolute()) if counts else None), spec.engine
