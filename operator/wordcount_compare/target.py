"""What a comparison needs of the target on which engines run: this machine or a cluster."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any, Protocol

from wordcount_compare.plan import Plan
from wordcount_compare.processes import Usage
from wordcount_operator.api.v1alpha1 import Snapshot


class Target(Protocol):
    """Runs one engine's resources, one at a time, and the probe. Each method may raise ValueError."""

    def machine(self) -> str:
        """Return how large the target is, for the report."""

    def probe(self, plan: Plan) -> AbstractContextManager[Iterator[str]]:
        """Run a probe with this plan, and give the lines that it prints."""

    def start(self, document: dict[str, Any]) -> None:
        """Start a resource; it may not count yet when this returns."""

    def stop(self) -> None:
        """Stop the resource, if one runs, and remove its state. It writes no more when this returns."""

    def kill(self) -> str:
        """Kill the driver or JobManager without grace, see that it comes back, and return what was killed."""

    def usage(self) -> Usage:
        """Return CPU time and memory of the engine's processes."""

    def latest(self) -> Snapshot | None:
        """Return the newest checkpoint, or None if none is known."""

    def late_lines(self) -> int | None:
        """Return the late lines that the resource reports, or None if it does not report any yet."""
