"""Runs the word count as a Spark application whose driver is a pod that the operator creates."""

from dataclasses import replace

from wordcount_core.causes import Cause
from wordcount_operator.api.v1alpha1 import Attempt
from wordcount_operator.engines.base import AttemptIdentity, Leftovers
from wordcount_operator.engines.common import pod_status, savepoint_response
from wordcount_operator.engines.common.cleanup_pod import cleanup_pod
from wordcount_operator.engines.common.problems import problems
from wordcount_operator.engines.spark import conf, manifests, names, states
from wordcount_operator.engines.spark.info import INFO
from wordcount_operator.model.actions import Action, Create, Delete, HttpRequest, Patch
from wordcount_operator.model.job import JobState, Problem, SavepointProgress, Stage
from wordcount_operator.model.objects import STATE_MOUNT_PATH, UID_LABEL, Manifest, Ref
from wordcount_operator.model.reads import GetObject, HttpGet, Observed, Read
from wordcount_operator.model.resource import WordCount

ABORT_GRACE = 2
"""Seconds that a driver has which hangs, or whose last checkpoint is enough."""


class Spark:
    """The engine `spark`; see `wordcount_operator.engines.base.Engine` for what each method promises."""

    info = INFO

    def problems(self, resource: WordCount, observed: Observed | None) -> tuple[Problem, ...]:
        """Those of every engine, configuration keys that are the operator's own, and a name that is taken."""
        taken = states.name_taken(resource, observed) if observed is not None else ()
        return (*problems(resource, observed), *conf.reserved(resource), *taken)

    def reads(self, resource: WordCount, observed: Observed) -> tuple[Read, ...]:
        """The pods, the base objects, and the driver's progress once its pod runs."""
        standing = [GetObject(Ref.of(manifest)) for manifest in self.base_objects(resource, observed)]
        first: tuple[Read, ...] = (
            states.pods_read(resource),
            GetObject(names.claim_ref(resource)),
            *standing,
        )
        if states.pods_read(resource) not in observed:
            return first
        if states.driver_pod(resource, observed) is None:
            return (*first, GetObject(names.driver_ref(resource)))
        if not states.driver_runs(resource, observed):
            return first
        due = (HttpGet(manifests.savepoint_url(resource)),) if resource.savepoint_due else ()
        return (*first, HttpGet(manifests.progress_url(resource)), *due)

    def base_objects(self, resource: WordCount, observed: Observed) -> tuple[Manifest, ...]:
        """ServiceAccount, RoleBinding, headless Service, executors' template, and a PVC if none is named."""
        return manifests.base_objects(resource)

    def job_state(self, resource: WordCount, observed: Observed) -> JobState:
        """As the driver pod's status and its progress page show it."""
        return states.job_state(resource, observed)

    def identify(self, resource: WordCount, number: int) -> AttemptIdentity:
        """Nothing is known: Kubernetes chooses the driver pod's uid, and all attempts share one folder."""
        return AttemptIdentity()

    def start(self, resource: WordCount, attempt: Attempt, observed: Observed) -> tuple[Action, ...]:
        """Create the driver pod once all earlier pods are gone: two drivers on one checkpoint corrupt it."""
        if observed.all(states.pods_read(resource)):
            return self._removals(resource, observed, "of an earlier attempt")
        return (Create(manifests.driver(resource, attempt), because=f"attempt {attempt.id} begins"),)

    def submit_rejected(self, resource: WordCount, words: str) -> JobState:
        """Only the API server can reject: Spark itself is asked for nothing."""
        return JobState(Stage.FAILED, Cause.USER_CODE, words)

    def stop(self, resource: WordCount, observed: Observed) -> tuple[Action, ...]:
        """End the driver by SIGTERM: it finishes its micro-batch first."""
        driver = states.driver_pod(resource, observed)
        if driver is None or "deletionTimestamp" in driver["metadata"]:
            return ()
        return (_removal(driver, "the run was asked to stop"),)

    def abort(self, resource: WordCount, observed: Observed) -> tuple[Action, ...]:
        """End the driver within `ABORT` seconds: only the current micro-batch is lost, and done again."""
        driver = states.driver_pod(resource, observed)
        if driver is None or "deletionTimestamp" in driver["metadata"]:
            return ()
        return (replace(_removal(driver, "the run was asked to end at once"), grace=ABORT_GRACE),)

    def savepoint(self, resource: WordCount, observed: Observed) -> SavepointProgress:
        """The driver copies its checkpoint as of its last finished micro-batch, while the query goes on."""
        url = manifests.savepoint_url(resource)
        begin = HttpRequest("POST", url, {}, "a person asked for a savepoint", already_done_url=url)
        return savepoint_response.savepoint_progress(observed.reply(url), begin)

    def leftovers(self, resource: WordCount, observed: Observed) -> Leftovers:
        """The driver, executors that outlived it, and the PVC.

        The base objects go with the resource that owns them.
        """
        return Leftovers(
            attempt=self._removals(resource, observed, "the run is over"),
            claim=_adopt_claim(resource, observed),
            terminating=pod_status.terminating(observed.all(states.pods_read(resource))),
        )

    def cleanup_pod(self, resource: WordCount, observed: Observed, paths: tuple[str, ...]) -> Manifest | None:
        """It mounts the PVC that driver and executors mount."""
        return cleanup_pod(resource, names.claim_ref(resource), observed, paths)

    def _removals(self, resource: WordCount, observed: Observed, because: str) -> tuple[Action, ...]:
        left = observed.all(states.pods_read(resource))
        return tuple(_removal(pod, because) for pod in left if "deletionTimestamp" not in pod["metadata"])


def _removal(pod: Manifest, because: str) -> Delete:
    return Delete(Ref.of({"apiVersion": "v1", "kind": "Pod", **pod}), because, uid=pod["metadata"]["uid"])


def _adopt_claim(resource: WordCount, observed: Observed) -> tuple[Action, ...]:
    """Return what makes the resource own the PVC, if the operator made it and no files of the user are on it.

    Kubernetes then deletes both together, and the operator needs no permission to delete a PVC.
    """
    claim = observed.object(names.claim_ref(resource))
    files = resource.effective_spec.source.files
    kept = (
        resource.volume is None
        or resource.volume.claim_name
        or (files and files.path.startswith(STATE_MOUNT_PATH))
    )
    if kept or claim is None or claim["metadata"].get("ownerReferences"):
        return ()
    if claim["metadata"].get("labels", {}).get(UID_LABEL) != resource.uid:
        return ()
    meta = {
        "name": names.claim(resource),
        "namespace": resource.namespace,
        "ownerReferences": [resource.owner],
    }
    owned = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": meta}
    return (Patch(owned, "spec.checkpoint.onDelete: Delete"),)
