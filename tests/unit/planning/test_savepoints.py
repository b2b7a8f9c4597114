"""A savepoint by hand is asked for once, recorded when it is finished, and never when it is not; both engines, no cluster."""

from dataclasses import replace

import pytest

from tests.support.builders import World, app, later, recorded
from wordcount_operator.api.v1alpha1 import Attempt
from wordcount_operator.domain import App, Ask, Call, Reply
from wordcount_operator.engines import ENGINES
from wordcount_operator.engines.flink import job
from wordcount_operator.engines.flink.session import used
from wordcount_operator.engines.spark.manifests import savepoint_url
from wordcount_operator.planning.savepoints import saving

each_engine = pytest.mark.parametrize("engine", sorted(ENGINES))
PLACE = "file:///data/state/words/bible/uid-bible/g1/savepoints/savepoint-1"


def asked(engine: str, word: str = "now") -> App:
    """A resource that counts, with a savepoint asked for."""
    of = app(engine)
    run = ENGINES[engine].attempt_run_id(of, 1)
    attempt = Attempt(id="a", number=1, started_at="", intent="Running", run_id=run)
    status = of.status.model_copy(update={"attempt": attempt})
    return replace(recorded(of, status), savepoint_asked=word)


def url(of: App) -> str:
    """Where the outcome is told."""
    if of.spec.engine == "spark":
        return savepoint_url(of)
    assert of.status.attempt
    return job.by_hand(used(of), of.status.attempt, of.savepoint_due)


def told(of: App, reply: Reply) -> tuple[App, tuple[object, ...]]:
    """One look, with that answer."""
    engine = ENGINES[of.spec.engine]
    seen = World().seen(of, engine)
    heard = replace(seen, answers={**seen.answers, Ask(url(of)): reply})
    record, actions = saving(of, engine, heard, later(0))
    return recorded(of, of.status.model_copy(update={"checkpoint": record})), actions


@each_engine
def test_it_is_asked_for_once_and_recorded_when_it_is_finished(engine: str) -> None:
    """With its place and why it was made; the same word is never served twice."""
    of = asked(engine)
    of, actions = told(of, Reply(404))
    (call,) = actions
    assert isinstance(call, Call)
    assert call.done == url(of)
    of, actions = told(of, Reply(200, {"status": {"id": "IN_PROGRESS"}, "operation": None}))
    assert actions == ()
    assert of.status.checkpoint.savepoints == []
    of, actions = told(of, Reply(200, {"status": {"id": "COMPLETED"}, "operation": {"location": PLACE}}))
    assert actions == ()
    (made,) = of.status.checkpoint.savepoints
    assert (made.location, made.origin, made.id) == (PLACE, "manual", "savepoint-1")
    assert (of.status.checkpoint.asked, of.status.checkpoint.answer) == ("now", PLACE)
    assert of.savepoint_due == ""
    assert replace(of, savepoint_asked="later").savepoint_due != ""


@each_engine
def test_one_that_failed_is_answered_with_the_reason_and_not_tried_again(engine: str) -> None:
    """Another word tries again."""
    cause = {
        "failure-cause": {"class": "x", "stack-trace": "java.io.IOException: disk full\n\tat a.b(C.java)"}
    }
    of, actions = told(asked(engine), Reply(200, {"status": {"id": "COMPLETED"}, "operation": cause}))
    assert actions == ()
    assert of.status.checkpoint.answer.startswith("failed: ")
    assert "disk full" in of.status.checkpoint.answer
    assert of.status.checkpoint.savepoints == []
    assert of.savepoint_due == ""


@each_engine
def test_an_engine_that_does_not_answer_is_asked_again_later(engine: str) -> None:
    """Silence is neither yes nor no."""
    of, actions = told(asked(engine), Reply(0, "time-out"))
    assert actions == ()
    assert of.savepoint_due != ""


@each_engine
def test_while_nothing_counts_it_waits(engine: str) -> None:
    """It is made when the resource runs again."""
    of = asked(engine)
    assert of.status.attempt
    ended = of.status.attempt.model_copy(update={"intent": "Ended"})
    of = recorded(of, of.status.model_copy(update={"attempt": ended}))
    record, actions = saving(of, ENGINES[engine], World().seen(of, ENGINES[engine]), later(0))
    assert (record, actions) == (of.status.checkpoint, ())
