"""Measures a resource on both engines, one after the other, and returns the report."""

import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from importlib.metadata import requires
from typing import Any

from wordcount_cli.local.documents import Document
from wordcount_cli.local.engine_envs import DISTRIBUTION
from wordcount_compare.figures import figures, series
from wordcount_compare.measure import Show, measure
from wordcount_compare.table import ENGINES
from wordcount_compare.target import Target
from wordcount_compare.trial import trial

OpenTarget = Callable[[str], AbstractContextManager[Target]]
"""Engine → the target that it runs on."""
Progress = Callable[[str], AbstractContextManager[Show]]
"""Engine → a function that shows what happens now."""


def report(document: Document, seconds: float, open_target: OpenTarget, progress: Progress) -> dict[str, Any]:
    """Return everything that was measured; one engine runs at a time. Raises ValueError with a message."""
    run = secrets.token_hex(3)
    trials = [trial(document, engine, run, seconds) for engine in ENGINES]
    machine, engines = "", {}
    for each in trials:
        with open_target(each.engine) as target, progress(each.engine) as show:
            machine, measured = target.machine(), measure(target, each, show)
        engines[each.engine] = {"figures": figures(measured), "series": series(measured)}
    return {
        "resource": document.value,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": seconds,
        "machine": machine,
        "versions": versions(),
        "engines": engines,
    }


def versions() -> dict[str, str]:
    """Return the versions of the engines that this release is made for."""
    pinned = (each.split(";")[0].strip().partition("==") for each in requires(DISTRIBUTION) or [])
    return {name.removeprefix("py").removeprefix("apache-"): version for name, is_, version in pinned if is_}
