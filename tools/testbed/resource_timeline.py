"""Watches the resources of a namespace and keeps every phase that they were in, in order."""

import subprocess
import threading
from collections import defaultdict

from tools.testbed.kube import SWC, Space, command

_LINE = "jsonpath={.metadata.name} {.metadata.uid} {.status.phase}{'\\n'}"


class ResourceTimeline:
    """Each phase that the API server reported, without repetitions.

    A context manager that watches while it is open.
    """

    def __init__(self, space: Space) -> None:
        self._words = command("-n", space.name, "get", SWC, "--watch", "-o", _LINE)
        self._seen: defaultdict[str, list[str]] = defaultdict(list)
        self._latest: dict[str, str] = {}

    def __enter__(self) -> "ResourceTimeline":
        self.begin()
        return self

    def begin(self) -> None:
        """Watches from now on: at first, and again where the API server ended the watch, as it does when the
        CRD changes.
        """
        self._process = subprocess.Popen(self._words, stdout=subprocess.PIPE, text=True)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        """Stop watching."""
        self._process.terminate()
        self._process.wait()
        self._reader.join()
        assert self._process.stdout
        self._process.stdout.close()

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            name, uid, *phase = line.split()
            phases = self._seen[uid]
            self._latest[name] = uid
            if phase and phases[-1:] != phase:
                phases.append(phase[0])

    def phases(self, name: str, since: int = 0) -> list[str]:
        """Return the phases of the newest resource of that name, from number `since` on."""
        # A watch that broke would show a short history as a good one.
        assert self._process.poll() is None, "the watch of the resources ended"
        return self._seen[self._latest.get(name, "")][since:]

    def mark(self, name: str) -> int:
        """Return where the timeline of a resource is now: its present phase is the first after this mark."""
        return max(len(self.phases(name)) - 1, 0)
