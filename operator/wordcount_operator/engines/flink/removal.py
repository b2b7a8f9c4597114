"""The steps that remove a session cluster which nobody needs any more; its state stays."""

from wordcount_operator.engines.flink.reads import parts
from wordcount_operator.engines.flink.session import Session, is_foreign
from wordcount_operator.model.actions import Action, Delete
from wordcount_operator.model.objects import Manifest, Ref
from wordcount_operator.model.reads import Observed


def session_removal(session: Session, observed: Observed, because: str) -> tuple[Action, ...]:
    """Return the next step of a session's removal; none when nothing is left.

    First the JobManager, then its pods end, then the records that would bring its jobs back, then the rest:
    as long as a part remains that only the operator makes, a later reconcile knows that the records are to go
    too.
    """
    found = {ref: observed.object(ref) for ref in parts(session)}
    owned = {ref: manifest for ref, manifest in found.items() if manifest and session.owns(manifest)}
    if not owned or is_foreign(session, observed):
        return ()
    if session.deployment in owned:
        return tuple(
            _delete(ref, owned[ref], because) for ref in (session.deployment, session.service) if ref in owned
        )
    pods = [
        *observed.all(session.pods("jobmanager")),
        *observed.all(session.pods("taskmanager")),
    ]
    if pods:
        # A pod that is ending already is asked once more: an action is what brings the next reconcile soon.
        alive = [pod for pod in pods if "deletionTimestamp" not in pod["metadata"]] or pods[:1]
        return tuple(_delete(_ref("Pod", pod), pod, because) for pod in alive)
    records = observed.all(session.records)
    return (
        *(_delete(_ref("ConfigMap", record), record, because) for record in records),
        *(_delete(ref, manifest, because) for ref, manifest in owned.items()),
    )


def _ref(kind: str, manifest: Manifest) -> Ref:
    return Ref.of({**manifest, "apiVersion": "v1", "kind": kind})


def _delete(ref: Ref, manifest: Manifest, because: str) -> Delete:
    return Delete(ref, because, uid=manifest["metadata"]["uid"])
