"""Makes the savepoints that the operator requests, each in a thread that copies the checkpoint."""

import threading
from typing import Any

from wordcount_jobs.common.storage import StoragePath, text
from wordcount_jobs.spark.checkpoint_copy import copy, is_complete


class Savepoints:
    """The savepoints of one run. The operator chooses the id of each, so asking twice for one makes one."""

    def __init__(self, checkpoint: StoragePath | None) -> None:
        """Start without a savepoint; `checkpoint` is None if the run keeps no checkpoint."""
        self._checkpoint = checkpoint
        self._failures: dict[str, str] = {}
        self._threads: dict[str, threading.Thread] = {}

    def start(self, name: str) -> None:
        """Start to make a savepoint, unless it exists or is being made; one that failed is tried again."""
        if name not in self._threads or name in self._failures:
            self._failures.pop(name, None)
            self._threads[name] = threading.Thread(target=self._make, args=(name,), daemon=True)
            self._threads[name].start()

    def document(self, name: str) -> dict[str, Any] | None:
        """Return how a savepoint does, as Flink's REST API would answer; None if nobody asked for it."""
        place = self._place(name)
        if place is not None and is_complete(place):
            return {"status": {"id": "COMPLETED"}, "operation": {"location": text(place)}}
        if name in self._failures:
            cause = {"stack-trace": self._failures[name]}
            return {"status": {"id": "COMPLETED"}, "operation": {"failure-cause": cause}}
        return {"status": {"id": "IN_PROGRESS"}} if name in self._threads else None

    def _place(self, name: str) -> StoragePath | None:
        return self._checkpoint / "savepoints" / f"savepoint-{name}" if self._checkpoint else None

    def _make(self, name: str) -> None:
        place = self._place(name)
        try:
            if self._checkpoint is None or place is None:
                raise OSError("the run keeps no checkpoint")
            copy(self._checkpoint, place)
        except Exception as error:
            self._failures[name] = f"{type(error).__name__}: {error}"
