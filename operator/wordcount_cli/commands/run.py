"""`wordcount run`: counts what a file asks for on this machine, with the same job code; needs no cluster and never talks to one."""

import copy
import os
import sys
from argparse import ArgumentParser, Namespace
from dataclasses import replace
from pathlib import Path
from typing import Any

from wordcount_cli.kube.resources import resource
from wordcount_cli.local import run
from wordcount_cli.local.documents import Document, UnreadableError, word_counts
from wordcount_core.options import Options
from wordcount_operator.engines import ENGINES
from wordcount_operator.engines.common.job_options import job_options


def arguments(parser: ArgumentParser) -> None:
    """The verb's arguments."""
    parser.add_argument(
        "file",
        metavar="FILE",
        help="a YAML file with a StreamingWordCount; of several, the one of --engine; - for standard input",
    )
    parser.add_argument("--engine", choices=sorted(ENGINES), help="instead of the one that the file names")
    parser.add_argument("--once", action="store_true", help="count what the source holds now, and stop")
    parser.add_argument("--counts", metavar="OUT.json", type=Path, help="with --once: write the counts there")
    parser.set_defaults(wrong_usage=parser.error)


def main(args: Namespace) -> int:
    """Runs until it is done (--once) or interrupted; 1 with a sentence where it cannot."""
    if args.counts and not args.once:
        args.wrong_usage("--counts needs --once, because a stream has no last count")
    try:
        job, engine = prepare(args.file, args.engine, args.once, args.counts)
        return run.run(job, engine)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1


def prepare(file: str, engine: str | None, once: bool, counts: Path | None) -> tuple[Options, str]:
    """The job's options and the engine. Raises ValueError with a sentence."""
    found = resource(local(_chosen(file, engine), engine))
    spec, name = found.spec, found.metadata.name
    if counts and not counts.absolute().parent.is_dir():
        raise ValueError(f"--counts: there is no folder {counts.absolute().parent}; make it first")
    block = getattr(spec, spec.engine)
    job = job_options(name, spec, checkpoint_dir=None, conf=block.conf if block else {}, progress_port=None)
    return replace(job, once=once, counts=str(counts.absolute()) if counts else None), spec.engine


def _chosen(file: str, engine: str | None) -> Document:
    """The file's resource; where it has several, the one of that engine."""
    documents = word_counts(file)
    if len(documents) > 1 and engine:
        documents = [each for each in documents if _block(each.value, "spec").get("engine") == engine]
    if len(documents) != 1:
        raise UnreadableError(
            f"{file}: name one of its StreamingWordCounts by --engine, or run a file that holds one"
        )
    return documents[0]


def local(document: Document, engine: str | None) -> Document:
    """The document as this machine can run it: a path becomes absolute, and the engine is the one asked for."""
    value = copy.deepcopy(document.value)
    spec = _block(value, "spec")
    if engine and engine != spec.get("engine"):
        spec["engine"] = engine
        for other in ENGINES.keys() - {engine}:
            spec.pop(other, None)
    files = _block(_block(spec, "source"), "files")
    if isinstance(files.get("path"), str):
        files["path"] = os.path.abspath(files["path"])
        if not os.path.exists(files["path"]):
            field = "spec.source.files.path"
            raise UnreadableError(
                f"{document.place}: {field}: there is no {files['path']} on this machine; write a folder or a file"
            )
    return Document(document.place, value)


def _block(value: dict[str, Any], name: str) -> dict[str, Any]:
    """The block of that name, an empty one where there is none; what is wrong with it is said later."""
    inner = value.get(name)
    return inner if isinstance(inner, dict) else {}
