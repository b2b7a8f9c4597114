"""Reads the values of a Kubernetes Secret from the files as which a pod mounts it.

Each Secret is a folder of its name, each of its keys a file. `wordcount run` reads from a folder of this
machine instead.
"""

import os
from pathlib import Path

from wordcount_core.pod_paths import SECRETS_FOLDER

VARIABLE = "WORDCOUNT_SECRETS"
"""The environment variable that names another folder, for runs outside a cluster."""


def folder(name: str) -> Path:
    """Return the folder of a Secret, which has one file for each key."""
    return Path(os.environ.get(VARIABLE) or SECRETS_FOLDER) / name


def value(name: str, key: str) -> str | None:
    """Return the value of a key without a line end behind it; None if there is no such Secret or key."""
    try:
        return (folder(name) / key).read_text().rstrip("\r\n")
    except FileNotFoundError:
        return None
