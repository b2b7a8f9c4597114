"""The operator's passes against a cluster that exists in memory only; pure, so never a real cluster and never a clock."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from importlib.metadata import version
from typing import Any

from wordcount_operator.api.v1alpha1 import Status, StreamingWordCount
from wordcount_operator.engines.base import Engine
from wordcount_operator.model.actions import Action, Create
from wordcount_operator.model.objects import Manifest, Ref
from wordcount_operator.model.reads import GetObject, HttpGet, HttpReply, ListObjects, Observed, Read
from wordcount_operator.model.resource import WordCount
from wordcount_operator.planning.decide import decide

NO_UID = "00000000-0000-0000-0000-000000000000"
PASSES = 10
"""More than any engine needs from nothing to a started attempt."""


def as_created(parsed: StreamingWordCount) -> WordCount:
    """The resource as the operator would read it right after `kubectl apply`, in a cluster that gives no uid."""
    spec, metadata = parsed.spec, parsed.metadata
    block = getattr(spec, spec.engine)
    default = f"streaming-wordcount/{spec.engine}:{version('streaming-wordcount-operator')}"
    image = (block and block.image) or default
    return WordCount(metadata.namespace, metadata.name, NO_UID, 1, spec, Status(), image)


def dry_run(resource: WordCount, engine: Engine, now: datetime) -> tuple[tuple[Action, ...], Status]:
    """All actions until an attempt is started, in order, and the status then; in a cluster where everything works.

    What the resource only names (a claim) is taken to exist.
    """
    objects = {ref: {"metadata": {"name": ref.name}} for ref in _named(resource)}
    done: list[Action] = []
    for _ in range(PASSES):
        plan = decide(resource, engine, _observe(resource, engine, objects), now)
        new = [action for action in plan.actions if action not in done]
        resource = replace(resource, status=plan.status)
        if not new:
            break
        done += new
        made = [action.manifest for action in new if isinstance(action, Create)]
        objects |= {Ref.of(manifest): _alive(manifest) for manifest in made}
    return tuple(done), resource.status


def _named(resource: WordCount) -> tuple[Ref, ...]:
    claim = resource.volume and resource.volume.claim_name
    return (Ref("v1", "PersistentVolumeClaim", resource.namespace, claim),) if claim else ()


def _alive(manifest: Manifest) -> Manifest:
    """The object as a cluster would soon show it: a Deployment has its pods."""
    alive = {**manifest, "metadata": {"uid": NO_UID, "generation": 1, **manifest["metadata"]}}
    if manifest["kind"] == "Deployment":
        alive["status"] = {
            "observedGeneration": 1,
            "replicas": 1,
            "updatedReplicas": 1,
            "readyReplicas": 1,
            "availableReplicas": 1,
        }
    return alive


def _observe(resource: WordCount, engine: Engine, objects: Mapping[Ref, Manifest]) -> Observed:
    observed = Observed()
    while new := observed.unanswered(engine.reads(resource, observed)):
        observed = observed.including({look: _answer(look, objects) for look in new})
    return observed


def _answer(look: Read, objects: Mapping[Ref, Manifest]) -> Any:
    match look:
        case GetObject(ref):
            return objects.get(ref)
        case ListObjects():
            return tuple(each for ref, each in objects.items() if _selected(look, ref, each))
        case HttpGet():
            return HttpReply(404, "nothing was started yet")


def _selected(look: ListObjects, ref: Ref, manifest: Manifest) -> bool:
    labels = manifest["metadata"].get("labels", {})
    selector = dict(pair.split("=", 1) for pair in look.selector.split(",") if pair)
    return (look.api_version, look.kind) == (ref.api_version, ref.kind) and selector.items() <= labels.items()
