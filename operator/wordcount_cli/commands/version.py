"""`wordcount version`: print the versions of this program and of the resource."""

from argparse import ArgumentParser, Namespace
from importlib.metadata import version

from wordcount_cli.local.documents import API_VERSION


def arguments(_: ArgumentParser) -> None:
    """Declare nothing: the verb has no arguments."""


def main(_: Namespace) -> int:
    """Print one line."""
    print(f"wordcount {version('streaming-wordcount-operator')}, {API_VERSION}")
    return 0
