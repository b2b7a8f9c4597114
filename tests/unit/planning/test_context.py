"""What a decision changes, and on which side of the actions its status is written."""

import pytest

from tests.support.builders import FakeCluster, later, resource
from tests.support.spark_runs import SPARK, counting, pass_over, running
from wordcount_operator.api.v1alpha1 import Restarts, Status
from wordcount_operator.model.plan import Plan
from wordcount_operator.planning.context import Changes
from wordcount_operator.planning.decide import decide


def test_what_is_not_changed_is_as_it_was() -> None:
    """The default of every part is the part on record; later changes win over earlier ones."""
    now, _ = running()
    assert Changes().applied_to(now.status) == now.status
    first, second = Changes(restarts=Restarts(count=1), session="a"), Changes(restarts=Restarts(count=2))
    both = second.on_top_of(first).applied_to(now.status)
    assert (both.restarts.count, both.session, both.attempt) == (2, "a", now.status.attempt)


def test_an_intent_is_written_before_its_actions() -> None:
    """A new attempt is on record before anything of it is created."""
    plan = decide(resource(), SPARK, FakeCluster().observed(resource(), SPARK), later(0))
    assert plan.actions
    assert plan.status_before is not None
    assert plan.status_after is None


def test_a_status_without_a_new_intent_is_written_after_the_actions() -> None:
    """So that it reports what the actions met."""
    now, world = running()
    counting(now, world, lines=99)
    plan, _ = pass_over(now, world, 20)
    assert plan.status_before is None
    assert plan.status_after is not None


def test_a_plan_writes_its_status_once() -> None:
    """Neither never nor twice: readers would see half a decision."""
    for before, after in ((None, None), (Status(), Status())):
        with pytest.raises(ValueError, match="once"):
            Plan(status_before=before, status_after=after)
