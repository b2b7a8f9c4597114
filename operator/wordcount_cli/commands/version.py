"""`wordcount version`: the versions of this program and of the resource; never anything of a cluster."""

from argparse import ArgumentParser, Namespace
from importlib.metadata import version

from wordcount_cli.local.documents import API_VERSION


def arguments(_: ArgumentParser) -> None:
    """The verb has no arguments."""


def main(_: Namespace) -> int:
    """Prints one line."""
    print(f"wordcount {version('streaming-wordcount-operator')}, {API_VERSION}")
    return 0
