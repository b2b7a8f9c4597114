"""What holds for every engine, also for one that comes later; never an engine by its name."""

from typing import Any

import pytest

from tests.support.builders import NOW, FakeCluster, later, recorded, resource
from wordcount_operator.engines import ENGINES
from wordcount_operator.model.actions import Create
from wordcount_operator.model.objects import Ref
from wordcount_operator.planning.decide import decide
from wordcount_operator.planning.drift import drift

each_engine = pytest.mark.parametrize("name", sorted(ENGINES))


@each_engine
def test_standing_objects_that_exist_as_desired_need_no_action(name: str) -> None:
    """Law: plan(app, desired, Observed(desired)) == ()."""
    of, engine, world = resource(name), ENGINES[name], FakeCluster()
    desired = engine.base_objects(of, world.observed(of, engine))
    assert desired
    for manifest in desired:
        world.put(manifest)
    assert drift(desired, world.observed(of, engine)) == ()


@each_engine
def test_every_object_lies_in_the_resources_namespace_and_is_labelled(name: str) -> None:
    """The operator makes nothing elsewhere, and all it makes can be found by its label."""
    of, engine = resource(name), ENGINES[name]
    for manifest in engine.base_objects(of, FakeCluster().observed(of, engine)):
        assert Ref.of(manifest).namespace == of.namespace
        assert (
            manifest["metadata"]["labels"]["app.kubernetes.io/managed-by"] == "streaming-wordcount-operator"
        )


@each_engine
def test_the_first_pass_records_an_attempt_before_anything_is_made(name: str) -> None:
    """The plan carries the status with the intent, and no action but creations."""
    of, engine = resource(name), ENGINES[name]
    plan = decide(of, engine, FakeCluster().observed(of, engine), NOW)
    assert plan.status.attempt is not None
    assert plan.status.attempt.intent == "Submitted"
    assert plan.actions
    assert all(isinstance(action, Create) for action in plan.actions)


@each_engine
def test_a_suspended_resource_that_never_ran_makes_nothing(name: str) -> None:
    """While suspended nothing runs and nothing is made."""
    of, engine = resource(name, suspend=True), ENGINES[name]
    plan = decide(of, engine, FakeCluster().observed(of, engine), NOW)
    assert plan.actions == ()
    assert plan.status.phase == "Suspended"


@each_engine
def test_state_lies_in_one_place_for_all_attempts_of_a_generation(name: str) -> None:
    """The place is the resource's (namespace, name, uid) and the state generation's, never an attempt's."""
    of, engine = resource(name), ENGINES[name]
    first = decide(of, engine, FakeCluster().observed(of, engine), NOW).status
    assert first.attempt
    ended = first.attempt.model_copy(update={"intent": "Ended"})
    of = recorded(of, first.model_copy(update={"attempt": ended}))
    second = decide(of, engine, FakeCluster().observed(of, engine), later(60)).status
    assert second.attempt
    assert second.attempt.number == 2
    assert first.checkpoint.location == second.checkpoint.location == "/data/state/words/bible/uid-bible/g1"


@each_engine
@pytest.mark.parametrize(
    ("timestamp", "source", "sentence"),
    [
        ("kafka", {"rate": {}}, "only records of spec.source.kafka have a timestamp"),
        ({"prefix": "iso8601"}, {"rate": {}}, "lines of spec.source.rate do not begin with an instant"),
        ("ingest", {"rate": {}}, ""),
        ({"prefix": "iso8601"}, {"socket": {"host": "a", "port": 1}}, ""),
    ],
)
def test_an_instant_that_no_line_can_have_is_named(
    name: str, timestamp: Any, source: dict[str, Any], sentence: str
) -> None:
    """With the field and what to write instead; what the API server cannot see, the resource's
    status says.
    """
    of = resource(name, source=source, window={"size": "1m", "timestamp": timestamp})
    engine = ENGINES[name]
    first = next(iter(engine.problems(of, FakeCluster().observed(of, engine))), None)
    assert (first.sentence.startswith("spec.window.timestamp: ") if first else False) == bool(sentence)
    assert sentence in (first.sentence if first else "")
