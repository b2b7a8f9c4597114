"""A real Prometheus beside the test cluster, set up as docs/reference/metrics.md says.

Debian's is built without the discovery of pods, so what that would have found of each pod is written for it
into a file; what is scraped, where, and with which labels is decided from there on by the rules that the
reference shows.
"""

import json
import re
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode

import yaml

from tools.cluster.apiserver import free_ports
from tools.cluster.build import debian_program
from tools.cluster.paths import CHECKOUT
from tools.cluster.processes import last_words
from tools.testbed.deployment import CHART
from tools.testbed.kube import Object, Refused, kubectl, until

PAGE = CHECKOUT / "docs" / "reference" / "metrics.md"
ALERTS = CHART / "files" / "alerts.yaml"
DASHBOARD = CHART / "files" / "dashboard.json"
INTERVAL = "2s"


@dataclass(frozen=True)
class Prometheus:
    """One that runs, on a port of loopback."""

    port: int

    def query(self, expression: str) -> list[Object]:
        """The series that it answers now, each with its labels (`metric`) and its `value`; raises Refused."""
        result: list[Object] = self._get("query", query=expression)["result"]
        return result

    def value(self, expression: str) -> float | None:
        """The one value that it answers, None where there is none (yet)."""
        found = self.query(expression)
        return float(found[0]["value"][1]) if len(found) == 1 else None

    def targets(self) -> dict[str, str]:
        """The pods that it scrapes → what was wrong at the last time, empty where nothing was, `unknown`
        before the first.
        """
        found = self._get("targets", state="active")["activeTargets"]
        return {
            each["labels"]["pod"]: "" if each["health"] == "up" else each["lastError"] or each["health"]
            for each in found
        }

    def rules(self) -> dict[str, Object]:
        """Return its alert rules by name, with `health`, `state` and the pending or firing `alerts`."""
        groups = self._get("rules", type="alert")["groups"]
        return {rule["name"]: rule for group in groups for rule in group["rules"]}

    def _get(self, what: str, **parameters: str) -> Any:
        address = f"http://127.0.0.1:{self.port}/api/v1/{what}?{urlencode(parameters)}"
        try:
            with urllib.request.urlopen(address, timeout=20) as answer:
                return json.load(answer)["data"]
        except HTTPError as error:
            raise Refused(f"{parameters}: {error.read().decode()}") from error

    def ready(self) -> bool:
        """Whether it answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/-/ready", timeout=5):
                return True
        except OSError:
            return False


def configuration(pods: Path) -> Object:
    """Return the job that the reference shows, as it is there, on the pods of that file.

    And the chart's alerts.
    """
    (text,) = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(), re.DOTALL)
    (job,) = yaml.safe_load(text)
    del job["kubernetes_sd_configs"]
    return {
        "global": {"scrape_interval": INTERVAL, "evaluation_interval": INTERVAL},
        "rule_files": [str(ALERTS)],
        "scrape_configs": [{**job, "file_sd_configs": [{"files": [str(pods)]}]}],
    }


def discovered(pod: Object) -> Object:
    """What `role: pod` finds of a pod: an address for each port of its containers, and what the cluster knows
    as labels.
    """
    meta, status = pod["metadata"], pod["status"]
    ports = [port for each in pod["spec"]["containers"] for port in each.get("ports", ())]
    labels = {
        "namespace": meta["namespace"],
        "pod_name": meta["name"],
        "pod_ip": status["podIP"],
        "pod_phase": status["phase"],
        **{
            f"pod_annotation_{re.sub('[^a-zA-Z0-9_]', '_', key)}": value
            for key, value in meta.get("annotations", {}).items()
        },
    }
    return {
        "targets": [f"{status['podIP']}:{port['containerPort']}" for port in ports] or [status["podIP"]],
        "labels": {f"__meta_kubernetes_{key}": value for key, value in labels.items()},
    }


@contextmanager
def running() -> Iterator[Prometheus]:
    """Prometheus on this machine, which must reach the addresses of the pods that there are now.

    Ended and forgotten afterwards.
    """
    program = debian_program("prometheus", "prometheus")
    (port,) = free_ports(1)
    with TemporaryDirectory(prefix="prometheus-") as name:
        folder, log, pods = Path(name), Path(name, "log"), Path(name, "pods.json")
        found = json.loads(kubectl("get", "pods", "-A", "-o", "json"))["items"]
        pods.write_text(json.dumps([discovered(pod) for pod in found if pod["status"].get("podIP")]))
        (folder / "prometheus.yml").write_text(yaml.safe_dump(configuration(pods)))
        words = [
            program,
            f"--config.file={folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
        ]
        with log.open("wb") as output:
            process = subprocess.Popen(words, cwd=folder, stdout=output, stderr=output)
        try:
            result = Prometheus(port)
            until(
                lambda: process.poll() is not None or result.ready(),
                30,
                "Prometheus answers",
                lambda: last_words(log),
            )
            if process.poll() is not None:
                raise Refused(f"Prometheus ended by itself: {last_words(log)}")
            yield result
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def asked(namespace: str, names: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Each query of the dashboard, after its panel's title, with the variables as Grafana would fill them in.

    `names` has a resource for each engine: an engine's own metrics are asked of its own, all else of both.
    """
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        for target in panel.get("targets", ()):
            query: str = target["expr"].replace("$__rate_interval", "30s").replace("$namespace", namespace)
            own = {"flink_": "flink", "metrics_executor_": "spark"}
            engines = [engine for begin, engine in own.items() if begin in query] or list(names)
            for asks in dict.fromkeys(query.replace("$name", names[engine]) for engine in engines):
                yield panel["title"], asks
