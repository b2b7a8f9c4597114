"""Measures how quick and how small the operator is on the real cluster."""

import json
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from tools.cluster.terminal import step
from tools.testbed import deployment
from tools.testbed.kube import NotSeen, Space, kubectl
from tools.testbed.pair import resource

SPACE = Space("wordcount-bench")
ROUNDS = 5
POLL = 0.02


class Clock:
    """Seconds since it was made."""

    def __init__(self) -> None:
        self._start = time.monotonic()
        self.wall = time.time()

    def until(self, look: Callable[[], Any], seconds: float = 180) -> float:
        """Seconds from the clock's making to the first true answer; raises NotSeen."""
        while not look():
            if time.monotonic() - self._start > seconds:
                raise NotSeen(f"not within {seconds} s")
            time.sleep(POLL)
        return round(time.monotonic() - self._start, 2)


def measure() -> dict[str, Any]:
    """All figures: seconds as medians of `ROUNDS` (or single values), megabytes, bytes."""
    figures = {}
    with prepared():
        for part in (operator_start, spark, flink, ten_resources, images):
            name = part.__name__
            with step(f"{name}: {(part.__doc__ or '').split('.')[0].lower()}"):
                figures[name] = part()
    return figures


@contextmanager
def prepared() -> Iterator[None]:
    """Cluster, images, operator; and all of it gone again, but for a cluster that was there before."""
    with deployment.cluster():
        try:
            deployment.remove(SPACE)
            deployment.install(replicas=1)
            deployment.namespace(SPACE)
            yield
        finally:
            deployment.remove(SPACE)
            deployment.uninstall()


def operator_pod() -> dict[str, Any]:
    """The operator's one pod that is not going."""
    pods = deployment.SYSTEM.all("pods", "app.kubernetes.io/name=streaming-wordcount-operator")
    alive = [pod for pod in pods if "deletionTimestamp" not in pod["metadata"]]
    return alive[0] if len(alive) == 1 else {}


def operator_start() -> dict[str, Any]:
    """Seconds from the operator's container running to its pod being ready."""
    rounds = []
    for _ in range(ROUNDS):
        old = operator_pod()
        deployment.SYSTEM.kill(old["metadata"]["name"])
        Clock().until(partial(restarted, old))
        rounds.append(Clock().until(lambda: ready(operator_pod())))
    return {"ready_after_container_start_s": statistics.median(rounds), "rounds": rounds, "goal_s": 5}


def restarted(old: dict[str, Any]) -> bool:
    """Whether there is another pod than that whose container runs."""
    pod = operator_pod()
    if not pod or pod["metadata"]["uid"] == old["metadata"]["uid"]:
        return False
    return any("running" in each["state"] for each in pod["status"].get("containerStatuses", []))


def ready(pod: dict[str, Any]) -> bool:
    """Whether the pod is ready."""
    conditions = pod.get("status", {}).get("conditions", [])
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def committed(name: str) -> bool:
    """Whether the resource has a finished checkpoint."""
    return bool(SPACE.status(name).get("checkpoint", {}).get("latest"))


def runs(name: str) -> bool:
    """Whether the JobManager says that the job and all its tasks run."""
    document = job(name)
    return document.get("state") == "RUNNING" and tasks_run(document)


def reports_progress(name: str) -> bool:
    """Whether our status says so."""
    return bool(SPACE.status(name).get("phase") == "Running")


def spark() -> dict[str, Any]:
    """Seconds from apply to the driver pod, and to the first committed micro-batch."""
    pods, batches = [], []
    for number in range(ROUNDS):
        name = f"spark-{number}"
        clock = Clock()
        SPACE.apply(resource(name, "spark"))
        pods.append(clock.until(partial(SPACE.get, "pod", f"{name}-driver")))
        batches.append(clock.until(partial(committed, name)))
        gone(name)
    return {
        "apply_to_driver_pod_s": statistics.median(pods),
        "goal_driver_pod_s": 0.5,
        "apply_to_first_batch_s": statistics.median(batches),
        "goal_first_batch_s": 20,
        "rounds": {"driver_pod": pods, "first_batch": batches},
    }


