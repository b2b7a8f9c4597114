"""A Spark resource in a fake cluster, taken through the operator's decisions step by step."""

from typing import Any

from tests.support.builders import FakeCluster, later, recorded, resource
from wordcount_operator.engines.spark import Spark
from wordcount_operator.engines.spark.manifests import progress_url
from wordcount_operator.model.objects import Ref
from wordcount_operator.model.plan import Plan
from wordcount_operator.model.reads import HttpReply
from wordcount_operator.model.resource import WordCount
from wordcount_operator.planning.decide import decide

SPARK = Spark()
DRIVER = Ref("v1", "Pod", "words", "bible-driver")


def pass_over(of: WordCount, world: FakeCluster, seconds: float = 0) -> tuple[Plan, WordCount]:
    """Reconcile once: decide, record, and let the creations happen."""
    plan = decide(of, SPARK, world.observed(of, SPARK), later(seconds))
    world.run(plan.actions)
    return plan, recorded(of, plan.status)


def driver_is(world: FakeCluster, phase: str, **status: Any) -> None:
    """Let the kubelet report on the driver pod."""
    world.put({**world.objects[DRIVER], "status": {"phase": phase, **status}})


def counting(of: WordCount, world: FakeCluster, lines: int = 10) -> None:
    """Let the driver run and answer with progress."""
    driver_is(world, "Running")
    body = {"lines": lines, "words": lines * 7, "distinctWords": 5, "batch": 1, "at": "2026-11-22T12:00:00Z"}
    world.replies[progress_url(of)] = HttpReply(200, body)


def running(**spec: Any) -> tuple[WordCount, FakeCluster]:
    """Return a resource whose first attempt counts, and its cluster."""
    world = FakeCluster()
    _, now = pass_over(resource(**spec), world)
    counting(now, world)
    _, now = pass_over(now, world, 5)
    assert now.status.phase == "Running"
    return now, world
