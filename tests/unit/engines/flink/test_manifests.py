"""The session's objects; never whether Kubernetes takes them, which the end-to-end tests show."""

from typing import Any

import yaml

from tests.support.builders import resource
from wordcount_operator.engines.flink import manifests
from wordcount_operator.model.objects import Manifest


def parts(**spec: Any) -> dict[str, Manifest]:
    """The session's objects by kind."""
    return {manifest["kind"]: manifest for manifest in manifests.base_objects(resource("flink", **spec))}


def pods(**spec: Any) -> tuple[Manifest, Manifest]:
    """JobManager and TaskManager as pods."""
    made = parts(**spec)
    template = made["ConfigMap"]["data"]["taskmanager-pod-template.yaml"]
    return made["Deployment"]["spec"]["template"], yaml.safe_load(template)


def test_both_pods_are_restricted() -> None:
    """Pod Security `restricted` takes them, and nothing but volumes can be written."""
    for pod in pods():
        assert pod["spec"]["securityContext"]["runAsNonRoot"] is True
        assert pod["spec"]["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        (container,) = pod["spec"]["containers"]
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        assert {"/data", "/tmp"} <= {mount["mountPath"] for mount in container["volumeMounts"]}


def test_both_pods_say_where_flinks_own_metrics_are() -> None:
    """At the port at which the reporter listens."""
    config = yaml.safe_load(parts()["ConfigMap"]["data"]["config.yaml"])
    for pod in pods():
        assert pod["metadata"]["annotations"]["prometheus.io/scrape"] == "true"
        port = pod["metadata"]["annotations"]["prometheus.io/port"]
        assert config["metrics.reporter.prometheus.port"] == port


def test_names_are_those_that_flink_looks_for() -> None:
    """Deployment = cluster id, ConfigMap and container by Flink's rules, the template in its one place."""
    made = parts(flink={"session": {"name": "mine"}})
    assert made["Deployment"]["metadata"]["name"] == "mine"
    assert made["ConfigMap"]["metadata"]["name"] == "flink-config-mine"
    assert made["Service"]["metadata"]["name"] == "mine-rest"
    config = yaml.safe_load(made["ConfigMap"]["data"]["config.yaml"])
    assert config["kubernetes.cluster-id"] == "mine"
    assert config["high-availability.storageDir"] == "file:///data/ha/words/mine"
    (container,) = made["Deployment"]["spec"]["template"]["spec"]["containers"]
    assert container["name"] == "flink-main-container"
    assert "/opt/flink/pod-template" in {mount["mountPath"] for mount in container["volumeMounts"]}


def test_the_service_finds_the_jobmanager_and_no_taskmanager() -> None:
    """Its selector is the Deployment's."""
    made = parts()
    selector = made["Service"]["spec"]["selector"]
    assert selector == made["Deployment"]["spec"]["selector"]["matchLabels"]
    assert selector.items() <= made["Deployment"]["spec"]["template"]["metadata"]["labels"].items()
    assert selector["component"] == "jobmanager"


def test_the_users_template_reaches_both_pods() -> None:
    """The container called main is Flink's."""
    mount = {"name": "lines", "mountPath": "/lines"}
    template = {
        "metadata": {"labels": {"team": "a"}},
        "spec": {
            "containers": [{"name": "main", "volumeMounts": [mount], "env": [{"name": "X", "value": "1"}]}],
            "volumes": [{"name": "lines", "emptyDir": {}}],
        },
    }
    for pod in pods(flink={"podTemplate": template}):
        (container,) = pod["spec"]["containers"]
        assert pod["metadata"]["labels"]["team"] == "a"
        assert mount in container["volumeMounts"]
        assert len(container["volumeMounts"]) > 1
        assert {"name": "X", "value": "1"} in container["env"]
        assert {"lines", "state", "scratch"} <= {volume["name"] for volume in pod["spec"]["volumes"]}


def test_another_configuration_rolls_the_jobmanager() -> None:
    """A ConfigMap alone would not restart what has read it."""
    one, two = (
        parts(flink={"session": {"name": "s"}, "conf": {"heartbeat.timeout": timeout}})["Deployment"]
        for timeout in ("12s", "13s")
    )
    assert one["spec"]["template"]["metadata"] != two["spec"]["template"]["metadata"]


def test_no_resource_owns_a_session() -> None:
    """It is shared, so it goes by `release`, and the claim does not go at all."""
    for manifest in manifests.base_objects(resource("flink")):
        assert "ownerReferences" not in manifest["metadata"]
        label = "streaming.wordcount.dev/session"
        assert (label in manifest["metadata"]["labels"]) == (manifest["kind"] != "PersistentVolumeClaim")


def test_java_options_of_the_user_reach_the_start_scripts() -> None:
    """They take them from the environment, and the JobManager's heap fits its pod."""
    user = {"env.java.opts.all": "-Da=1", "env.java.opts.taskmanager": "-Db=2"}
    jobmanager, taskmanager = (
        {each["name"]: each.get("value") for each in pod["spec"]["containers"][0]["env"]}
        for pod in pods(flink={"conf": user}, resources={"driver": {"memory": "1Gi"}})
    )
    assert jobmanager["FLINK_ENV_JAVA_OPTS"].endswith(" -Da=1")
    assert taskmanager["FLINK_ENV_JAVA_OPTS_TM"] == "-Db=2"
    assert "-Xmx448m" in jobmanager["JVM_ARGS"]
    assert "JVM_ARGS" not in taskmanager
