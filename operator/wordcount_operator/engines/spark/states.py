"""From the pods and the driver's progress page to a `JobState`; never guesses from a message's wording."""

from typing import Any

from wordcount_operator.api.v1alpha1 import Latest
from wordcount_operator.domain import (
    ATTEMPT_LABEL,
    UID_LABEL,
    App,
    Cause,
    Counters,
    Get,
    JobState,
    ListAll,
    Manifest,
    Problem,
    Ref,
    Seen,
    Stage,
    ours,
)
from wordcount_operator.engines.common.pod_status import apart, killed, lost, obstacle, told
from wordcount_operator.engines.common.pods import ROLE_LABEL
from wordcount_operator.engines.spark import manifests, names

KILLED = 128 + 9
"""Exit code of a program that got SIGKILL, to which no program can react."""


def pods_look(app: App) -> ListAll:
    """The look at the driver and its executors."""
    return ListAll("v1", "Pod", app.namespace, f"{UID_LABEL}={app.uid},{ROLE_LABEL}!=cleaner")


def driver_pod(app: App, seen: Seen) -> Manifest | None:
    """The driver pod of whichever attempt, if there is one."""
    name = names.driver(app)
    return next((pod for pod in seen.all(pods_look(app)) if pod["metadata"]["name"] == name), None)


def taken(app: App, seen: Seen) -> tuple[Problem, ...]:
    """A pod or a Service of somebody else's that has the driver's name, so that there will never be a driver to talk to."""
    name = names.driver(app)
    found = {
        ref.kind: seen.answers.get(Get(ref))
        for ref in (names.driver_ref(app), Ref("v1", "Service", app.namespace, name))
    }
    return tuple(
        Problem(
            "NameTaken",
            f"metadata.name: the {kind} {name} exists already and is not the operator's; remove it, or give the "
            "resource another name",
        )
        for kind, each in found.items()
        if each is not None and not ours(each)
    )


def driver_runs(app: App, seen: Seen) -> bool:
    """Whether it is worth asking the driver for its progress."""
    pod = driver_pod(app, seen)
    return pod is not None and pod.get("status", {}).get("phase") == "Running"


def state(app: App, seen: Seen) -> JobState:
    """How the current attempt does."""
    pod, attempt = driver_pod(app, seen), app.status.attempt
    if pod is None or attempt is None or pod["metadata"]["labels"].get(ATTEMPT_LABEL) != attempt.id:
        ran = attempt is not None and attempt.intent == "Running"
        return JobState(Stage.ABSENT, message="the driver pod is gone" if ran else "")
    phase = pod.get("status", {}).get("phase", "Pending")
    uid = pod["metadata"]["uid"]
    if phase in ("Succeeded", "Failed") or _ended(pod):
        return _over(pod, phase)
    if "deletionTimestamp" in pod["metadata"]:
        why = lost(pod)
        message = f"the driver pod is being deleted ({why})" if why else "the driver pod is being deleted"
        return JobState(Stage.STOPPING, Cause.INFRASTRUCTURE if why else None, message, uid)
    if phase == "Running":
        return _running(app, seen, uid)
    blocked = obstacle([pod])
    cause, message = blocked or (None, "the driver pod is starting")
    return JobState(Stage.STARTING, cause, message, uid)


def _running(app: App, seen: Seen, uid: str) -> JobState:
    reply = seen.reply(manifests.progress_url(app))
    ui = f"http://{names.driver(app)}.{app.namespace}.svc:{names.UI_PORT}"
    if reply is not None and reply.ok:
        body, place = reply.body, app.state_path
        return JobState(
            Stage.RUNNING,
            run_id=uid,
            counters=counters(body),
            latest=checkpoint(body, place),
            beat=body.get("beat", ""),
            ui=ui,
        )
    driver = driver_pod(app, seen)
    executors = [pod for pod in seen.all(pods_look(app)) if pod["metadata"]["name"] != names.driver(app)]
    claim = seen.answers.get(Get(names.claim_ref(app))) if app.volume else None
    cause, message = (
        obstacle(executors)
        or apart(driver or {}, executors, claim)
        or (
            None,
            "the driver runs and has not finished its first micro-batch",
        )
    )
    started = app.status.attempt is not None and app.status.attempt.intent != "Submitted"
    if started and reply is not None and reply.status == 0:
        return JobState(Stage.UNKNOWN, cause, "the driver does not answer", uid, ui=ui)
    return JobState(Stage.STARTING, cause, message, uid, ui=ui)


def counters(progress: Any) -> Counters:
    """What the driver tells of its counting."""
    return Counters(
        progress["lines"],
        progress["words"],
        progress.get("distinctWords"),
        progress.get("lateLines"),
        progress.get("badLines"),
        tuple(progress.get("badSample") or ()),
        progress.get("lagRecords"),
    )


def checkpoint(progress: Any, place: str) -> Latest | None:
    """The newest finished micro-batch, as the driver tells of it: what a new run would go on from."""
    batch = progress.get("batch")
    if batch is None:
        return None
    return Latest(
        id=str(batch),
        at=progress["at"],
        bytes=progress.get("stateBytes", 0),
        duration_ms=progress.get("checkpointMs", 0),
        location=place,
    )


def _ended(pod: Manifest) -> Manifest:
    """How the driver's own container ended; empty while it runs. One that a template adds may outlive it, or end before."""
    statuses = pod.get("status", {}).get("containerStatuses", [])
    own: Manifest = next((each for each in statuses if each["name"] == "main"), {})
    return own.get("state", {}).get("terminated") or {}


def _over(pod: Manifest, phase: str) -> JobState:
    uid, ended = pod["metadata"]["uid"], _ended(pod)
    if by_cluster := killed([pod], "spec.resources.driver.memory"):
        return JobState(Stage.FAILED, *by_cluster, uid)
    if "deletionTimestamp" in pod["metadata"]:  # it ended because of that, well or badly
        return JobState(Stage.FAILED, Cause.INFRASTRUCTURE, "the driver pod was deleted", uid)
    if phase == "Succeeded" or ended.get("exitCode") == 0:
        return JobState(Stage.ENDED, Cause.USER_CODE, "the stream ended although nobody asked it to", uid)
    cause, message = told(ended.get("message", ""))
    code = ended.get("exitCode")
    if cause is Cause.USER_CODE and code == KILLED:
        return JobState(Stage.FAILED, Cause.INFRASTRUCTURE, "the driver was killed", uid)
    return JobState(
        Stage.FAILED, cause, message or f"the driver ended with exit code {code}; its log says why", uid
    )
