"""Talks to the test cluster through kubectl, and says what was wrong when a wait failed."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from tools.cluster.paths import BIN, KUBECONFIG

Object = dict[str, Any]
T = TypeVar("T")
SWC = "streamingwordcounts.streaming.wordcount.dev"
PAUSE = 0.3
"""Seconds between two readings of something that is waited for."""


class NotSeen(AssertionError):
    """What was waited for did not happen; the text holds the diagnosis."""


class Refused(Exception):
    """An error of kubectl or helm; the text is its own."""


def program(name: str) -> str:
    """Return the path of kubectl or helm: the one on PATH, else the one that `make cluster` built."""
    return shutil.which(name) or str(BIN / name)


def command(*words: object) -> list[str]:
    """Return a kubectl command line for the test cluster."""
    return [program("kubectl"), f"--kubeconfig={KUBECONFIG}", *map(str, words)]


def kubectl(*words: object, stdin: str | None = None, timeout: float = 300) -> str:
    """Return what kubectl printed; raise Refused if it failed."""
    done = subprocess.run(
        command(*words), input=stdin, capture_output=True, text=True, timeout=timeout, check=False
    )
    if done.returncode:
        raise Refused(done.stderr.strip())
    return done.stdout


def until(look: Callable[[], T], seconds: float, what: str, diagnosis: Callable[[], str] = str) -> T:
    """The first true answer of `look`; raises NotSeen with the diagnosis after so many seconds."""
    end = time.monotonic() + seconds
    while not (answer := look()):
        if time.monotonic() > end:
            raise NotSeen(f"{what}: not within {seconds:.0f} s; last seen: {answer!r}\n{diagnosis()}")
        time.sleep(PAUSE)
    return answer


def wordcount(*words: str) -> str:
    """Return what `wordcount` printed; raise CalledProcessError if it failed."""
    environment = os.environ | {"KUBECONFIG": str(KUBECONFIG)}
    command = [sys.executable, "-m", "wordcount_cli", *words]
    return subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout


@dataclass(frozen=True)
class Space:
    """One namespace of the cluster."""

    name: str

    def kubectl(self, *words: object, stdin: str | None = None) -> str:
        """Return what kubectl printed for this namespace; raise Refused if it failed."""
        return kubectl("-n", self.name, *words, stdin=stdin)

    def apply(self, what: Path | Object) -> None:
        """Apply a file or one object, as a person would."""
        if isinstance(what, Path):
            self.kubectl("apply", "-f", what)
        else:
            self.kubectl("apply", "-f", "-", stdin=json.dumps(what))

    def get(self, kind: str, name: str) -> Object | None:
        """Return the object, or None if there is none."""
        text = self.kubectl("get", kind, name, "-o", "json", "--ignore-not-found")
        return json.loads(text) if text else None

    def all(self, kind: str, selector: str = "") -> list[Object]:
        """The objects of a kind (or of several, with a comma between them) that have these labels."""
        items: list[Object] = json.loads(self.kubectl("get", kind, "-l", selector, "-o", "json"))["items"]
        return items

    def names(self, kind: str, selector: str = "") -> list[str]:
        """Return their names, sorted."""
        return sorted(item["metadata"]["name"] for item in self.all(kind, selector))

    def delete(self, kind: str, name: str, *flags: str) -> None:
        """Delete an object without waiting for it to go; one that is not there is fine."""
        self.kubectl("delete", kind, name, "--ignore-not-found", "--wait=false", *flags)

    def kill(self, pod: str) -> None:
        """Kill a pod without a grace period, as if its machine were lost."""
        self.delete("pod", pod, "--force", "--grace-period=0")

    def status(self, name: str) -> Object:
        """Return the status of a StreamingWordCount; empty if there is none yet."""
        status: Object = (self.get(SWC, name) or {}).get("status", {})
        return status

    def condition(self, name: str, kind: str) -> Object:
        """Return one of its conditions; empty if there is none."""
        found = [each for each in self.status(name).get("conditions", []) if each["type"] == kind]
        return found[0] if found else {}

    def wait_phase(self, name: str, phase: str, seconds: float = 180) -> Object:
        """Wait for a phase of the newest spec, and return the status."""

        def look() -> Object | None:
            found = self.get(SWC, name) or {}
            status: Object = found.get("status", {})
            current = status.get("observedGeneration") == found.get("metadata", {}).get("generation")
            return status if current and status.get("phase") == phase else None

        return until(look, seconds, f"{name} is {phase}", lambda: self.diagnosis(name)) or {}

    def events(self, name: str) -> list[Object]:
        """Return the events about a StreamingWordCount."""
        selector = f"involvedObject.name={name},involvedObject.kind=StreamingWordCount"
        found: list[Object] = json.loads(
            self.kubectl("get", "events", "--field-selector", selector, "-o", "json")
        )["items"]
        return found

    def patch(self, name: str, **spec: object) -> None:
        """Change fields of a StreamingWordCount's spec."""
        change = json.dumps({"spec": spec})
        self.kubectl("patch", SWC, name, "--type=merge", "-p", change)

    def diagnosis(self, name: str) -> str:
        """Return what a person would read next: status, events, pods and the ends of their logs."""
        parts = [
            f"status of {name}: {json.dumps(self.status(name), indent=1)}",
            self.kubectl("get", "events", "--sort-by=.lastTimestamp")[-4000:],
            self.kubectl("get", "pods", "-o", "wide"),
        ]
        pods = [pod for pod in self.names("pods") if name in pod or pod.startswith("flink-")]
        logs = (f"end of the log of {pod}:\n{self.log(pod, 15)}" for pod in pods)
        return "\n\n".join([*parts, *logs])

    def log(self, pod: str, lines: int) -> str:
        """Return the end of a pod's log, or why there is none."""
        try:
            return self.kubectl("logs", pod, f"--tail={lines}", "--all-containers")
        except Refused as error:
            return str(error)
