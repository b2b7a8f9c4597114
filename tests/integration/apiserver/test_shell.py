"""Two operators on a real API server with the chart's permissions: one leads, one takes over."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.api_server import until
from tests.support.documents import document
from tools.cluster.apiserver import free_ports
from tools.cluster.paths import BIN, CHECKOUT

HOME = "wordcount-system"
NAME = "streaming-wordcount-operator"
RIGHTS = ("ServiceAccount", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding")


@dataclass
class Replica:
    """One operator process."""

    identity: str
    kubeconfig: Path
    folder: Path
    home: str = HOME
    namespaces: str = ""
    port: int = field(default_factory=lambda: free_ports(1)[0])
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> "Replica":
        """Starts `python -m wordcount_operator`, its log in the folder."""
        environment = {
            "HOME": str(self.folder),
            "PATH": os.environ["PATH"],
            "KUBECONFIG": str(self.kubeconfig),
            "WORDCOUNT_SPARK_IMAGE": "spark:test",
            "WORDCOUNT_FLINK_IMAGE": "flink:test",
            "WORDCOUNT_LEASE_NAME": NAME,
            "WORDCOUNT_LEASE_NAMESPACE": self.home,
            "WORDCOUNT_NAMESPACES": self.namespaces,
            "WORDCOUNT_IDENTITY": self.identity,
            "WORDCOUNT_HTTP_PORT": str(self.port),
        }
        with (self.folder / f"{self.identity}.log").open("wb") as log:
            command = [sys.executable, "-m", "wordcount_operator"]
            self.process = subprocess.Popen(command, env=environment, stderr=log)
        return self

    def page(self, path: str) -> str:
        """What it answers at this path, empty where it does not answer with success."""
        address = f"http://127.0.0.1:{self.port}{path}"
        with suppress(OSError), urllib.request.urlopen(address, timeout=2) as answer:
            return str(answer.read(), "utf-8")
        return ""

    @property
    def ready(self) -> bool:
        """Whether /readyz says so."""
        return bool(self.page("/readyz"))

    @property
    def leads(self) -> bool:
        """Whether it says that it holds the lease and its Kopf runs."""
        return self.ready and "wordcount_operator_leader 1.0" in self.page("/metrics")

    @property
    def log(self) -> list[dict[str, Any]]:
        """The lines of its log, each a JSON document."""
        return [json.loads(line) for line in (self.folder / f"{self.identity}.log").read_text().splitlines()]

    @property
    def refused(self) -> list[str]:
        """What the API server refused it, by its log."""
        return [line["message"] for line in self.log if "forbidden" in line["message"].lower()]

    def send(self, number: signal.Signals) -> None:
        """Sends a signal to it."""
        assert self.process
        self.process.send_signal(number)

    def ended(self, seconds: float) -> int:
        """Its exit code, for which at most so long is waited."""
        assert self.process
        return self.process.wait(seconds)


def account_of(kubeconfig: Path, home: str, folder: Path, *values: str) -> Path:
    """A kubeconfig of the chart's ServiceAccount in the namespace `home`, with only its permissions."""
    choices = [word for value in values for word in ("--set", value)]
    chart = subprocess.run(
        [BIN / "helm", "template", NAME, CHECKOUT / "charts" / NAME, "-n", home, *choices],
        check=True, capture_output=True,
    ).stdout  # fmt: skip
    rights = [one for one in yaml.safe_load_all(chart) if one and one["kind"] in RIGHTS]
    kubectl(kubeconfig, "create", "namespace", home)
    kubectl(kubeconfig, "apply", "-f", "-", text=yaml.safe_dump_all(rights))
    config = yaml.safe_load(kubeconfig.read_text())
    token = kubectl(kubeconfig, "create", "token", NAME, "-n", home)
    for user in config["users"]:
        user["user"] = {"token": token.strip()}
    path = folder / "kubeconfig"
    path.write_text(yaml.safe_dump(config))
    return path


