"""`wordcount explain`: soon."""

from argparse import ArgumentParser, Namespace


def arguments(p: ArgumentParser) -> None: ...
def main(a: Namespace) -> int:
    return 0
