"""What the containers of some pods say, read from the cluster; never which pods those are, and never how it looks."""

import heapq
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from queue import Empty, Queue
from threading import Thread
from typing import Any

from kubernetes import client

from wordcount_cli.kube.api_errors import Request, translated
from wordcount_cli.kube.cluster import LIMITS
from wordcount_operator.engines import ENGINES

CONTAINERS = tuple(engine.info.container for engine in ENGINES.values())
"""Names of the container that runs an engine; a template may add others beside it."""
DAY = 86400
"""Seconds that a pod may be silent while it is listened to."""
LOOK = 5.0
"""Seconds between two looks for containers that began."""


@dataclass(frozen=True)
class LogSource:
    """One start of a container: after a restart it is another, with a log of its own."""

    pod: str
    container: str
    restarts: int


@dataclass(frozen=True)
class Line:
    """What was said; instants are Kubernetes' texts, all of one length, so they sort."""

    at: str
    pod: str
    text: str


class Pods:
    """The pods that a selector names, in one namespace."""

    def __init__(self, namespace: str, selector: str) -> None:
        self._namespace, self._selector = namespace, selector
        self._calls = client.CoreV1Api()
        self._queue: Queue[Line | Exception] = Queue()

    def sources(self) -> list[LogSource]:
        """The engines' containers that have begun; raises UnreachableError."""
        with translated(Request("list", "pods", self._namespace)):
            found = self._calls.list_namespaced_pod(
                self._namespace, label_selector=self._selector, _request_timeout=LIMITS
            )
        return [_speaker(pod) for pod in found.items if pod.status.phase != "Pending"]

    def log(self, speaker: LogSource, tail: int, *, follow: bool = False) -> Iterator[Line]:
        """Its last lines, and with `follow` the next ones until it ends; raises UnreachableError."""
        with translated(Request("get", "pods/log", self._namespace, speaker.pod)):
            lines = self._calls.read_namespaced_pod_log(
                speaker.pod,
                self._namespace,
                container=speaker.container,
                tail_lines=tail,
                follow=follow,
                timestamps=True,
                _preload_content=False,
                _request_timeout=(LIMITS[0], DAY) if follow else LIMITS,
            )
            for each in lines:
                at, _, text = each.decode(errors="replace").rstrip("\n").partition(" ")
                yield Line(at, speaker.pod, text)

    def follow(self, tail: int) -> Iterator[Line]:
        """What all of them say, as it comes, also those that begin later; for ever, or raises UnreachableError."""
        known = set[LogSource]()
        while True:
            for each in set(self.sources()) - known:
                known.add(each)
                Thread(target=self._listen, args=(each, tail), daemon=True).start()
            yield from self._heard()

    def _listen(self, speaker: LogSource, tail: int) -> None:
        try:
            for line in self.log(speaker, tail, follow=True):
                self._queue.put(line)
        except Exception as error:  # whatever it is, the one who prints must not wait for ever
            self._queue.put(error)

    def _heard(self) -> Iterator[Line]:
        """Until the next look for new ones is due."""
        end = time.monotonic() + LOOK
        try:
            while (left := end - time.monotonic()) > 0:
                each = self._queue.get(timeout=left)
                if isinstance(each, Exception):
                    raise each
                yield each
        except Empty:
            return


def merged(logs: Iterable[Iterable[Line]]) -> Iterator[Line]:
    """All lines in the order of their instants."""
    return heapq.merge(*logs, key=lambda line: line.at)


def _speaker(pod: Any) -> LogSource:
    names = [each.name for each in pod.spec.containers]
    container = next((each for each in names if each in CONTAINERS), names[0])
    states = pod.status.container_statuses or []
    restarts = sum(each.restart_count for each in states if each.name == container)
    return LogSource(pod.metadata.name, container, restarts)
