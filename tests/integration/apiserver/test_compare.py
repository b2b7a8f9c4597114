"""What `wordcount compare` does on a real API server, on which no pod runs."""

from pathlib import Path
from typing import Any

import pytest
from kubernetes import client

from tests.support.documents import TO_KAFKA, document
from wordcount_cli.local.documents import Document
from wordcount_compare.cluster import Cluster, probe_pod
from wordcount_compare.trial import Trial, trial
from wordcount_operator.api import GROUP, PLURAL, VERSION

SPACE = "compare"


@pytest.fixture
def spark(api: Any) -> Trial:
    """Spark's part, and a namespace that takes only pods as Pod Security `restricted` wants them."""
    core = client.CoreV1Api(api)
    if SPACE not in {each.metadata.name for each in core.list_namespace().items}:
        labels = {"pod-security.kubernetes.io/enforce": "restricted"}
        core.create_namespace({"metadata": {"name": SPACE, "labels": labels}})
        core.create_namespaced_service_account(SPACE, {"metadata": {"name": "default"}})
    return trial(Document("file: bible", document(TO_KAFKA)), "spark", "abc123", 20)


@pytest.fixture
def target(kubeconfig: Path, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    """That namespace, reached as kubectl would."""
    monkeypatch.setattr("kubernetes.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION", str(kubeconfig))
    return Cluster("spark", SPACE, None, "operator:1")


def test_both_resources_are_made_and_removed(target: Cluster, spark: Trial, resources: Any) -> None:
    """One after the other; each reports nothing as long as nobody runs it."""
    for wanted in (spark.totals, spark.windowed):
        target.start(wanted)
        (found,) = resources.list_namespaced_custom_object(GROUP, VERSION, SPACE, PLURAL)["items"]
        assert found["metadata"]["name"] == wanted["metadata"]["name"]
        assert "of 0 nodes with 0 cores" in target.machine()
        assert (target.latest(), target.late_lines(), target.usage().cpu) == (None, None, 0.0)
        target.stop()
        assert not resources.list_namespaced_custom_object(GROUP, VERSION, SPACE, PLURAL)["items"]
    target.stop()


def test_a_resource_of_another_run_is_left_alone(target: Cluster, spark: Trial, resources: Any) -> None:
    """It is named with the remedy, and stopping removes only what was made here."""
    target.start(spark.totals)
    second = Cluster("spark", SPACE, None, "operator:1")
    with pytest.raises(
        ValueError, match=r"bible-compare-spark exists already.*delete swc bible-compare-spark"
    ):
        second.start(spark.totals)
    second.stop()
    assert resources.list_namespaced_custom_object(GROUP, VERSION, SPACE, PLURAL)["items"]
    target.stop()


def test_a_restricted_namespace_takes_the_probes_pod(api: Any, spark: Trial) -> None:
    """The API server itself says so, and refuses the same pod with one of these settings less."""
    core, pod = client.CoreV1Api(api), probe_pod(spark.plan, "operator:1")
    core.create_namespaced_pod(SPACE, pod, dry_run="All")
    pod["spec"]["containers"][0]["securityContext"] = {}
    with pytest.raises(client.ApiException, match="violates PodSecurity"):
        core.create_namespaced_pod(SPACE, pod, dry_run="All")


def test_without_an_operator_the_image_is_asked_for(
    kubeconfig: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the flag."""
    monkeypatch.setattr("kubernetes.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION", str(kubeconfig))
    with pytest.raises(ValueError, match="--image: write the operator's image"):
        Cluster("spark", SPACE, None, None)
