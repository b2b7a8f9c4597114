"""How a reconcile reads a resource, and the order of what it writes and does."""

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any, cast
from unittest.mock import Mock

import pytest
from pydantic import ValidationError

from tests.support.builders import IMAGES, FakeCluster, later, raw_resource, resource
from wordcount_operator.adapters import Adapters
from wordcount_operator.adapters.kube import ApiError
from wordcount_operator.api import GROUP, KIND, VERSION
from wordcount_operator.api.validation import first_error
from wordcount_operator.engines import ENGINES
from wordcount_operator.engines.flink.session import Session
from wordcount_operator.model.actions import Action, Create, Delete, HttpRequest, describe
from wordcount_operator.model.objects import Manifest, Ref
from wordcount_operator.model.reads import HttpReply, Read
from wordcount_operator.reading import read
from wordcount_operator.reconciler import reconcile


class Noted(FakeCluster):
    """A table of objects, as ports see it, that notes what is written and done, in order."""

    def __init__(self, *manifests: Manifest) -> None:
        super().__init__(*manifests)
        self.kube = self
        self.calls: list[Any] = []

    async def get(self, ref: Ref) -> Manifest | None:
        """A live read."""
        return self.objects.get(ref)

    async def read(self, reads: Sequence[Read]) -> Mapping[Read, Any]:
        """The answers."""
        return {look: self._answer(look) for look in reads}

    async def write_status(self, *written: Any) -> None:
        """Notes the attempt that is on record from now on."""
        self.calls.append(written[-1]["attempt"])

    async def apply(self, action: Action) -> None:
        """Notes what is done."""
        self.calls.append(action)

    async def event(self, _: Manifest) -> None:
        """Events are tested elsewhere."""


class Forbidding(Noted):
    """A cluster in which no pod and no Deployment may be made, as where a quota is used up."""

    async def write_status(self, namespace: str, name: str, _version: str, status: Manifest) -> None:
        """Keeps it."""
        ref = Ref(f"{GROUP}/{VERSION}", KIND, namespace, name)
        self.objects[ref] = {**self.objects[ref], "status": status}
        self.calls.append(status["phase"])

    async def apply(self, action: Action) -> None:
        """Refuses."""
        if isinstance(action, Create) and action.manifest["kind"] in ("Pod", "Deployment"):
            raise ApiError(403, "exceeded quota")
        if isinstance(action, Create):
            self.put(action.manifest)

    async def event(self, event: Manifest) -> None:
        """Notes its reason."""
        self.calls.append(event["reason"])


@pytest.mark.parametrize("engine", sorted(ENGINES))
async def test_a_refusal_is_told_once_and_not_with_each_try(
    engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the API server forbids is Stalled and stays so: a status that flaps would page people, an event a
    reconcile would bury others.
    """
    clock = map(later, count(step=30))
    monkeypatch.setattr("wordcount_operator.reconciler.datetime", Mock(now=lambda _: next(clock)))
    forbidding = Forbidding(raw_resource(engine))
    for _ in range(3):
        plan = await reconcile(cast(Adapters, forbidding), "words", "bible", IMAGES)
    assert plan is not None
    assert plan.status.phase == "Stalled"
    assert "exceeded quota" in plan.status.message
    forbidding.calls.clear()
    await reconcile(cast(Adapters, forbidding), "words", "bible", IMAGES)
    assert forbidding.calls == []


@pytest.mark.parametrize("engine", sorted(ENGINES))
async def test_the_attempt_is_on_record_before_anything_is_made(engine: str) -> None:
    """Intent first: id, number, Flink job id and the state to restore from are in the status before the first
    create.
    """
    place = "/data/state/words/old/u/g1/savepoints/savepoint-1"
    noted = Noted(raw_resource(engine, checkpoint={"restoreFrom": place}))
    await reconcile(cast(Adapters, noted), "words", "bible", IMAGES)
    intent, *acts = noted.calls
    assert (intent["id"], intent["number"], intent["intent"]) == ("bible-1-1", 1, "Submitted")
    assert (intent["restoreFrom"], intent["runId"]) == (
        place,
        ENGINES[engine].identify(resource(engine), 1).run_id,
    )
    assert acts
    assert all(isinstance(each, Create) for each in acts)


def test_the_resources_own_image_replaces_the_operators() -> None:
    """spec.spark.image, else the default of the installation."""
    assert resource().image == "spark:test"
    assert resource(spark={"image": "mine:1"}).image == "mine:1"


def test_a_spec_that_this_version_cannot_read_is_named_by_its_field() -> None:
    """An older CRD let it in: the sentence says which field and what to write, in no library's words."""
    raw = raw_resource(checkpoint={"interval": "soon"})
    with pytest.raises(ValidationError):
        read(raw, IMAGES)
    assert first_error(raw).startswith("spec.checkpoint.interval: write a duration")


def test_an_action_is_told_in_words() -> None:
    """The log line and the event begin with what is done to which object."""
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"namespace": "words", "name": "bible-driver"}}
    assert describe(Create(pod, "missing")) == "Create Pod bible-driver"
    assert describe(Delete(Ref.of(pod), "over")) == "Delete Pod bible-driver"


class Blind(Forbidding):
    """A cluster in which what runs may not be read."""

    async def read(self, reads: Sequence[Read]) -> Mapping[Read, Any]:
        """Refuses."""
        raise ApiError(403, "pods is forbidden")


async def test_what_may_not_be_looked_at_is_said_in_the_status() -> None:
    """A role that is missing in one namespace is Stalled there, and not a line in a log alone."""
    plan = await reconcile(cast(Adapters, Blind(raw_resource())), "words", "bible", IMAGES)
    assert plan is not None
    assert plan.status.phase == "Stalled"
    assert "pods is forbidden" in plan.status.message


async def test_a_resource_that_cannot_be_read_is_not_let_go_while_its_job_runs() -> None:
    """Its spec is of an older version: what was started is on record in the status, and is ended before the
    resource goes.
    """
    of = resource("flink")
    session = Session("words", "flink-old")
    attempt = {"id": "bible-1-1", "number": 1, "startTime": "", "intent": "Running", "runId": "1"}
    raw = raw_resource("flink", checkpoint={"interval": "soon"})
    meta = {**raw["metadata"], "deletionTimestamp": "2026-11-22T12:00:00Z"}
    status = {"attempt": attempt, "session": session.name}
    noted = Noted({**raw, "metadata": meta, "status": status})
    for manifest in ENGINES["flink"].base_objects(of, FakeCluster().observed(of, ENGINES["flink"])):
        if manifest["kind"] == "Deployment":
            named = {**manifest["metadata"], "name": session.name, "labels": session.labels}
            ready = {"updatedReplicas": 1, "readyReplicas": 1}
            noted.put({**manifest, "metadata": named, "status": ready})
    noted.replies[session.job("1")] = HttpReply(200, {"state": "RUNNING", "vertices": []})
    plan = await reconcile(cast(Adapters, noted), "words", "bible", IMAGES)
    assert plan is not None
    assert not plan.finished
    assert [each.url for each in plan.actions if isinstance(each, HttpRequest)] == [
        f"{session.job('1')}?mode=cancel"
    ]
