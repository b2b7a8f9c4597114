"""`python -m tools.generate.health_records [KUBECONFIG]`: records a resource in each phase.

It keeps the first resource that it sees in each phase, until Ctrl-C, and changes nothing in the cluster.
Beside `make e2e causes` it renews tests/integration/gitops/recorded. It may be started before there is a
cluster.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tools.cluster.apiserver import WITH_THIS_PROCESS
from tools.cluster.paths import KUBECONFIG
from tools.testbed.kube import program
from wordcount_operator.api import GROUP, PLURAL, VERSION

RECORDED = Path(__file__).parents[2] / "tests/integration/gitops/recorded"
NEW = "New"
"""The phase of a resource that the operator has not read yet."""
PAUSE = 1.0
"""Seconds until a cluster that does not answer is asked again."""


def changes(kubeconfig: Path) -> Iterator[dict[str, Any]]:
    """Yield the resources of all namespaces, each time one changes, until the API server ends the watch."""
    path = f"/apis/{GROUP}/{VERSION}/{PLURAL}?watch=true"
    command = [*WITH_THIS_PROCESS, program("kubectl"), f"--kubeconfig={kubeconfig}", "get", "--raw", path]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as watch:
        try:
            for line in watch.stdout or ():
                change = json.loads(line)
                if change["type"] != "ERROR":
                    yield change["object"]
        finally:
            watch.terminate()


def phase(resource: dict[str, Any]) -> str:
    """The phase that a resource is in; nothing where its status speaks of an older spec."""
    observed = resource.get("status", {}).get("observedGeneration", -1)
    if observed == -1:
        return NEW
    current = observed == resource["metadata"]["generation"]
    return str(resource["status"]["phase"]) if current else ""


def phases(kubeconfig: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Resources and the phases that they are in, as they change.

    For ever, whatever becomes of the cluster.
    """
    while True:
        for resource in changes(kubeconfig):
            if found := phase(resource):
                yield found, resource
        time.sleep(PAUSE)


def main() -> None:
    """Record until stopped, and say each phase that is new."""
    seen = set[str]()
    for found, resource in phases(Path(sys.argv[1]) if sys.argv[1:] else KUBECONFIG):
        if found not in seen:
            seen.add(found)
            resource["metadata"].pop("managedFields", None)
            (RECORDED / f"{found}.json").write_text(json.dumps(resource, indent=2, sort_keys=True) + "\n")
            print(found, resource["metadata"]["name"], flush=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        print("stopped")
