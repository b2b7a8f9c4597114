"""Runs the word count as a Spark application whose driver is a pod that the operator makes; pure, and a stranger to other engines."""

from wordcount_operator.api.v1alpha1 import Attempt
from wordcount_operator.domain import (
    Action,
    App,
    Ask,
    Cause,
    Create,
    Delete,
    Get,
    JobState,
    Look,
    Manifest,
    Problem,
    Ref,
    Seen,
    Stage,
)
from wordcount_operator.engines import pods
from wordcount_operator.engines.spark import conf, manifests, names, states


class Spark:
    """The engine `spark`; see `wordcount_operator.engine.Engine` for what each method promises."""

    def problems(self, app: App, seen: Seen) -> tuple[Problem, ...]:
        """A claim that is missing, a path that no pod would see, configuration keys that are the operator's own."""
        return (*pods.problems(app, seen), *conf.reserved(app))

    def looks(self, app: App, seen: Seen) -> tuple[Look, ...]:
        """The pods, the standing objects, and the driver's progress once its pod runs."""
        standing = [Get(Ref.of(manifest)) for manifest in self.desired(app, seen)]
        claim = Ref("v1", "PersistentVolumeClaim", app.namespace, names.claim(app))
        first: tuple[Look, ...] = (states.pods_look(app), Get(claim), *standing)
        if states.pods_look(app) not in seen or not states.driver_runs(app, seen):
            return first
        return (*first, Ask(manifests.progress_url(app)))

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

    def discard(self, app: App, seen: Seen) -> tuple[Action, ...]:
        """The ended driver and executors that outlived it."""
        return self._removals(app, seen, "the run is over")

    def release(self, app: App, seen: Seen) -> tuple[Action, ...]:
        """Nothing: the standing objects cost nothing and go with the resource that owns them."""
        return ()

    def _removals(self, app: App, seen: Seen, because: str) -> tuple[Action, ...]:
        left = seen.all(states.pods_look(app))
        return tuple(_removal(pod, because) for pod in left if "deletionTimestamp" not in pod["metadata"])


def _removal(pod: Manifest, because: str) -> Delete:
    return Delete(Ref.of({"apiVersion": "v1", "kind": "Pod", **pod}), because, uid=pod["metadata"]["uid"])
