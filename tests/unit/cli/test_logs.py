"""`wordcount logs`: whose logs are printed, in which order, and what a refusal says."""

from itertools import islice
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.support.fake_api import SWC, Answers
from tests.support.recorded_status import recorded
from wordcount_cli.__main__ import main
from wordcount_cli.kube.api_errors import UnreachableError
from wordcount_cli.kube.cluster import connect
from wordcount_cli.kube.pod_logs import Line, Pods, pod_selector

PODS = "/api/v1/namespaces/words/pods"
Printed = pytest.CaptureFixture[str]


def pod(name: str, *containers: str, phase: str = "Running") -> dict[str, Any]:
    """A pod as the API server lists it."""
    states = [
        {"name": each, "restartCount": 2, "ready": True, "image": "i", "imageID": "i"} for each in containers
    ]
    return {
        "metadata": {"name": name},
        "spec": {"containers": [{"name": each} for each in containers]},
        "status": {"phase": phase, "containerStatuses": states},
    }


@pytest.fixture
def two(answers: Answers) -> Answers:
    """A resource with a driver, an executor that has a container beside the engine's, and a pod that waits
    for a node.
    """
    pods = [pod("driver", "main"), pod("executor", "beside", "main"), pod("later", "main", phase="Pending")]
    answers.known |= {
        f"GET {SWC}/bible": (200, recorded("Deleting")["resource"]),
        f"GET {PODS}": (200, {"kind": "PodList", "metadata": {}, "items": pods}),
        f"GET {PODS}/driver/log": (
            200,
            "2026-11-22T11:00:00.000000001Z begins\n2026-11-22T11:00:02.000000000Z [bold] ends\n",
        ),
        f"GET {PODS}/executor/log": (200, "2026-11-22T11:00:01.000000000Z works\n"),
    }
    return answers


def test_lines_stand_in_the_order_of_their_instants(two: Answers, capsys: Printed) -> None:
    """Each after its pod; what looks like markup is text."""
    assert main(["logs", "bible", "--tail", "7"]) == 0
    assert capsys.readouterr().out.splitlines() == ["driver begins", "executor works", "driver [bold] ends"]
    asked = {urlsplit(path).path: parse_qs(urlsplit(path).query) for path, _ in two.asked}
    assert asked[f"GET {PODS}"]["labelSelector"] == [pod_selector(recorded("Deleting")["resource"])]
    assert asked[f"GET {PODS}/executor/log"]["container"] == ["main"]
    assert asked[f"GET {PODS}/executor/log"]["tailLines"] == ["7"]
    assert f"GET {PODS}/later/log" not in asked


def test_following_hears_all_of_them_and_says_what_went_wrong(two: Answers) -> None:
    """Lines as they come; a right that is missing ends it with its sentence."""
    pods = Pods(connect(None), "any")
    heard = set(islice(pods.follow(5), 3))
    assert {line.pod for line in heard} == {"driver", "executor"}
    assert Line("2026-11-22T11:00:01.000000000Z", "executor", "works") in heard
    two.refuse("GET", f"{PODS}/driver/log", 403)
    with pytest.raises(UnreachableError, match="kubectl auth can-i get pods --subresource=log -n words"):
        list(pods.follow(5))


def test_flinks_pods_are_the_sessions() -> None:
    """And Spark's the resource's own, without those that only clean up."""
    flink, spark = recorded("Running")["resource"], recorded("Deleting")["resource"]
    flink["status"]["session"] = "shared"
    assert pod_selector(flink) == "app=shared,component in (jobmanager,taskmanager)"
    assert (
        pod_selector(spark) == "streaming.wordcount.dev/uid=uid-bible,streaming.wordcount.dev/role!=cleaner"
    )
    with pytest.raises(UnreachableError, match="no Flink session now; `wordcount status bible` says why"):
        pod_selector({**flink, "status": {}})


def test_no_pods_is_a_sentence(two: Answers, capsys: Printed) -> None:
    """With the verb that says why."""
    two.known[f"GET {PODS}"] = (200, {"kind": "PodList", "metadata": {}, "items": []})
    assert main(["logs", "bible"]) == 1
    assert "wordcount logs: bible has no pods now; `wordcount status bible`" in capsys.readouterr().err
