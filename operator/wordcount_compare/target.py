"""What a comparison needs of the place where engines run, whether that is this machine or a cluster; never a measurement."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any, Protocol

from wordcount_compare.plan import Plan
from wordcount_compare.processes import Usage
from wordcount_operator.api.v1alpha1 import Snapshot


class Target(Protocol):
    """Runs one engine's resources, one at a time, and the probe beside them. Everything raises ValueError with a sentence."""

    def machine(self) -> str:
        """How large the place is, for the report."""

    def probe(self, plan: Plan) -> AbstractContextManager[Iterator[str]]:
        """A probe that goes through its programme, and the lines that it says."""

    def start(self, document: dict[str, Any]) -> None:
        """Begin to run a resource; it need not count when this returns."""

    def stop(self) -> None:
        """End it and remove its state; nothing is fine too. It writes no more when this returns."""

    def kill(self) -> str:
        """Kill the engine's head without a goodbye and see that it comes back; what was killed."""

    def usage(self) -> Usage:
        """CPU and memory of the engine's processes."""

    def latest(self) -> Snapshot | None:
        """Its newest checkpoint, None where none is known."""

    def late_lines(self) -> int | None:
        """Late lines as the resource tells of them, None where it does not yet."""
