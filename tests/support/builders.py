"""Small builders of resources, pods and answers for tests."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from wordcount_cli.local.in_memory_cluster import InMemoryCluster
from wordcount_operator.api.v1alpha1 import Status
from wordcount_operator.model.objects import Manifest
from wordcount_operator.model.reads import HttpReply
from wordcount_operator.model.resource import WordCount
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


class FakeCluster(InMemoryCluster):
    """A cluster in which no process runs: no address answers unless the test writes a reply."""

    no_reply = HttpReply(0, "nobody answers")
