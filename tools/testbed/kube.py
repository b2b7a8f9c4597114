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
"""Seconds between two looks at something that is waited for."""


class NotSeen(AssertionError):
    """What was waited for did not happen; the text holds the diagnosis."""


class Refused(Exception):
    """kubectl ended with an error; the text is its own."""


def program(name: str) -> str:
    """Path of kubectl or helm: the one on PATH, else the one that `make cluster` built."""
    return shutil.which(name) or str(BIN / name)


def command(*words: object) -> list[str]:
    """A kubectl command line for the test cluster."""
    return [program("kubectl"), f"--kubeconfig={KUBECONFIG}", *map(str, words)]


def kubectl(*words: object, stdin: str | None = None, timeout: float = 300) -> str:
    """What kubectl printed; raises Refused."""
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
    """What the command line printed; raises CalledProcessError."""
    environment = os.environ | {"KUBECONFIG": str(KUBECONFIG)}
    command = [sys.executable, "-m", "wordcount_cli", *words]
    return subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout


@dataclass(frozen=True)
class Space:
    """One namespace of the cluster."""

    name: str

    def kubectl(self, *words: object, stdin: str | None = None) -> str:
        """What kubectl printed for this namespace; raises Refused."""
        return kubectl("-n", self.name, *words, stdin=stdin)

    def apply(self, what: Path | Object) -> None:
        """Applies a file or one object, as a person would."""
        if isinstance(what, Path):
            self.kubectl("apply", "-f", what)
        else:
            self.kubectl("apply", "-f", "-", stdin=json.dumps(what))

    def get(self, kind: str, name: str) -> Object | None:
        """The object, None where there is none."""
        text = self.kubectl("get", kind, name, "-o", "json", "--ignore-not-found")
        return json.loads(text) if text else None

    def all(self, kind: str, selector: str = "") -> list[Object]:
        """The objects of a kind (or of several, with a comma between them) that have these labels."""
        items: list[Object] = json.loads(self.kubectl("get", kind, "-l", selector, "-o", "json"))["items"]
        return items

    def names(self, kind: str, selector: str = "") -> list[str]:
        """Their names, sorted."""
        return sorted(item["metadata"]["name"] for item in self.all(kind, selector))

    def delete(self, kind: str, name: str, *flags: str) -> None:
        """Deletes an object and does not wait for it to go; one that is not there is fine."""
        self.kubectl("delete", kind, name, "--ignore-not-found", "--wait=false", *flags)

    def kill(self, pod: str) -> None:
        """Ends a pod without a goodbye, as a lost machine would."""
        self.delete("pod", pod, "--force", "--grace-period=0")

    def status(self, name: str) -> Object:
        """The status of a StreamingWordCount; empty where there is none yet."""
        status: Object = (self.get(SWC, name) or {}).get("status", {})
        return status

    def condition(self, name: str, kind: str) -> Object:
        """One of its conditions; empty where there is none."""
        found = [each for each in self.status(name).get("conditions", []) if each["type"] == kind]
        return found[0] if found else {}

    def wait_phase(self, name: str, phase: str, seconds: float = 180) -> Object:
        """The status once its phase is this and belongs to the newest spec."""

        def look() -> Object | None:
            found = self.get(SWC, name) or {}
            status: Object = found.get("status", {})
            current = status.get("observedGeneration") == found.get("metadata", {}).get("generation")
            return status if current and status.get("phase") == phase else None

        return until(look, seconds, f"{name} is {phase}", lambda: self.diagnosis(name)) or {}

    def events(self, name: str) -> list[Object]:
        """The events about a StreamingWordCount."""
        selector = f"involvedObject.name={name},involvedObject.kind=StreamingWordCount"
        found: list[Object] = json.loads(
            self.kubectl("get", "events", "--field-selector", selector, "-o", "json")
        )["items"]
        return found

    def patch(self, name: str, **spec: object) -> None:
        """Changes fields of a StreamingWordCount's spec."""
        change = json.dumps({"spec": spec})
        self.kubectl("patch", SWC, name, "--type=merge", "-p", change)

    def diagnosis(self, name: str) -> str:
        """What a person would look at next: the status, the events, the pods and the ends of their logs."""
        parts = [
            f"status of {name}: {json.dumps(self.status(name), indent=1)}",
            self.kubectl("get", "events", "--sort-by=.lastTimestamp")[-4000:],
            self.kubectl("get", "pods", "-o", "wide"),
        ]
        pods = [pod for pod in self.names("pods") if name in pod or pod.startswith("flink-")]
        logs = (f"end of the log of {pod}:\n{self.log(pod, 15)}" for pod in pods)
        return "\n\n".join([*parts, *logs])

    def log(self, pod: str, lines: int) -> str:
        """The end of a pod's log, or why there is none."""
        try:
            return self.kubectl("logs", pod, f"--tail={lines}", "--all-containers")
        except Refused as error:
            return str(error)