@pytest.fixture(scope="module")
def account(kubeconfig: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The chart's account as it is by default: it works in all namespaces."""
    return account_of(kubeconfig, HOME, tmp_path_factory.mktemp("account"))


@pytest.fixture(scope="module")
def replicas(account: Path) -> Iterator[list[Replica]]:
    """Two operators, ready; what is left of them and of those that a test adds is killed at the end."""
    started = [Replica(name, account, account.parent).start() for name in ("a", "b")]
    try:
        until(lambda: all(one.ready for one in started), "the operators did not become ready", 60)
        yield started
    finally:
        for one in started:
            if one.process and one.process.poll() is None:
                one.process.kill()
                one.process.wait()


def kubectl(kubeconfig: Path, *arguments: str, text: str | None = None) -> str:
    """What kubectl prints; fails with its error."""
    run = subprocess.run(
        [BIN / "kubectl", f"--kubeconfig={kubeconfig}", *arguments],
        check=False, capture_output=True, text=True, input=text,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    return run.stdout


def leader(replicas: list[Replica], seconds: float = 30) -> Replica:
    """The one that leads, for which at most so long is waited."""
    until(lambda: any(one.leads for one in replicas), "nobody leads", seconds)
    leading = [one for one in replicas if one.leads]
    assert len(leading) == 1, "two lead"
    return leading[0]


def made(kubeconfig: Path, kind: str, namespace: str = "words") -> set[str]:
    """Names of the objects of this kind that an operator made."""
    label = "app.kubernetes.io/managed-by=streaming-wordcount-operator"
    return set(kubectl(kubeconfig, "get", kind, "-n", namespace, "-l", label, "-o", "name").split())


def test_of_two_replicas_one_leads_and_both_are_ready(replicas: list[Replica]) -> None:
    """The stand-by is ready too, so that a rollout does not wait for it."""
    assert leader(replicas).ready
    assert all(one.page("/healthz") == "ok\n" for one in replicas)


def test_the_charts_rights_suffice_from_birth_to_removal(replicas: list[Replica], kubeconfig: Path) -> None:
    """Both engines' objects are made and removed, and the API server refuses the operator nothing."""
    leading = leader(replicas)
    kubectl(kubeconfig, "create", "namespace", "words")
    for engine in ("spark", "flink"):
        changes = {"metadata.name": f"on-{engine}", "metadata.namespace": "words", "spec.engine": engine}
        kubectl(kubeconfig, "apply", "-f", "-", text=json.dumps(document(changes)))
    until(lambda: bool(made(kubeconfig, "pods")), "no Spark driver was made")
    until(lambda: bool(made(kubeconfig, "deployments")), "no Flink JobManager was made")
    kinds = ("services", "serviceaccounts", "configmaps", "rolebindings", "persistentvolumeclaims")
    assert all(made(kubeconfig, kind) for kind in kinds)
    assert leading.page("/metrics").count("wordcount_operator_resource_phase{") == 2

    kubectl(kubeconfig, "delete", "swc", "--all", "-n", "words", "--timeout=60s")
    until(lambda: not made(kubeconfig, "pods"), "the Spark driver was not removed")
    until(lambda: not made(kubeconfig, "deployments"), "the Flink JobManager was not removed")
    assert made(kubeconfig, "persistentvolumeclaims"), "the state was removed too"
    until(
        lambda: "resource_phase{" not in leading.page("/metrics"), "metrics of a removed resource are shown"
    )
    assert not leading.refused


def test_a_leader_that_is_asked_to_stop_hands_over_at_once(replicas: list[Replica]) -> None:
    """It ends within its five seconds, and the other leads without waiting for the lease to expire."""
    old = leader(replicas)
    (other,) = (one for one in replicas if one is not old)
    old.send(signal.SIGTERM)
    assert old.ended(8) == 0
    gone = time.monotonic()
    until(lambda: other.leads, "the other did not take over")
    assert time.monotonic() - gone < 8, "it waited for the lease to expire"
    replicas.remove(old)


def test_a_leader_that_was_frozen_ends_when_it_wakes(replicas: list[Replica], account: Path) -> None:
    """Meanwhile the other took over; at no time do two act."""
    old = leader(replicas)
    new = Replica("c", account, account.parent).start()
    replicas.append(new)
    until(lambda: new.ready, "the new stand-by did not become ready", 60)
    old.send(signal.SIGSTOP)
    until(lambda: new.leads, "nobody took over from a frozen leader", 30)
    old.send(signal.SIGCONT)
    assert old.ended(8) == 1
    replicas.remove(old)
    assert "lease" in old.log[-1]["message"]
    assert new.leads


def test_with_namespaces_it_works_there_and_only_there(
    replicas: list[Replica], kubeconfig: Path, tmp_path: Path
) -> None:
    """Rights in the watched namespaces suffice, and a resource elsewhere is left alone."""
    while replicas:
        old = replicas.pop()
        old.send(signal.SIGTERM)
        assert old.ended(8) == 0
    for namespace in ("watched", "elsewhere"):
        kubectl(kubeconfig, "create", "namespace", namespace)
        changes = {"metadata.namespace": namespace}
        kubectl(kubeconfig, "apply", "-f", "-", text=json.dumps(document(changes)))
    home = "narrow-system"
    account = account_of(kubeconfig, home, tmp_path, "watchNamespaces={watched}")
    # The permissions of the tests before would hide a missing one.
    kubectl(kubeconfig, "delete", "clusterrolebinding", NAME)
    replica = Replica("narrow", account, tmp_path, home=home, namespaces="watched").start()
    try:
        until(lambda: bool(made(kubeconfig, "pods", "watched")), "no Spark driver was made", 60)
        kubectl(kubeconfig, "delete", "swc", "--all", "-n", "watched", "--timeout=60s")
        assert not made(kubeconfig, "pods", "elsewhere")
        assert not replica.refused
    finally:
        replica.send(signal.SIGTERM)
        assert replica.ended(8) == 0
