"""A third engine needs a class and a row: the real reconciler takes it through a whole life."""

import ast
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast
from unittest.mock import Mock

import pytest
from pydantic import create_model

from tests.support.builders import FakeCluster, later, raw_resource
from tests.support.toy_engine import Toy, pod_ref, progress_url
from wordcount_operator import reading, reconciler
from wordcount_operator.adapters import Adapters
from wordcount_operator.api import GROUP, KIND, VERSION, field_effects
from wordcount_operator.api.v1alpha1 import EngineBlock, Spec, StreamingWordCount
from wordcount_operator.engines import ENGINES
from wordcount_operator.model.actions import Action, Create, Delete
from wordcount_operator.model.objects import Manifest, Ref
from wordcount_operator.model.plan import Plan
from wordcount_operator.model.reads import HttpReply, Read

IMAGES = {"toy": "toy:test"}
RESOURCE = Ref(f"{GROUP}/{VERSION}", KIND, "words", "bible")
CHECKOUT = Path(__file__).parents[3]
# The two rows of the API that every engine has: its name, and its block.
TOY_SPEC = create_model("ToySpec", __base__=Spec, engine=(str, ...), toy=(EngineBlock | None, None))
TOY_RESOURCE = create_model("ToyResource", __base__=StreamingWordCount, spec=(TOY_SPEC, ...))


class LiveCluster(FakeCluster):
    """A table of objects in which what the operator writes and does happens at once."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(raw_resource("toy", checkpoint={"onDelete": "Delete"}))
        self.kube, self.seconds = self, 0.0
        clock = Mock(now=lambda _: later(self.seconds))
        monkeypatch.setattr(reconciler, "datetime", clock)

    async def get(self, ref: Ref) -> Manifest | None:
        """A live read."""
        return self.objects.get(ref)

    async def read(self, reads: Sequence[Read]) -> Mapping[Read, Any]:
        """The answers."""
        return {look: self._answer(look) for look in reads}

    async def write_status(self, namespace: str, name: str, _version: str, status: Manifest) -> None:
        """Keeps the status."""
        self.edit(status=status)

    async def apply(self, action: Action) -> None:
        """Creates and deletes."""
        if isinstance(action, Delete):
            del self.objects[action.ref]
        else:
            assert isinstance(action, Create)
            self.put(action.manifest)

    async def event(self, _: Manifest) -> None:
        """Events change nothing."""

    def edit(self, **parts: Any) -> None:
        """Lets parts of the resource be others."""
        self.put({**self.objects[RESOURCE], **parts})

    def suspend(self, on: bool) -> None:
        """Lets the user suspend or resume."""
        self.edit(spec={**self.objects[RESOURCE]["spec"], "suspend": on})

    def pod(self, ref: Ref, phase: str) -> None:
        """Lets the kubelet report on a pod."""
        self.put({**self.objects[ref], "status": {"phase": phase}})

    async def reconcile(self, times: int = 1) -> Plan:
        """Some reconciles of the real reconciler, ten seconds apart."""
        plan = None
        for _ in range(times):
            self.seconds += 10
            plan = await reconciler.reconcile(cast(Adapters, self), "words", "bible", IMAGES)
        assert plan
        return plan


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> LiveCluster:
    """The cluster, with the toy engine registered."""
    monkeypatch.setitem(ENGINES, "toy", Toy())
    monkeypatch.setitem(field_effects.TABLE, "toy", field_effects.FieldEffect.RESTART)
    monkeypatch.setattr(reading, "StreamingWordCount", TOY_RESOURCE)
    return LiveCluster(monkeypatch)


async def test_a_toy_engine_lives_through_everything(cluster: LiveCluster) -> None:
    """Create, run, crash, restart, suspend, resume, delete; no line of the operator knows the engine."""
    resource = reading.read(cluster.objects[RESOURCE], IMAGES)
    pod = pod_ref(resource)
    body = {"lines": 10, "words": 70, "at": "2026-11-22T12:00:00Z"}
    cluster.replies[progress_url(resource)] = HttpReply(200, body)

    plan = await cluster.reconcile()
    assert (plan.status.phase, pod in cluster.objects) == ("Starting", True)
    cluster.pod(pod, "Running")
    plan = await cluster.reconcile()
    assert (plan.status.phase, plan.status.progress.lines) == ("Running", 10)

    cluster.pod(pod, "Failed")
    plan = await cluster.reconcile()
    assert (plan.status.phase, plan.status.restarts.last_reason) == ("BackingOff", "UserCode")
    plan = await cluster.reconcile(20)
    assert plan.status.attempt
    assert (plan.status.phase, plan.status.attempt.number) == ("Starting", 2)
    cluster.pod(pod, "Running")
    assert (await cluster.reconcile()).status.phase == "Running"

    cluster.suspend(True)
    plan = await cluster.reconcile(3)
    assert (plan.status.phase, pod in cluster.objects) == ("Suspended", False)
    cluster.suspend(False)
    await cluster.reconcile()
    cluster.pod(pod, "Running")
    plan = await cluster.reconcile()
    assert plan.status.attempt
    assert (plan.status.phase, plan.status.attempt.number) == ("Running", 3)

    deleted = {**cluster.objects[RESOURCE]["metadata"], "deletionTimestamp": "2026-11-22T12:10:00Z"}
    cluster.edit(metadata=deleted)
    plan = await cluster.reconcile(3)
    assert (pod in cluster.objects, plan.finished) == (False, False)
    cluster.pod(resource.cleanup_pod, "Succeeded")
    assert (await cluster.reconcile()).finished


def test_the_class_stays_small() -> None:
    """Under 100 lines: an engine is data and twelve methods."""
    tree = ast.parse((CHECKOUT / "tests/support/toy_engine.py").read_text("utf-8"))
    (toy,) = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    assert toy.end_lineno
    assert toy.end_lineno - toy.lineno < 100
