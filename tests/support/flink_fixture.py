"""A Flink resource, its session and its JobManager's answers as one scene."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.support.builders import FakeCluster, raw_resource, resource
from wordcount_operator.api.v1alpha1 import Attempt
from wordcount_operator.engines.flink import Flink
from wordcount_operator.engines.flink.session import desired_session
from wordcount_operator.model.job import JobState
from wordcount_operator.model.objects import Manifest, Ref
from wordcount_operator.model.reads import HttpReply, Observed

FLINK = Flink()
NATIVE = "flink-native-kubernetes"
ANSWERS = Path(__file__).parents[1] / "unit/engines/flink/answers"


def answer(name: str) -> Any:
    """A document that a real JobManager answered."""
    return json.loads((ANSWERS / f"{name}.json").read_text())


class FlinkFixture:
    """One resource and the world around it."""

    def __init__(self, intent: str = "Running", name: str = "bible", ready: bool = True, **spec: Any) -> None:
        self.resource = resource("flink", name, **spec)
        self.world = FakeCluster()
        self.session = desired_session(self.resource)
        self.attempt(intent)
        self.session_exists(ready)

    def attempt(self, intent: str, **changes: Any) -> Attempt:
        """Lets the status hold an attempt with that intent, in the session that the spec now wants."""
        attempt = Attempt(
            id="bible-1-1",
            number=1,
            start_time="2026-11-22T12:00:00Z",
            intent=intent,
            spec_hash=self.resource.spec_hash,
            run_id=FLINK.identify(self.resource, 1).run_id,
        ).model_copy(update=changes)
        update = {"attempt": attempt, "session": self.session.name}
        self.resource = replace(self.resource, status=self.resource.status.model_copy(update=update))
        return attempt

    def edit(self, **spec: Any) -> None:
        """Lets the user change the spec."""
        changed = resource("flink", self.resource.name, **spec)
        self.resource = replace(changed, status=self.resource.status)

    def session_exists(self, ready: bool) -> None:
        """Lets the session exist, its JobManager ready or not."""
        for manifest in FLINK.base_objects(self.resource, self.observed):
            self.world.put(manifest)
        deployment = self.world.objects[self.session.deployment]
        status = {"observedGeneration": 0, "updatedReplicas": 1, "readyReplicas": 1 if ready else 0}
        self.world.put({**deployment, "status": status})

    @property
    def url(self) -> str:
        """Address of the attempt's job."""
        assert self.resource.status.attempt
        return self.session.job(self.resource.status.attempt.run_id)

    def says(self, path: str, document: Any, status: int = 200) -> None:
        """Lets the JobManager answer `<job><path>` so."""
        self.world.replies[self.url + path] = HttpReply(status, document)

    def job(self, state: str, tasks: str = "RUNNING") -> None:
        """Lets the JobManager know the job in that state, all its tasks in theirs."""
        document = answer("job-running")
        vertices = [{**vertex, "status": tasks} for vertex in document["vertices"]]
        self.says("", {**document, "state": state, "vertices": vertices, "end-time": 1795361980010})

    def record(self) -> None:
        """Lets Flink keep the job in its high-availability records."""
        assert self.resource.status.attempt
        data = {f"executionPlan-{self.resource.status.attempt.run_id}": "…"}
        self.put("ConfigMap", f"{self.session.name}-cluster-config-map", {}, {"type": NATIVE}, data=data)

    def pod(self, component: str, **status: Any) -> None:
        """Lets a pod of the session exist."""
        self.put("Pod", f"{self.session.name}-{component}", status, {"component": component})

    def put(self, kind: str, name: str, status: Manifest, labels: dict[str, str], **parts: Any) -> None:
        """Lets an object that Flink or a controller made exist."""
        meta = {
            "name": name,
            "namespace": self.resource.namespace,
            "labels": {"app": self.session.name, **labels},
        }
        self.world.put({"apiVersion": "v1", "kind": kind, "metadata": meta, "status": status, **parts})

    def gone(self, ref: Ref) -> None:
        """Lets an object not exist any more."""
        del self.world.objects[ref]

    def neighbour(self, name: str = "other", **spec: Any) -> None:
        """Lets another resource of the namespace exist."""
        self.world.put(raw_resource("flink", name, **spec))

    def deleted(self) -> None:
        """Lets the user delete the resource."""
        self.resource = replace(self.resource, deleting_since="2026-11-22T12:00:00Z")

    @property
    def observed(self) -> Observed:
        """All that the engine looks at."""
        return self.world.observed(self.resource, FLINK)

    @property
    def state(self) -> JobState:
        """What the engine makes of it."""
        return FLINK.job_state(self.resource, self.observed)


def refused_image(name: str) -> Manifest:
    """The status of a pod whose image cannot be pulled."""
    return {"containerStatuses": [{"image": name, "state": {"waiting": {"reason": "ImagePullBackOff"}}}]}
