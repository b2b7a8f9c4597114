"""Helm upgrades, removes and reinstalls a previous release's operator while both engines count."""

import time
from typing import Any

import pytest

from tools.cluster import images
from tools.testbed import ENGINES, deployment
from tools.testbed.kube import SWC, Space, kubectl, until, wordcount
from tools.testbed.pair import Pair

ALONE = 15.0
"""Seconds without an operator.

Flink renews its leadership, for which its pods need their role, about every five.
"""
DEPLOYMENT = "deployment/streaming-wordcount-operator"


def running_now(pair: Pair) -> dict[str, Any]:
    """Return what must stay as it is: the pods, their restarts, and the attempts."""
    attempts = {engine: pair.space.status(f"pair-{engine}")["attempt"]["id"] for engine in ENGINES}
    restarts = {
        each["restartCount"] for pod in pair.space.all("pods") for each in pod["status"]["containerStatuses"]
    }
    return {"pods": sorted(pair.pods()), "attempts": attempts, "restarts": restarts}


def wait_for_progress(pair: Pair) -> None:
    """Wait until the operator that runs now has read what both counted and written it into their status."""
    before = sampled(pair)
    until(
        lambda: all(sampled(pair)[engine] > before[engine] for engine in ENGINES),
        60,
        "the status of both has new progress",
        lambda: deployment.SYSTEM.log(DEPLOYMENT, 30),
    )


def sampled(pair: Pair) -> dict[str, str]:
    """Return when the operator last read the progress of each."""
    return {engine: pair.space.status(f"pair-{engine}")["progress"]["sampledAt"] for engine in ENGINES}


def test_an_upgrade_touches_no_job(operator: Space, pair: Pair, previous_release: str) -> None:
    """Neither a pod nor an attempt changes, lines that come meanwhile are counted, once each, and Helm's own
    test passes.

    The engines' images stay those of the previous release: other images restart the jobs, which is a test of
    its own.
    """
    before = running_now(pair)
    with pair.producing():
        deployment.install(2, engines_of=previous_release)
        wait_for_progress(pair)
    pair.history.end()  # or the API server has ended it: it does when a CRD changes
    pair.history.begin()
    pair.settle()
    assert running_now(pair) == before
    image = operator.kubectl("get", DEPLOYMENT, "-o", "jsonpath={.spec.template.spec.containers[0].image}")
    assert image.endswith("/operator:dev")
    assert "Phase:          Succeeded" in deployment.helm("test", deployment.RELEASE)


def test_an_operator_that_is_uninstalled_takes_no_job_with_it(
    operator: Space, pair: Pair, previous_release: str
) -> None:
    """The CRD and the resources stay and count on; who installs again finds them as they were."""
    before = running_now(pair)
    with pair.producing():
        deployment.helm("uninstall", deployment.RELEASE, "--wait")
        time.sleep(ALONE)
    assert kubectl("get", "crd", SWC)
    pair.settle()  # nobody looks after them, and they count
    deployment.install(2, engines_of=previous_release)
    with pair.producing():
        wait_for_progress(pair)
    pair.settle()
    assert running_now(pair) == before


def test_new_engine_images_restart_each_job_once(pair: Pair, previous_release: str) -> None:
    """The second step of an upgrade: jobs of the previous release stop cleanly and go on with this release's
    program.

    If the previous release's jobs ran on this checkout's images already, nothing changes.
    """
    before = {engine: pair.space.status(f"pair-{engine}") for engine in ENGINES}
    pair.mark()
    with pair.producing():
        deployment.install(2)
        for engine in ENGINES:
            changed = engine in images.RELEASES[previous_release]
            status = pair.back(engine, *(("Upgrading", "Starting") if changed else ()))
            assert status["attempt"]["number"] == before[engine]["attempt"]["number"] + changed
            assert status["restarts"]["count"] == before[engine]["restarts"]["count"]
    pair.settle()


@pytest.mark.usefixtures("previous_release")
def test_a_restart_is_clean_and_the_new_releases(pair: Pair) -> None:
    """Both engines stop cleanly and go on from there, without a failure being counted.

    What the upgrade left alone, so as not to interrupt it, is then made as this release makes it.
    """
    before = {engine: pair.space.status(f"pair-{engine}") for engine in ENGINES}
    pair.mark()
    with pair.producing():
        for engine in ENGINES:
            assert "stopped cleanly" in wordcount("restart", f"pair-{engine}", "-n", pair.space.name)
        for engine in ENGINES:
            status = pair.back(engine, "Upgrading", "Starting")
            assert status["attempt"]["number"] == before[engine]["attempt"]["number"] + 1
            assert status["restarts"]["count"] == before[engine]["restarts"]["count"]
    pair.settle()
    session = pair.space.status("pair-flink")["session"]
    # Spark's executors report their metrics to the driver. The new JobManager may take over Flink's
    # TaskManagers as they are.
    for selector in (
        "streaming.wordcount.dev/name=pair-spark,streaming.wordcount.dev/role=driver",
        f"app={session},component=jobmanager",
    ):
        (pod,) = pair.space.all("pods", selector)
        assert pod["metadata"]["annotations"]["prometheus.io/scrape"] == "true"
