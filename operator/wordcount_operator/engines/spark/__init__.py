"""Runs the word count as a Spark application whose driver is a pod that the operator makes; pure, and a stranger to other engines."""

from dataclasses import replace

from wordcount_operator.api.v1alpha1 import Attempt
from wordcount_operator.domain import (
    MOUNT,
    UID_LABEL,
    Action,
    App,
    Ask,
    Call,
    Cause,
    Create,
    Delete,
    Get,
    JobState,
    Look,
    Manifest,
    Patch,
    Problem,
    Ref,
    Saving,
    Seen,
    Stage,
)
from wordcount_operator.engines.common import pod_status, pods, savepoint_response
from wordcount_operator.engines.spark import conf, manifests, names, states

ABORT = 2
"""Seconds that a driver has which hangs, or whose last checkpoint is enough."""


class Spark:
    """The engine `spark`; see `wordcount_operator.engines.base.Engine` for what each method promises."""

    def problems(self, app: App, seen: Seen) -> tuple[Problem, ...]:
        """A claim that is missing, a path that no pod would see, keys that are the operator's own, a name that is taken."""
        return (*pods.problems(app, seen), *conf.reserved(app), *states.taken(app, seen))

    def looks(self, app: App, seen: Seen) -> tuple[Look, ...]:
        """The pods, the standing objects, and the driver's progress once its pod runs."""
        standing = [Get(Ref.of(manifest)) for manifest in self.desired(app, seen)]
        first: tuple[Look, ...] = (states.pods_look(app), Get(names.claim_ref(app)), *standing)
        if states.pods_look(app) not in seen:
            return first
        if states.driver_pod(app, seen) is None:
            return (*first, Get(names.driver_ref(app)))
        if not states.driver_runs(app, seen):
            return first
        due = (Ask(manifests.savepoint_url(app)),) if app.savepoint_due else ()
        return (*first, Ask(manifests.progress_url(app)), *due)

    def desired(self, app: App, seen: Seen) -> tuple[Manifest, ...]:
        """ServiceAccount, RoleBinding, headless Service, the executors' template, and the claim where none is named."""
        return manifests.standing(app)

    def state(self, app: App, seen: Seen) -> JobState:
        """How the driver pod does, and what its progress page says."""
        return states.state(app, seen)

    def attempt_run_id(self, app: App, number: int) -> str:
        """Empty: Kubernetes chooses the driver pod's uid."""
        return ""

    def session(self, app: App) -> str:
        """Empty: each Spark application has its own cluster."""
        return ""

    def start(self, app: App, attempt: Attempt, seen: Seen) -> tuple[Action, ...]:
        """The driver pod, once no pod of an earlier attempt is left: two drivers on one checkpoint corrupt it."""
        if seen.all(states.pods_look(app)):
            return self._removals(app, seen, "of an earlier attempt")
        return (Create(manifests.driver(app, attempt), because=f"attempt {attempt.id} begins"),)

    def refusal(self, app: App, words: str) -> JobState:
        """Spark is asked for nothing but through the API server."""
        return JobState(Stage.FAILED, Cause.USER_CODE, words)

    def stop(self, app: App, seen: Seen) -> tuple[Action, ...]:
        """Ends the driver by SIGTERM: it finishes its micro-batch and goes."""
        driver = states.driver_pod(app, seen)
        if driver is None or "deletionTimestamp" in driver["metadata"]:
            return ()
        return (_removal(driver, "the run was asked to stop"),)

    def abort(self, app: App, seen: Seen) -> tuple[Action, ...]:
        """Ends the driver within `ABORT` seconds: its finished micro-batches are kept, the one under way is done again."""
        driver = states.driver_pod(app, seen)
        if driver is None or "deletionTimestamp" in driver["metadata"]:
            return ()
        return (replace(_removal(driver, "the run was asked to end at once"), grace=ABORT),)

    def savepoint(self, app: App, seen: Seen) -> Saving:
        """The driver copies its checkpoint as of its last finished micro-batch, while the query goes on."""
        url = manifests.savepoint_url(app)
        begin = Call("POST", url, {}, "a person asked for a savepoint", done=url)
        return savepoint_response.saving(seen.reply(url), begin)

    def discard(self, app: App, seen: Seen) -> tuple[Action, ...]:
        """The ended driver and executors that outlived it."""
        return self._removals(app, seen, "the run is over")

    def checkpoints(self, app: App, attempt: Attempt) -> str:
        """All runs go on in one, and Spark itself cleans up there."""
        return ""

    def ending(self, app: App, seen: Seen) -> tuple[Manifest, ...]:
        """Driver and executors that Kubernetes is ending."""
        return pod_status.ending(seen.all(states.pods_look(app)))

    def cleaner(self, app: App, seen: Seen, paths: tuple[str, ...]) -> Manifest | None:
        """On the claim that driver and executors mount."""
        return pods.cleaner(app, names.claim_ref(app), seen, paths)

    def forget(self, app: App, seen: Seen) -> tuple[Action, ...]:
        """Gives the claim to the resource, to go with it, where the operator made it and no lines of the user's lie on it.

        So the operator needs no right to remove a claim.
        """
        claim = seen.object(names.claim_ref(app))
        files = app.spec.source.files
        kept = app.volume is None or app.volume.claim_name or (files and files.path.startswith(MOUNT))
        if kept or claim is None or claim["metadata"].get("ownerReferences"):
            return ()
        if claim["metadata"].get("labels", {}).get(UID_LABEL) != app.uid:
            return ()
        meta = {"name": names.claim(app), "namespace": app.namespace, "ownerReferences": [app.owner]}
        owned = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": meta}
        return (Patch(owned, "spec.checkpoint.onDelete: Delete"),)

    def release(self, app: App, seen: Seen) -> tuple[Action, ...]:
        """Nothing: the standing objects cost nothing and go with the resource that owns them."""
        return ()

    def _removals(self, app: App, seen: Seen, because: str) -> tuple[Action, ...]:
        left = seen.all(states.pods_look(app))
        return tuple(_removal(pod, because) for pod in left if "deletionTimestamp" not in pod["metadata"])


def _removal(pod: Manifest, because: str) -> Delete:
    return Delete(Ref.of({"apiVersion": "v1", "kind": "Pod", **pod}), because, uid=pod["metadata"]["uid"])
