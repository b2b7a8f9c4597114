"""A requested savepoint is triggered once, and recorded when it is finished."""

from dataclasses import replace

import pytest

from tests.support.builders import FakeCluster, later, recorded, resource
from wordcount_operator.api.v1alpha1 import Attempt
from wordcount_operator.engines import ENGINES
from wordcount_operator.engines.flink import job
from wordcount_operator.engines.flink.session import current_session
from wordcount_operator.engines.spark.manifests import savepoint_url
from wordcount_operator.model.actions import HttpRequest
from wordcount_operator.model.job import JobState, Stage
from wordcount_operator.model.reads import HttpGet, HttpReply, Observed
from wordcount_operator.model.resource import WordCount
from wordcount_operator.planning.context import Context
from wordcount_operator.planning.savepoints import serve_request

each_engine = pytest.mark.parametrize("engine", sorted(ENGINES))
PLACE = "file:///data/state/words/bible/uid-bible/g1/savepoints/savepoint-1"


def asked(engine: str, word: str = "now") -> WordCount:
    """A resource that counts, with a savepoint asked for."""
    of = resource(engine)
    run = ENGINES[engine].identify(of, 1).run_id
    attempt = Attempt(id="a", number=1, start_time="", intent="Running", run_id=run)
    status = of.status.model_copy(update={"attempt": attempt})
    return replace(recorded(of, status), savepoint_request=word)


def url(of: WordCount) -> str:
    """Where the outcome is told."""
    if of.spec.engine == "spark":
        return savepoint_url(of)
    assert of.status.attempt
    return job.manual_savepoint_url(current_session(of), of.status.attempt, of.savepoint_due)


def context(of: WordCount, observed: Observed) -> Context:
    """A decision about that resource."""
    return Context(of, ENGINES[of.spec.engine], observed, JobState(Stage.RUNNING), later(0))


def reported(of: WordCount, reply: HttpReply) -> tuple[WordCount, tuple[object, ...]]:
    """One look, with that answer."""
    engine = ENGINES[of.spec.engine]
    observed = FakeCluster().observed(of, engine)
    changes = serve_request(context(of, observed.including({HttpGet(url(of)): reply})))
    return recorded(of, changes.applied_to(of.status)), changes.maintenance


@each_engine
def test_it_is_asked_for_once_and_recorded_when_it_is_finished(engine: str) -> None:
    """With its place and why it was made; the same word is never served twice."""
    of = asked(engine)
    of, actions = reported(of, HttpReply(404))
    (call,) = actions
    assert isinstance(call, HttpRequest)
    assert call.already_done_url == url(of)
    of, actions = reported(of, HttpReply(200, {"status": {"id": "IN_PROGRESS"}, "operation": None}))
    assert actions == ()
    assert of.status.checkpoint.savepoints == []
    of, actions = reported(
        of, HttpReply(200, {"status": {"id": "COMPLETED"}, "operation": {"location": PLACE}})
    )
    assert actions == ()
    (made,) = of.status.checkpoint.savepoints
    assert (made.location, made.origin, made.id) == (PLACE, "manual", "savepoint-1")
    assert (of.status.checkpoint.last_savepoint_request, of.status.checkpoint.last_savepoint_result) == (
        "now",
        PLACE,
    )
    assert of.savepoint_due == ""
    assert replace(of, savepoint_request="later").savepoint_due != ""


@each_engine
def test_one_that_failed_is_answered_with_the_reason_and_not_tried_again(engine: str) -> None:
    """Another word tries again."""
    cause = {
        "failure-cause": {"class": "x", "stack-trace": "java.io.IOException: disk full\n\tat a.b(C.java)"}
    }
    of, actions = reported(asked(engine), HttpReply(200, {"status": {"id": "COMPLETED"}, "operation": cause}))
    assert actions == ()
    assert of.status.checkpoint.last_savepoint_result.startswith("failed: ")
    assert "disk full" in of.status.checkpoint.last_savepoint_result
    assert of.status.checkpoint.savepoints == []
    assert of.savepoint_due == ""


@each_engine
def test_an_engine_that_does_not_answer_is_asked_again_later(engine: str) -> None:
    """Silence is neither yes nor no."""
    of, actions = reported(asked(engine), HttpReply(0, "time-out"))
    assert actions == ()
    assert of.savepoint_due != ""


@each_engine
def test_while_nothing_counts_it_waits(engine: str) -> None:
    """It is made when the resource runs again."""
    of = asked(engine)
    assert of.status.attempt
    ended = of.status.attempt.model_copy(update={"intent": "Ended"})
    of = recorded(of, of.status.model_copy(update={"attempt": ended}))
    changes = serve_request(context(of, FakeCluster().observed(of, ENGINES[engine])))
    assert (changes.checkpoint, changes.maintenance) == (None, ())
