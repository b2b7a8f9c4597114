"""Compares the objects that should exist with those that do."""

from wordcount_operator.model.actions import Action, Create, Patch
from wordcount_operator.model.objects import CONTENT_HASH_ANNOTATION, Manifest, Ref, is_managed
from wordcount_operator.model.reads import Observed
from wordcount_operator.planning.context import Context


def base_objects_drift(context: Context) -> tuple[Action, ...]:
    """Return the actions that bring the resource's base objects to what they should be."""
    return drift(context.engine.base_objects(context.resource, context.observed), context.observed)


def drift(desired: tuple[Manifest, ...], observed: Observed) -> tuple[Action, ...]:
    """Return the actions that bring the objects to what they should be, none if they are.

    An object whose manifest carries no hash, such as a PVC, is created and then left alone. So is an object
    of that name that somebody else created.
    """
    actions: list[Action] = []
    for manifest in desired:
        found = observed.object(Ref.of(manifest))
        if found is None:
            actions.append(Create(manifest, because="missing"))
        elif content_hash(manifest) not in ("", content_hash(found)) and is_managed(found):
            actions.append(Patch(manifest, because="differs from what the resource asks for"))
    return tuple(actions)


def content_hash(manifest: Manifest) -> str:
    """Return the hash of its content that a manifest carries, empty if it carries none."""
    found: str = manifest["metadata"].get("annotations", {}).get(CONTENT_HASH_ANNOTATION, "")
    return found
