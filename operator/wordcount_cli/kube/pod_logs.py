"""Reads the logs of a resource's pods from the cluster."""

import heapq
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from queue import Empty, Queue
from threading import Thread
from typing import Any

from kubernetes import client

from wordcount_cli.kube.api_errors import Request, UnreachableError, translated
from wordcount_cli.kube.cluster import TIMEOUTS
from wordcount_operator.api.v1alpha1 import Status
from wordcount_operator.engines import ENGINES

ENGINE_CONTAINERS = tuple(engine.info.container for engine in ENGINES.values())
"""Names of the container that runs an engine; a pod template may add others."""
SILENCE_TIMEOUT = 86400
"""Seconds without a line after which following a log ends."""
DISCOVERY_INTERVAL = 5.0
"""Seconds between two searches for containers that have started."""


@dataclass(frozen=True)
class LogSource:
    """One start of a container: after a restart it is another source, with a log of its own."""

    pod: str
    container: str
    restarts: int


@dataclass(frozen=True)
class Line:
    """A line of a log; its time is Kubernetes' text, which sorts because all have one length."""

    time: str
    pod: str
    text: str


class Pods:
    """The pods that a selector matches, in one namespace."""

    def __init__(self, namespace: str, selector: str) -> None:
        self._namespace, self._selector = namespace, selector
        self._calls = client.CoreV1Api()
        self._queue: Queue[Line | Exception] = Queue()

    def sources(self) -> list[LogSource]:
        """Return the engines' containers that have started. Raises UnreachableError."""
        with translated(Request("list", "pods", self._namespace)):
            found = self._calls.list_namespaced_pod(
                self._namespace, label_selector=self._selector, _request_timeout=TIMEOUTS
            )
        return [_source(pod) for pod in found.items if pod.status.phase != "Pending"]

    def log(self, source: LogSource, tail: int, *, follow: bool = False) -> Iterator[Line]:
        """Yield the last lines, and with `follow` those that come. Raises UnreachableError."""
        with translated(Request("get", "pods/log", self._namespace, source.pod)):
            lines = self._calls.read_namespaced_pod_log(
                source.pod,
                self._namespace,
                container=source.container,
                tail_lines=tail,
                follow=follow,
                timestamps=True,
                _preload_content=False,
                _request_timeout=(TIMEOUTS[0], SILENCE_TIMEOUT) if follow else TIMEOUTS,
            )
            for each in lines:
                moment, _, text = each.decode(errors="replace").rstrip("\n").partition(" ")
                yield Line(moment, source.pod, text)

    def follow(self, tail: int) -> Iterator[Line]:
        """Yield the lines of all pods as they come, also of later pods. Raises UnreachableError."""
        known = set[LogSource]()
        while True:
            for each in set(self.sources()) - known:
                known.add(each)
                Thread(target=self._read, args=(each, tail), daemon=True).start()
            yield from self._until_next_discovery()

    def _read(self, source: LogSource, tail: int) -> None:
        try:
            for line in self.log(source, tail, follow=True):
                self._queue.put(line)
        except Exception as error:  # otherwise the main thread would wait for ever
            self._queue.put(error)

    def _until_next_discovery(self) -> Iterator[Line]:
        """Yield what comes until the next search for containers is due. Raises what a thread raised."""
        end = time.monotonic() + DISCOVERY_INTERVAL
        try:
            while (left := end - time.monotonic()) > 0:
                each = self._queue.get(timeout=left)
                if isinstance(each, Exception):
                    raise each
                yield each
        except Empty:
            return


def pod_selector(found: dict[str, Any]) -> str:
    """Return the label selector of the resource's pods. Raises UnreachableError if there are none yet.

    Pods of a session also log about other resources of the same session.
    """
    info, metadata = ENGINES[found["spec"]["engine"]].info, found["metadata"]
    labels = info.selector(metadata["uid"], Status.model_validate(found.get("status") or {}).session)
    if labels is None:
        name = metadata["name"]
        raise UnreachableError(f"{name} has no {info.title} session now; `wordcount status {name}` says why")
    return labels


def merged(logs: Iterable[Iterable[Line]]) -> Iterator[Line]:
    """Yield the lines of all logs in the order of their times."""
    return heapq.merge(*logs, key=lambda line: line.time)


def _source(pod: Any) -> LogSource:
    names = [each.name for each in pod.spec.containers]
    container = next((each for each in names if each in ENGINE_CONTAINERS), names[0])
    states = pod.status.container_statuses or []
    restarts = sum(each.restart_count for each in states if each.name == container)
    return LogSource(pod.metadata.name, container, restarts)
