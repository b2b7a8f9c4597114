"""Reads what a Kubernetes Secret holds from the files that a pod mounts it as; never prints, keeps or passes on a value.

Each Secret is a folder of its name, each of its keys a file. `wordcount run` looks into a folder of this machine instead.
"""

import os
from pathlib import Path

FOLDER = "/opt/wordcount/secrets"
"""Where every pod of a resource finds the Secrets that its source and sink name."""
VARIABLE = "WORDCOUNT_SECRETS"
"""The variable that names another folder, for runs outside a cluster."""


def folder(name: str) -> Path:
    """Where the Secret's keys are."""
    return Path(os.environ.get(VARIABLE) or FOLDER) / name


def value(name: str, key: str) -> str | None:
    """What the Secret holds under that key, without a line's end behind it; None where there is no such Secret or key."""
    try:
        return (folder(name) / key).read_text().rstrip("\r\n")
    except FileNotFoundError:
        return None
