"""Writes a failure where Kubernetes reads the message of a container that has ended."""

import json
from contextlib import suppress
from pathlib import Path

from wordcount_core.failures import JobFailure

TERMINATION_LOG = Path("/dev/termination-log")


def report(failure: JobFailure, log: Path = TERMINATION_LOG) -> None:
    """Write cause and message as JSON.

    Outside of Kubernetes there is no such file, and nothing is written.
    """
    if log.exists():
        with suppress(OSError):
            log.write_text(json.dumps({"cause": failure.cause, "message": failure.message}))
