"""Small builders of resources, pods and answers for tests."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from wordcount_operator.api.v1alpha1 import Status
from wordcount_operator.engines.base import Engine
from wordcount_operator.model.actions import Create
from wordcount_operator.model.objects import Manifest, Ref
from wordcount_operator.model.reads import GetObject, HttpGet, HttpReply, ListObjects, Observed, Read
from wordcount_operator.model.resource import WordCount
from wordcount_operator.planning import state_retention
from wordcount_operator.reading import read

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
IMAGES = {"spark": "spark:test", "flink": "flink:test"}


def later(seconds: float) -> datetime:
    """A moment after `NOW`."""
    return NOW + timedelta(seconds=seconds)


def raw_resource(engine: str = "spark", name: str = "bible", **spec: Any) -> Manifest:
    """A resource as the API server would give it, with the smallest valid spec under what the test names."""
    return {
        "apiVersion": "streaming.wordcount.dev/v1alpha1",
        "kind": "StreamingWordCount",
        "metadata": {
            "name": name,
            "namespace": "words",
            "uid": f"uid-{name}",
            "generation": 1,
            "resourceVersion": "1",
        },
        "spec": {"engine": engine, "source": {"rate": {}}, "sink": {"console": {}}, **spec},
    }


def resource(engine: str = "spark", name: str = "bible", **spec: Any) -> WordCount:
    """The same as the operator works with it."""
    return read(raw_resource(engine, name, **spec), IMAGES)


def recorded(before: WordCount, status: Status) -> WordCount:
    """The resource after that status was written."""
    return replace(before, status=status)


class FakeCluster:
    """What exists, as a table of objects; answers looks the way a converged cluster would."""

    def __init__(self, *manifests: Manifest) -> None:
        self.objects: dict[Ref, Manifest] = {}
        self.replies: dict[str, HttpReply] = {}
        for manifest in manifests:
            self.put(manifest)

    def put(self, manifest: Manifest) -> None:
        """Makes or replaces an object."""
        ref = Ref.of(manifest)
        self.objects[ref] = {**manifest, "metadata": {"uid": f"uid-of-{ref.name}", **manifest["metadata"]}}

    def run(self, actions: tuple[Any, ...]) -> None:
        """Carries out what an API server would do with the creations among the actions."""
        for action in actions:
            if isinstance(action, Create) and Ref.of(action.manifest) not in self.objects:
                self.put(action.manifest)

    def observed(self, of: WordCount, engine: Engine) -> Observed:
        """All looks of the engine, answered."""
        observed = Observed({look: self._answer(look) for look in state_retention.reads(of)})
        while new := observed.unanswered(engine.reads(of, observed)):
            observed = observed.including({look: self._answer(look) for look in new})
        return observed

    def _answer(self, look: Read) -> Any:
        match look:
            case GetObject(ref):
                return self.objects.get(ref)
            case ListObjects():
                return tuple(m for ref, m in self.objects.items() if _selected(look, ref, m))
            case HttpGet(url):
                return self.replies.get(url, HttpReply(0, "nobody answers"))


def _selected(look: ListObjects, ref: Ref, manifest: Manifest) -> bool:
    labels = manifest["metadata"].get("labels", {})
    pairs = [pair for pair in look.selector.split(",") if pair]
    unwanted = [pair.split("!=", 1) for pair in pairs if "!=" in pair]
    wanted = [pair.split("=", 1) for pair in pairs if "!=" not in pair]
    return (
        (look.api_version, look.kind) == (ref.api_version, ref.kind)
        and look.namespace in ("", ref.namespace)
        and not any(labels.get(key) == value for key, value in unwanted)
        and all(labels.get(pair[0]) == pair[1] if len(pair) == 2 else pair[0] in labels for pair in wanted)
    )
