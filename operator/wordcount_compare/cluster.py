"""The ground that is a cluster: one engine's resource, run by the operator there, and the probe as a pod beside it; decides nothing for either."""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

from kubernetes import client
from kubernetes.client import ApiException
from kubernetes.stream import stream

from wordcount_cli.kube.cluster import Resource
from wordcount_cli.kube.helper_pod import manifest, operator_image, pod_output
from wordcount_compare.plan import Plan
from wordcount_compare.processes import Usage, from_text
from wordcount_operator.api import GROUP, PLURAL, VERSION
from wordcount_operator.api.v1alpha1 import Snapshot
from wordcount_operator.model.objects import NAME_LABEL, Manifest

GONE_WITHIN = 240.0
PAUSE = 0.5
_PROCESSES = ["sh", "-c", "cat /proc/[0-9]*/stat /proc/[0-9]*/status 2>/dev/null"]


def probe_pod(plan: Plan, image: str) -> Manifest:
    """The pod that does the plan."""
    name = f"{plan.totals.lines.removesuffix('-lines')}-{plan.act}"
    command = ["wordcount_compare.probe", plan.to_json()]
    return manifest(name, image, "compare", command, plan.secret)


class Cluster:
    """Runs one engine's resources in a namespace, one at a time."""

    def __init__(self, engine: str, namespace: str | None, context: str | None, image: str | None) -> None:
        """Raises ValueError, or UnreachableError, where there is no way to the cluster or no operator's image."""
        self._engine = engine
        self._namespace = Resource("", namespace, context).namespace
        self._core, self._objects = client.CoreV1Api(), client.CustomObjectsApi()
        self._image = image or operator_image(client.AppsV1Api())
        self._name = ""

    def machine(self) -> str:
        """Its nodes, where one may see them."""
        try:
            nodes = self._core.list_node().items
        except ApiException:
            return "a Kubernetes cluster"
        cores = sum(int(node.status.capacity["cpu"]) for node in nodes)
        return f"a Kubernetes cluster of {len(nodes)} node{'' if len(nodes) == 1 else 's'} with {cores} cores in all"

    def probe(self, plan: Plan) -> AbstractContextManager[Iterator[str]]:
        """As a pod, since Kafka may be reached from inside only; its log is what it says."""
        return pod_output(self._core, self._namespace, probe_pod(plan, self._image))

    def start(self, document: dict[str, Any]) -> None:
        """As `kubectl create` would."""
        name = document["metadata"]["name"]
        try:
            self._objects.create_namespaced_custom_object(*self._place[:-1], document)
        except ApiException as error:
            if error.status != 409:
                raise
            raise ValueError(
                f"{name} is there already, from a run that goes on or was cut short; "
                f"kubectl -n {self._namespace} delete swc {name}, and again"
            ) from None
        self._name = name  # only what was made here is removed in the end

    def stop(self) -> None:
        """Deletes the resource and waits until the operator has removed everything of it."""
        if not self._name:
            return
        end = time.monotonic() + GONE_WITHIN
        try:
            self._objects.delete_namespaced_custom_object(*self._place)
            while time.monotonic() < end:
                self._objects.get_namespaced_custom_object(*self._place)
                time.sleep(PAUSE)
        except ApiException as error:
            if error.status != 404:
                raise
            self._name = ""
            return
        raise ValueError(
            f"{self._name} does not go; kubectl -n {self._namespace} get swc {self._name} says why"
        )

    def kill(self) -> str:
        """Its pod, without a goodbye; the operator, or Flink's Deployment, brings another one."""
        if self._engine == "spark":
            head, names = "the driver's pod", [f"{self._name}-driver"]
        else:
            head = "the JobManager's pod"
            names = [pod.metadata.name for pod in self._pods(",component=jobmanager")]
        for name in names:
            self._core.delete_namespaced_pod(name, self._namespace, grace_period_seconds=0)
        return f"{head}, deleted without grace"

    def usage(self) -> Usage:
        """Of all containers that count, as their own /proc tells; no metrics server is needed."""
        return sum(
            (from_text(self._run(pod, _PROCESSES)) for pod in self._pods() if pod.status.phase == "Running"),
            Usage(),
        )

    def latest(self) -> Snapshot | None:
        """As its status tells."""
        found = self._status().get("checkpoint", {}).get("latest")
        return Snapshot.model_validate(found) if found else None

    def late_lines(self) -> int | None:
        """As its status tells."""
        told: int | None = self._status().get("progress", {}).get("lateLines")
        return told

    def _status(self) -> dict[str, Any]:
        status: dict[str, Any] = self._objects.get_namespaced_custom_object(*self._place).get("status", {})
        return status

    @property
    def _place(self) -> tuple[str, str, str, str, str]:
        return GROUP, VERSION, self._namespace, PLURAL, self._name

    def _pods(self, more: str = "") -> list[Any]:
        """The engine's: a Spark resource's own, or those of the Flink session that bears the resource's name."""
        labels = f"{NAME_LABEL}={self._name}" if self._engine == "spark" else f"app={self._name}"
        found: list[Any] = self._core.list_namespaced_pod(self._namespace, label_selector=labels + more).items
        return found

    def _run(self, pod: Any, command: list[str]) -> str:
        """What a command prints in the pod's first container."""
        call = self._core.connect_get_namespaced_pod_exec
        where = {"container": pod.spec.containers[0].name, "stdout": True, "stderr": False, "stdin": False}
        text: str = stream(call, pod.metadata.name, self._namespace, command=command, tty=False, **where)
        return text
