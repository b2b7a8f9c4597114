"""Reads the options from the command line of a main program."""

import argparse
from collections.abc import Sequence

from wordcount_core.options import Options


def options_from_args(argv: Sequence[str] | None = None) -> Options:
    """Return the options that `Options.main_args` wrote. Raises ValueError as `Options.from_json` does."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--options", required=True, help="one JSON document, see wordcount_core/options.py")
    return Options.from_json(parser.parse_args(argv).options)
