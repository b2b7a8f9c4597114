"""The target that is a cluster: the operator runs the resource, and the probe runs as a pod."""

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
from wordcount_operator.api.v1alpha1 import Snapshot, Status
from wordcount_operator.model.objects import NAME_LABEL, Manifest

DELETION_TIMEOUT = 240.0
POLL_INTERVAL = 0.5
_PRINT_PROCESSES = ["sh", "-c", "cat /proc/[0-9]*/stat /proc/[0-9]*/status 2>/dev/null"]


def probe_pod(plan: Plan, image: str) -> Manifest:
    """Return the pod that runs the probe with this plan."""
    name = f"{plan.totals.lines.removesuffix('-lines')}-{plan.task}"
    command = ["wordcount_compare.probe", plan.to_json()]
    return manifest(name, image, "compare", command, plan.secret)


class Cluster:
    """Runs one engine's resources in a namespace, one at a time."""

    def __init__(self, engine: str, namespace: str | None, context: str | None, image: str | None) -> None:
        """Connect to the cluster. Raises UnreachableError, and ValueError without an operator's image."""
        self._engine = engine
        self._namespace = Resource("", namespace, context).namespace
        self._core, self._objects = client.CoreV1Api(), client.CustomObjectsApi()
        self._image = image or operator_image(client.AppsV1Api())
        self._name = ""

    def machine(self) -> str:
        """Return how many nodes and cores the cluster has, if the nodes may be listed."""
        try:
            nodes = self._core.list_node().items
        except ApiException:
            return "a Kubernetes cluster"
        cores = sum(int(node.status.capacity["cpu"]) for node in nodes)
        plural = "" if len(nodes) == 1 else "s"
        return f"a Kubernetes cluster of {len(nodes)} node{plural} with {cores} cores in total"

    def probe(self, plan: Plan) -> AbstractContextManager[Iterator[str]]:
        """Run the probe as a pod, because only pods may reach Kafka, and give the lines of its log."""
        return pod_output(self._core, self._namespace, probe_pod(plan, self._image))

    def start(self, document: dict[str, Any]) -> None:
        """Create the resource, as `kubectl create` does."""
        name = document["metadata"]["name"]
        try:
            self._objects.create_namespaced_custom_object(*self._path[:-1], document)
        except ApiException as error:
            if error.status != 409:
                raise
            raise ValueError(
                f"{name} exists already, from another run or from an interrupted one; "
                f"kubectl -n {self._namespace} delete swc {name}, then try again"
            ) from None
        self._name = name  # only what was created here is deleted in the end

    def stop(self) -> None:
        """Delete the resource, and wait until the operator has removed everything that belongs to it."""
        if not self._name:
            return
        end = time.monotonic() + DELETION_TIMEOUT
        try:
            self._objects.delete_namespaced_custom_object(*self._path)
            while time.monotonic() < end:
                self._objects.get_namespaced_custom_object(*self._path)
                time.sleep(POLL_INTERVAL)
        except ApiException as error:
            if error.status != 404:
                raise
            self._name = ""
            return
        raise ValueError(
            f"{self._name} was not deleted within {DELETION_TIMEOUT:.0f} s; "
            f"kubectl -n {self._namespace} get swc {self._name} says why"
        )

    def kill(self) -> str:
        """Delete the driver's or the JobManager's pod without grace, and return what was killed."""
        if self._engine == "spark":
            killed, names = "the driver's pod", [f"{self._name}-driver"]
        else:
            killed = "the JobManager's pod"
            names = [pod.metadata.name for pod in self._pods(",component=jobmanager")]
        for name in names:
            self._core.delete_namespaced_pod(name, self._namespace, grace_period_seconds=0)
        return f"{killed}, deleted without grace"

    def usage(self) -> Usage:
        """Return the usage of all running pods of the engine, from their own /proc."""
        return sum(
            (
                from_text(self._run(pod, _PRINT_PROCESSES))
                for pod in self._pods()
                if pod.status.phase == "Running"
            ),
            Usage(),
        )

    def latest(self) -> Snapshot | None:
        """Return the newest checkpoint of the resource's status."""
        return self._status().checkpoint.latest

    def late_lines(self) -> int | None:
        """Return the late lines of the resource's status."""
        return self._status().progress.late_lines

    def _status(self) -> Status:
        found = self._objects.get_namespaced_custom_object(*self._path)
        return Status.model_validate(found.get("status") or {})

    @property
    def _path(self) -> tuple[str, str, str, str, str]:
        return GROUP, VERSION, self._namespace, PLURAL, self._name

    def _pods(self, extra: str = "") -> list[Any]:
        """Return the pods of the Spark resource, or of the Flink session that has the resource's name."""
        labels = f"{NAME_LABEL}={self._name}" if self._engine == "spark" else f"app={self._name}"
        found: list[Any] = self._core.list_namespaced_pod(
            self._namespace, label_selector=labels + extra
        ).items
        return found

    def _run(self, pod: Any, command: list[str]) -> str:
        """Return what a command prints in the pod's first container."""
        call = self._core.connect_get_namespaced_pod_exec
        options = {"container": pod.spec.containers[0].name, "stdout": True, "stderr": False, "stdin": False}
        text: str = stream(call, pod.metadata.name, self._namespace, command=command, tty=False, **options)
        return text