def flink() -> dict[str, Any]:
    """Seconds from apply to a cold session that answers.

    On the warm one, to the request, to RUNNING, to our status.
    """
    clock = Clock()
    SPACE.apply(resource("flink-first", "flink"))
    cold = clock.until(lambda: overview(SPACE.status("flink-first").get("session", "")))
    SPACE.wait_phase("flink-first", "Running")
    session = SPACE.status("flink-first")["session"]
    request, running, behind, metaspace = [], [], [], []
    for number in range(ROUNDS):
        name = f"flink-{number}"
        clock = Clock()
        SPACE.apply(resource(name, "flink"))
        running.append(clock.until(partial(runs, name)))
        seen = clock.until(partial(reports_progress, name))
        behind.append(round(seen - running[-1], 2))
        request.append(round(job(name)["timestamps"]["CREATED"] / 1000 - clock.wall, 2))
        gone(name)
        metaspace.append(job_manager_metaspace(session))
    gone("flink-first")
    return {
        "cold_session_answers_s": cold,
        "goal_cold_session_s": 30,
        "apply_to_job_created_s": statistics.median(request),
        "apply_to_running_s": statistics.median(running),
        "goal_running_s": 3,
        "status_behind_jobmanager_s": statistics.median(behind),
        "goal_status_behind_s": 2,
        "job_manager_metaspace_mb_per_job": round((metaspace[-1] - metaspace[0]) / (ROUNDS - 1), 2),
        "rounds": {
            "created": request,
            "running": running,
            "status_behind": behind,
            "job_manager_metaspace_mb": metaspace,
        },
    }


def job_manager_metaspace(session: str) -> float:
    """What the JobManager's classes take, in MB: every job that a session ran may leave some behind."""
    name = "Status.JVM.Memory.Metaspace.Used"
    (metric,) = rest(session, f"/jobmanager/metrics?get={name}")
    return round(int(metric["value"]) / 1e6, 1)


def rest(session: str, path: str) -> Any:
    """The JobManager's answer through the API server; empty where there is none."""
    where = f"/api/v1/namespaces/{SPACE.name}/services/http:{session}-rest:8081/proxy{path}"
    try:
        return json.loads(kubectl("get", "--raw", where))
    except Exception:
        return {}


def overview(session: str) -> bool:
    """Whether the session answers."""
    return bool(session and rest(session, "/overview"))


def job(name: str) -> dict[str, Any]:
    """The resource's job as the JobManager knows it."""
    status = SPACE.status(name)
    run = status.get("attempt", {}).get("runId")
    found: dict[str, Any] = rest(status["session"], f"/jobs/{run}") if run else {}
    return found


def tasks_run(document: dict[str, Any]) -> bool:
    """Whether all tasks of the job run."""
    return all(vertex["status"] == "RUNNING" for vertex in document.get("vertices", []))


def gone(name: str) -> None:
    """Deletes a resource and waits until it is gone."""
    SPACE.kubectl("delete", "streamingwordcounts", name, "--wait=true")


def ten_resources() -> dict[str, Any]:
    """The operator's memory while it looks after ten resources whose pods no node takes."""
    huge = {"cpu": "999", "memory": "1Gi"}
    for number in range(10):
        engine = ("spark", "flink")[number % 2]
        SPACE.apply(resource(f"ten-{number}", engine, resources={"driver": huge, "worker": huge}))
    time.sleep(20)
    script = (
        "import re,glob;texts=[open(f).read() for f in glob.glob('/proc/[0-9]*/status')];"
        "print(max(int(re.search(r'VmRSS:\\s+(\\d+)',text)[1]) for text in texts if 'VmRSS' in text))"
    )
    text = deployment.SYSTEM.kubectl(
        "exec", operator_pod()["metadata"]["name"], "--", "python3", "-c", script
    )
    return {"operator_rss_mb": round(int(text) / 1024), "goal_rss_mb": 120}


def images() -> dict[str, Any]:
    """Size of each image as the node holds it (compressed layers), in MB."""
    node = json.loads(kubectl("get", "nodes", "-o", "json"))["items"][0]
    ours = {
        name: image["sizeBytes"]
        for image in node["status"]["images"]
        for name in image.get("names") or ()  # an image that only a digest names has none
        if "streaming-wordcount" in name
    }
    return {name.rpartition("/")[2]: round(size / 1e6) for name, size in ours.items()}
