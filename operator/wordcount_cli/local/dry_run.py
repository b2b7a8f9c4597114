"""Runs the operator's reconciles against an in-memory cluster until an attempt is started."""

from dataclasses import replace
from datetime import datetime
from importlib.metadata import version

from wordcount_cli.local.in_memory_cluster import InMemoryCluster
from wordcount_operator.api.v1alpha1 import Status, StreamingWordCount
from wordcount_operator.engines.base import Engine
from wordcount_operator.model.actions import Action
from wordcount_operator.model.objects import Manifest, Ref
from wordcount_operator.model.resource import WordCount
from wordcount_operator.planning.decide import decide

NO_UID = "00000000-0000-0000-0000-000000000000"
MAX_RECONCILES = 10
"""More than any engine needs from nothing to a started attempt."""
ONE_READY_REPLICA = {
    "observedGeneration": 1,
    "replicas": 1,
    "updatedReplicas": 1,
    "readyReplicas": 1,
    "availableReplicas": 1,
}


class _ReadyCluster(InMemoryCluster):
    """A cluster in which everything works: a Deployment has its pods as soon as it is created."""

    def stored(self, ref: Ref, manifest: Manifest) -> Manifest:
        metadata = {"uid": NO_UID, "generation": 1, **manifest["metadata"]}
        status = {"status": ONE_READY_REPLICA} if ref.kind == "Deployment" else {}
        return {**manifest, "metadata": metadata, **status}


def as_created(parsed: StreamingWordCount) -> WordCount:
    """Return the resource as the operator reads it right after `kubectl apply`, with a uid of zeros."""
    spec, metadata = parsed.spec, parsed.metadata
    block = getattr(spec, spec.engine)
    default = f"streaming-wordcount/{spec.engine}:{version('streaming-wordcount-operator')}"
    image = (block and block.image) or default
    return WordCount(metadata.namespace, metadata.name, NO_UID, 1, spec, Status(), image)


def dry_run(resource: WordCount, engine: Engine, now: datetime) -> tuple[tuple[Action, ...], Status]:
    """Return all actions until an attempt is started, in their order, and the status after them.

    A PVC that the resource only names is assumed to exist.
    """
    cluster = _ReadyCluster(*_named_claim(resource))
    done: list[Action] = []
    for _ in range(MAX_RECONCILES):
        plan = decide(resource, engine, cluster.observed(resource, engine), now)
        new = [action for action in plan.actions if action not in done]
        resource = replace(resource, status=plan.status)
        if not new:
            break
        done += new
        cluster.run(new)
    return tuple(done), resource.status


def _named_claim(resource: WordCount) -> tuple[Manifest, ...]:
    """Return the PVC that the resource names but does not own, or nothing."""
    name = resource.volume and resource.volume.claim_name
    metadata = {"namespace": resource.namespace, "name": name}
    return ({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata},) if name else ()
