"""`wordcount validate`: report what the API server and the operator would refuse in a file."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator

from wordcount_cli.local.documents import API_VERSION, Document, UnreadableError, load
from wordcount_cli.local.dry_run import as_created
from wordcount_operator.api import KIND
from wordcount_operator.api.validation import RefusedError, read
from wordcount_operator.engines import ENGINES


def arguments(parser: ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="a YAML file; - for standard input")


def main(args: Namespace) -> int:
    """Print a line for each problem, or that there is none. Return 0 if every file is good, else 1."""
    problems = 0
    for file in args.files:
        for good, line in lines(file):
            print(line)
            problems += not good
    return 1 if problems else 0


def lines(file: str) -> Iterator[tuple[bool, str]]:
    """Return the lines about a file, each with whether it is good news."""
    try:
        documents = load(file)
    except UnreadableError as error:
        yield False, str(error)
        return
    for document in documents:
        if document.other:
            yield True, f"{document.place}: ignored, it is a {document.other}"
        else:
            yield from _resource(document)
    if all(document.other for document in documents):
        yield False, f"{file}: there is no {KIND} in it; write apiVersion: {API_VERSION} and kind: {KIND}"


def _resource(document: Document) -> Iterator[tuple[bool, str]]:
    try:
        document.expect_ours()
        resource = as_created(read(document.value))
        problems = ENGINES[resource.spec.engine].problems(resource, None)
    except UnreadableError as error:
        yield False, str(error)
    except RefusedError as error:
        yield from ((False, f"{document.place}: {fault}") for fault in error.errors)
    else:
        yield from ((False, f"{document.place}: {problem.sentence}") for problem in problems)
        if not problems:
            yield True, f"{document.place}: good"
