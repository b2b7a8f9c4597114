"""A cluster as a table of objects in memory: answers the operator's reads, runs its actions."""

from collections.abc import Iterable
from typing import Any

from wordcount_operator.engines.base import Engine
from wordcount_operator.model.actions import Action, Create
from wordcount_operator.model.objects import Manifest, Ref
from wordcount_operator.model.reads import GetObject, HttpGet, HttpReply, ListObjects, Observed, Read
from wordcount_operator.model.resource import WordCount
from wordcount_operator.planning import state_retention


class InMemoryCluster:
    """Objects by reference, and HTTP replies by URL. `wordcount explain` uses it, and so do the tests."""

    no_reply = HttpReply(404, "nothing was started yet")
    """The reply of an address that `replies` does not name."""

    def __init__(self, *manifests: Manifest) -> None:
        self.objects: dict[Ref, Manifest] = {}
        self.replies: dict[str, HttpReply] = {}
        for manifest in manifests:
            self.put(manifest)

    def put(self, manifest: Manifest) -> None:
        """Create the object, or replace it."""
        ref = Ref.of(manifest)
        self.objects[ref] = self.stored(ref, manifest)

    def stored(self, ref: Ref, manifest: Manifest) -> Manifest:
        """Return the object as the API server stores it: with a uid."""
        return {**manifest, "metadata": {"uid": f"uid-of-{ref.name}", **manifest["metadata"]}}

    def run(self, actions: Iterable[Action]) -> None:
        """Run the actions that create objects; an object that exists already stays as it is."""
        for action in actions:
            if isinstance(action, Create) and Ref.of(action.manifest) not in self.objects:
                self.put(action.manifest)

    def observed(self, of: WordCount, engine: Engine) -> Observed:
        """Return the answers to all reads that a reconcile of this resource makes."""
        observed = Observed({read: self._answer(read) for read in state_retention.reads(of)})
        while new := observed.unanswered(engine.reads(of, observed)):
            observed = observed.including({read: self._answer(read) for read in new})
        return observed

    def _answer(self, read: Read) -> Any:
        match read:
            case GetObject(ref):
                return self.objects.get(ref)
            case ListObjects():
                return tuple(each for ref, each in self.objects.items() if is_selected(read, ref, each))
            case HttpGet(url):
                return self.replies.get(url, self.no_reply)


def is_selected(read: ListObjects, ref: Ref, manifest: Manifest) -> bool:
    """Return whether the list contains the object: by kind, namespace and labels (`a=b`, `a!=b`, `a`)."""
    same_kind = (read.api_version, read.kind) == (ref.api_version, ref.kind)
    if not same_kind or read.namespace not in ("", ref.namespace):
        return False
    labels = manifest["metadata"].get("labels", {})
    for term in filter(None, read.selector.split(",")):
        key, unequal, value = term.partition("!=")
        if unequal:
            matches = labels.get(key) != value
        else:
            key, equal, value = term.partition("=")
            matches = labels.get(key) == value if equal else key in labels
        if not matches:
            return False
    return True
