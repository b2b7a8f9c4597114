"""Reads a resource, and what exists for it in the cluster and in its engine."""

from collections.abc import Mapping

from wordcount_operator.adapters import Adapters
from wordcount_operator.api import GROUP, KIND, VERSION
from wordcount_operator.api.v1alpha1 import Spec, Status, StreamingWordCount
from wordcount_operator.engines.base import Engine
from wordcount_operator.model.objects import CONFIRM_GONE_ANNOTATION, SAVEPOINT_ANNOTATION, Manifest, Ref
from wordcount_operator.model.reads import Observed
from wordcount_operator.model.resource import WordCount
from wordcount_operator.planning import state_retention
from wordcount_operator.planning.upgrades import with_effective_spec

Images = Mapping[str, str]
"""The image of each engine's pods, if the resource names none."""


def ref_of(namespace: str, name: str) -> Ref:
    """Return the reference to the resource itself."""
    return Ref(f"{GROUP}/{VERSION}", KIND, namespace, name)


def read(raw: Manifest, images: Images) -> WordCount:
    """Return the resource as the operator works with it.

    It raises ValidationError if its spec cannot be read.
    """
    spec: Spec = StreamingWordCount.model_validate(raw).spec
    meta = raw["metadata"]
    block, annotations = getattr(spec, spec.engine), meta.get("annotations", {})
    resource = WordCount(
        namespace=meta["namespace"],
        name=meta["name"],
        uid=meta["uid"],
        generation=meta.get("generation", 0),
        spec=spec,
        status=Status.model_validate(raw.get("status") or {}),
        image=(block and block.image) or images[spec.engine],
        deleting_since=meta.get("deletionTimestamp", ""),
        resource_version=meta.get("resourceVersion", ""),
        confirmed_gone_uid=annotations.get(CONFIRM_GONE_ANNOTATION, ""),
        savepoint_request=annotations.get(SAVEPOINT_ANNOTATION, ""),
    )
    return with_effective_spec(resource)


async def reread(adapters: Adapters, resource: WordCount, images: Images) -> WordCount | None:
    """Return the resource as it is after the status was written, None if it is gone."""
    raw = await adapters.kube.get(ref_of(resource.namespace, resource.name))
    return None if raw is None else read(raw, images)


async def observe(adapters: Adapters, resource: WordCount, engine: Engine) -> Observed:
    """Read until the engine asks for nothing new."""
    observed = Observed(await adapters.read(state_retention.reads(resource)))
    while new := observed.unanswered(engine.reads(resource, observed)):
        observed = observed.including(await adapters.read(new))
    return observed
