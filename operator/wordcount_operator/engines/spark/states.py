"""From the pods and the driver's progress page to the state of the current attempt."""

from typing import Any

from wordcount_core.causes import Cause
from wordcount_operator.api.v1alpha1 import Snapshot
from wordcount_operator.engines.common.pod_status import (
    eviction_reason,
    from_termination_message,
    killed_by_cluster,
    pod_cannot_mount_pvc,
    startup_problem,
)
from wordcount_operator.engines.common.pods import ROLE_LABEL
from wordcount_operator.engines.spark import manifests, names
from wordcount_operator.model.job import Counters, JobState, Problem, Stage
from wordcount_operator.model.objects import ATTEMPT_LABEL, UID_LABEL, Manifest, Ref, is_managed
from wordcount_operator.model.reads import ListObjects, Observed
from wordcount_operator.model.resource import WordCount

KILLED = 128 + 9
"""Exit code of a program that got SIGKILL, to which no program can react."""


def pods_read(resource: WordCount) -> ListObjects:
    """Return the read of the driver and its executors."""
    return ListObjects("v1", "Pod", resource.namespace, f"{UID_LABEL}={resource.uid},{ROLE_LABEL}!=cleaner")


def driver_pod(resource: WordCount, observed: Observed) -> Manifest | None:
    """Return the driver pod of any attempt, if there is one."""
    name = names.driver(resource)
    return next((pod for pod in observed.all(pods_read(resource)) if pod["metadata"]["name"] == name), None)


def name_taken(resource: WordCount, observed: Observed) -> tuple[Problem, ...]:
    """Return pods and Services that have the driver's name and are not the operator's."""
    name = names.driver(resource)
    found = {"Service": observed.object(Ref("v1", "Service", resource.namespace, name))}
    if (
        driver_pod(resource, observed) is None
    ):  # else the list of the resource's own pods has the driver already
        found["Pod"] = observed.object(names.driver_ref(resource))
    return tuple(
        Problem(
            "NameTaken",
            f"metadata.name: the {kind} {name} exists already and is not the operator's; remove it, or give "
            "the resource another name",
        )
        for kind, each in found.items()
        if each is not None and not is_managed(each)
    )


def driver_runs(resource: WordCount, observed: Observed) -> bool:
    """Whether it is worth asking the driver for its progress."""
    pod = driver_pod(resource, observed)
    return pod is not None and pod.get("status", {}).get("phase") == "Running"


def job_state(resource: WordCount, observed: Observed) -> JobState:
    """Return the state of the current attempt."""
    pod, attempt = driver_pod(resource, observed), resource.status.attempt
    if pod is None or attempt is None or pod["metadata"]["labels"].get(ATTEMPT_LABEL) != attempt.id:
        ran = attempt is not None and attempt.intent == "Running"
        return JobState(Stage.ABSENT, message="the driver pod is gone" if ran else "")
    phase = pod.get("status", {}).get("phase", "Pending")
    uid = pod["metadata"]["uid"]
    if phase in ("Succeeded", "Failed") or _ended(pod):
        return _ended_state(pod, phase)
    if "deletionTimestamp" in pod["metadata"]:
        why = eviction_reason(pod)
        message = f"the driver pod is being deleted ({why})" if why else "the driver pod is being deleted"
        return JobState(Stage.STOPPING, Cause.INFRASTRUCTURE if why else None, message, uid)
    if phase == "Running":
        return _running(resource, observed, uid)
    blocked = startup_problem([pod])
    cause, message = blocked or (None, "the driver pod is starting")
    return JobState(Stage.STARTING, cause, message, uid)


def _running(resource: WordCount, observed: Observed, uid: str) -> JobState:
    reply = observed.reply(manifests.progress_url(resource))
    ui = f"http://{names.driver(resource)}.{resource.namespace}.svc:{names.UI_PORT}"
    if reply.ok:
        body, place = reply.body, resource.state_path
        return JobState(
            Stage.RUNNING,
            run_id=uid,
            counters=counters(body),
            latest=checkpoint(body, place),
            heartbeat=heartbeat(body),
            ui=ui,
        )
    driver = driver_pod(resource, observed)
    executors = [
        pod for pod in observed.all(pods_read(resource)) if pod["metadata"]["name"] != names.driver(resource)
    ]
    claim = observed.object(names.claim_ref(resource)) if resource.volume else None
    cause, message = (
        startup_problem(executors)
        or pod_cannot_mount_pvc(driver or {}, executors, claim)
        or (
            None,
            "the driver runs and has not finished its first micro-batch",
        )
    )
    started = resource.status.attempt is not None and resource.status.attempt.intent != "Submitted"
    if started and reply.status == 0:
        return JobState(Stage.UNKNOWN, cause, "the driver does not answer", uid, ui=ui)
    return JobState(Stage.STARTING, cause, message, uid, ui=ui)


def heartbeat(progress: Any) -> str:
    """Return when the driver last finished a micro-batch or waited; a driver of 0.2.0 calls it `beat`."""
    return str(progress.get("heartbeat") or progress.get("beat") or "")


def counters(progress: Any) -> Counters:
    """Return what the driver reports about its counting."""
    return Counters(
        progress["lines"],
        progress["words"],
        progress.get("distinctWords"),
        progress.get("lateLines"),
        progress.get("badLines"),
        tuple(progress.get("badSample") or ()),
        progress.get("lagRecords"),
    )


def checkpoint(progress: Any, place: str) -> Snapshot | None:
    """Return the newest finished micro-batch that the driver reports: what a new run goes on from."""
    batch = progress.get("batch")
    if batch is None:
        return None
    return Snapshot(
        id=str(batch),
        completion_time=progress["at"],
        bytes=progress.get("stateBytes", 0),
        duration_ms=progress.get("checkpointMs", 0),
        location=place,
    )


def _ended(pod: Manifest) -> Manifest:
    """Return how the driver's own container ended.

    Empty as long as it runs. Other containers do not matter.
    """
    statuses = pod.get("status", {}).get("containerStatuses", [])
    own: Manifest = next((each for each in statuses if each["name"] == names.CONTAINER), {})
    return own.get("state", {}).get("terminated") or {}


def _ended_state(pod: Manifest, phase: str) -> JobState:
    uid, ended = pod["metadata"]["uid"], _ended(pod)
    if by_cluster := killed_by_cluster([pod], "spec.resources.driver.memory"):
        return JobState(Stage.FAILED, *by_cluster, uid)
    if "deletionTimestamp" in pod["metadata"]:  # it ended because of that, well or badly
        return JobState(Stage.FAILED, Cause.INFRASTRUCTURE, "the driver pod was deleted", uid)
    if phase == "Succeeded" or ended.get("exitCode") == 0:
        return JobState(Stage.ENDED, Cause.USER_CODE, "the stream ended unexpectedly", uid)
    cause, message = from_termination_message(ended.get("message", ""))
    code = ended.get("exitCode")
    if cause is Cause.USER_CODE and code == KILLED:
        return JobState(Stage.FAILED, Cause.INFRASTRUCTURE, "the driver was killed", uid)
    return JobState(
        Stage.FAILED, cause, message or f"the driver ended with exit code {code}; its log says why", uid
    )
