"""`wordcount top`: show the most frequent words of a resource and its rates, live in a terminal."""

import sys
import time
from argparse import ArgumentParser, Namespace
from datetime import UTC, datetime

from rich.live import Live

from wordcount_cli.kube import cluster
from wordcount_cli.kube.word_source import WordSource, word_source
from wordcount_cli.views import output
from wordcount_cli.views.top import History, picture

INTERVAL = 2.0
"""Seconds between two screens."""
FIRST_WORDS_TIMEOUT = 30.0
"""Seconds that a single snapshot, without a terminal, waits for words."""


def arguments(parser: ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    cluster.arguments(parser)
    parser.add_argument("--words", type=int, default=20, metavar="N", help="how many words; 20 by default")
    parser.add_argument(
        "--image",
        help="the operator's image, for the pod that reads a topic; the running operator's by default",
    )


def main(args: Namespace) -> int:
    """Show a live screen in a terminal, otherwise print a single snapshot. Raises UnreachableError."""
    resource = cluster.Resource.of(args)
    with word_source(resource, resource.read(), args.words, args.image) as source:
        if sys.stdout.isatty():
            live(resource, source)
        else:
            once(resource, source)
    return 0


def live(resource: cluster.Resource, source: WordSource) -> None:
    """Draw a screen every two seconds, in the place of the one before, for ever. Raises UnreachableError."""
    history = History()
    with Live(console=output.console(), auto_refresh=False) as screen:
        while True:
            found = resource.read()
            shown = picture(found, source.newest(found), source.note, history, datetime.now(UTC))
            screen.update(shown, refresh=True)
            time.sleep(INTERVAL)


def once(resource: cluster.Resource, source: WordSource) -> None:
    """Print a single snapshot as soon as there are words, or when the timeout is over."""
    end = time.monotonic() + FIRST_WORDS_TIMEOUT
    found = resource.read()
    while not (top := source.newest(found)) and source.expected and time.monotonic() < end:
        time.sleep(INTERVAL)
        found = resource.read()
    output.console().print(picture(found, top, source.note, History(), datetime.now(UTC)))
