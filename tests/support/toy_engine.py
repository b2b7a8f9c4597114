"""A third engine in one class: one pod counts, and one PVC holds its state."""

from wordcount_core.causes import Cause
from wordcount_operator.api.v1alpha1 import Attempt, Snapshot
from wordcount_operator.engines.base import AttemptIdentity, Leftovers
from wordcount_operator.engines.common import cleanup_pod, pod_status, pods, problems
from wordcount_operator.engines.info import EngineInfo, MetricsEndpoint
from wordcount_operator.model.actions import Action, Create, Delete
from wordcount_operator.model.job import Counters, JobState, Problem, SavepointProgress, Stage
from wordcount_operator.model.objects import ATTEMPT_LABEL, UID_LABEL, Manifest, Ref
from wordcount_operator.model.reads import GetObject, HttpGet, Observed, Read
from wordcount_operator.model.resource import WordCount


def pod_ref(resource: WordCount) -> Ref:
    """Return the reference of the one pod."""
    return Ref("v1", "Pod", resource.namespace, f"{resource.name}-toy")


def pvc_ref(resource: WordCount) -> Ref:
    """Return the reference of the PVC with the state."""
    return Ref("v1", "PersistentVolumeClaim", resource.namespace, f"{resource.name}-toy-state")


def progress_url(resource: WordCount) -> str:
    """Return where the pod reports its progress."""
    return f"http://{resource.name}-toy.{resource.namespace}:7000/progress"


class Toy:
    """The engine `toy`."""

    info = EngineInfo(
        name="toy",
        title="Toy",
        download="about 1 MB",
        container="main",
        pod_selector=f"{UID_LABEL}={{uid}}",
        cluster_role="streaming-wordcount-toy",
        rest_port=7000,
        metrics=MetricsEndpoint(7000, "/metrics"),
        dashboard_metrics={},
        connectors={},
        jars_key="toy.jars",
        jars_separator=",",
        jars_as_uris=False,
        local_conf={},
    )

    def problems(self, resource: WordCount, observed: Observed | None) -> tuple[Problem, ...]:
        """Those of every engine."""
        return problems.problems(resource, observed)

    def reads(self, resource: WordCount, observed: Observed) -> tuple[Read, ...]:
        """The pod, the PVC, and the progress of a pod that runs."""
        first: tuple[Read, ...] = (GetObject(pod_ref(resource)), GetObject(pvc_ref(resource)))
        pod = observed.object(pod_ref(resource)) if first[0] in observed else None
        return (*first, HttpGet(progress_url(resource))) if pod and _phase(pod) == "Running" else first

    def base_objects(self, resource: WordCount, observed: Observed) -> tuple[Manifest, ...]:
        """The PVC."""
        assert resource.volume
        return (
            pods.state_claim(resource.volume, resource.namespace, pvc_ref(resource).name, resource.labels),
        )

    def job_state(self, resource: WordCount, observed: Observed) -> JobState:
        """By the pod's phase and its progress."""
        pod, attempt = observed.object(pod_ref(resource)), resource.status.attempt
        if pod is None or attempt is None or pod["metadata"]["labels"][ATTEMPT_LABEL] != attempt.id:
            return JobState(Stage.ABSENT)
        uid = pod["metadata"]["uid"]
        if _phase(pod) == "Failed":
            return JobState(Stage.FAILED, Cause.USER_CODE, "the pod failed", uid)
        reply = observed.reply(progress_url(resource)) if _phase(pod) == "Running" else None
        if reply is None or not reply.ok:
            return JobState(Stage.STARTING, run_id=uid)
        latest = Snapshot(id="1", completion_time=reply.body["at"], location=resource.state_path)
        counters = Counters(reply.body["lines"], reply.body["words"])
        return JobState(Stage.RUNNING, None, "", uid, counters, latest, latest.completion_time)

    def identify(self, resource: WordCount, number: int) -> AttemptIdentity:
        """Kubernetes chooses the pod's uid."""
        return AttemptIdentity()

    def start(self, resource: WordCount, attempt: Attempt, observed: Observed) -> tuple[Action, ...]:
        """Create the pod, once the one before it is gone."""
        ref = pod_ref(resource)
        labels = {**resource.labels, ATTEMPT_LABEL: attempt.id}
        meta = {"name": ref.name, "namespace": ref.namespace, "labels": labels}
        spec = {
            "containers": [
                {"name": "main", "image": resource.effective_image, "volumeMounts": pods.mounts(resource)}
            ],
            "volumes": pods.volumes(resource, pvc_ref(resource).name),
        }
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec}
        return () if observed.object(ref) else (Create(pod, f"attempt {attempt.id} begins"),)

    def submit_rejected(self, resource: WordCount, words: str) -> JobState:
        """The API server alone can reject."""
        return JobState(Stage.FAILED, Cause.USER_CODE, words)

    def stop(self, resource: WordCount, observed: Observed) -> tuple[Action, ...]:
        """Delete the pod: it finishes what it counts."""
        pod = observed.object(pod_ref(resource))
        if pod is None or pod_status.terminating([pod]):
            return ()
        return (Delete(pod_ref(resource), "the run is to end", uid=pod["metadata"]["uid"]),)

    def abort(self, resource: WordCount, observed: Observed) -> tuple[Action, ...]:
        """The same."""
        return self.stop(resource, observed)

    def savepoint(self, resource: WordCount, observed: Observed) -> SavepointProgress:
        """There is none."""
        return SavepointProgress(failure="the toy engine makes no savepoints")

    def leftovers(self, resource: WordCount, observed: Observed) -> Leftovers:
        """The pod; the PVC stays."""
        pod = observed.object(pod_ref(resource))
        return Leftovers(
            self.stop(resource, observed), terminating=pod_status.terminating([pod] if pod else [])
        )

    def cleanup_pod(self, resource: WordCount, observed: Observed, paths: tuple[str, ...]) -> Manifest | None:
        """On the PVC."""
        return cleanup_pod.cleanup_pod(resource, pvc_ref(resource), observed, paths)


def _phase(pod: Manifest) -> str:
    return str(pod.get("status", {}).get("phase", "Pending"))
