"""An installation of the previous release is upgraded, removed and installed again by Helm, while both engines count on."""

import time
from typing import Any

from tools.testbed import deployment
from tools.testbed.kube import SWC, Space, kubectl, until, wordcount
from tools.testbed.pair import ENGINES, Pair

ALONE = 15.0
"""Seconds without an operator; Flink renews its leadership, for which its pods need their role, about every five."""
DEPLOYMENT = "deployment/streaming-wordcount-operator"


def standing(pair: Pair) -> dict[str, Any]:
    """What must stay as it is: the pods, with their restarts, and the attempts."""
    attempts = {engine: pair.space.status(f"pair-{engine}")["attempt"]["id"] for engine in ENGINES}
    restarts = {
        each["restartCount"] for pod in pair.space.all("pods") for each in pod["status"]["containerStatuses"]
    }
    return {"pods": sorted(pair.pods()), "attempts": attempts, "restarts": restarts}


def taken_up(pair: Pair) -> None:
    """Until the operator that runs now has looked at both: what they counted since is in their status."""
    before = sampled(pair)
    until(
        lambda: all(sampled(pair)[engine] > before[engine] for engine in ENGINES),
        60,
        "both are looked at again",
        lambda: deployment.SYSTEM.log(DEPLOYMENT, 30),
    )


def sampled(pair: Pair) -> dict[str, str]:
    """When the operator last learnt how each counts."""
    return {engine: pair.space.status(f"pair-{engine}")["progress"]["sampleTime"] for engine in ENGINES}


def test_an_upgrade_touches_no_job(operator: Space, pair: Pair) -> None:
    """Neither a pod nor an attempt changes, lines that come meanwhile are counted, once each, and Helm's own test passes."""
    before = standing(pair)
    with pair.typing():
        deployment.install(replicas=2)
        taken_up(pair)
    pair.history.end()  # or the API server has ended it: it does when a CRD changes
    pair.history.begin()
    pair.settle()
    assert standing(pair) == before
    image = operator.kubectl("get", DEPLOYMENT, "-o", "jsonpath={.spec.template.spec.containers[0].image}")
    assert image.endswith("/operator:dev")
    assert "Phase:          Succeeded" in deployment.helm("test", deployment.RELEASE)


def test_an_operator_that_is_uninstalled_takes_no_job_with_it(operator: Space, pair: Pair) -> None:
    """The CRD and the resources stay and count on; who installs again finds them as they were."""
    before = standing(pair)
    with pair.typing():
        deployment.helm("uninstall", deployment.RELEASE, "--wait")
        time.sleep(ALONE)
    assert kubectl("get", "crd", SWC)
    pair.settle()  # nobody looks after them, and they count
    deployment.install(replicas=2)
    with pair.typing():
        taken_up(pair)
    pair.settle()
    assert standing(pair) == before


def test_a_restart_is_clean_and_the_new_releases(pair: Pair) -> None:
    """Both engines stop cleanly and go on from there, without a failure being counted; what the upgrade left alone, so as not to
    interrupt it, is then made as this release makes it."""
    before = {engine: pair.space.status(f"pair-{engine}") for engine in ENGINES}
    pair.mark()
    with pair.typing():
        for engine in ENGINES:
            assert "stopped cleanly" in wordcount("restart", f"pair-{engine}", "-n", pair.space.name)
        for engine in ENGINES:
            status = pair.back(engine, "Upgrading", "Starting")
            assert status["attempt"]["number"] == before[engine]["attempt"]["number"] + 1
            assert status["restarts"]["count"] == before[engine]["restarts"]["count"]
    pair.settle()
    session = pair.space.status("pair-flink")["session"]
    # Spark's executors tell their metrics to the driver; Flink's TaskManagers may be taken over by the new JobManager as they are.
    for selector in (
        "streaming.wordcount.dev/name=pair-spark,streaming.wordcount.dev/role=driver",
        f"app={session},component=jobmanager",
    ):
        (pod,) = pair.space.all("pods", selector)
        assert pod["metadata"]["annotations"]["prometheus.io/scrape"] == "true"
