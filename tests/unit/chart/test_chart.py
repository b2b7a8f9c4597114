"""What the chart installs, as Helm itself renders it."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.builders import resource
from tools.cluster.paths import CHECKOUT
from tools.testbed.helm import CHART, rendered, template, tool
from wordcount_operator.api.v1alpha1 import Attempt
from wordcount_operator.engines import ENGINES
from wordcount_operator.engines.flink import manifests as flink
from wordcount_operator.engines.flink.info import INFO as FLINK_INFO
from wordcount_operator.engines.spark import manifests as spark
from wordcount_operator.engines.spark.names import PROGRESS_PORT

HERE = Path(__file__).parent
CHOICES = {
    "default": ("crd.install=false",),
    "two-in-namespaces": ("crd.install=false", "replicas=2", "watchNamespaces={words,news}"),
}
# What is not there unless it is asked for: golden file → its template and the values that ask for it.
BY_CHOICE = {
    "network-policy": ("network", ("networkPolicy.enabled=true",)),
    "network-policy-narrow": (
        "network",
        (
            "networkPolicy.enabled=true",
            "networkPolicy.apiServer.cidrs={10.0.0.1/32}",
            "networkPolicy.apiServer.ports={6443}",
            "watchNamespaces={words,news}",
        ),
    ),
    "pod-monitor": ("metrics", ("metrics.monitor=PodMonitor", "metrics.labels.release=prometheus")),
    "service-monitor": ("metrics", ("metrics.monitor=ServiceMonitor",)),
}


def only(kind: str, *choices: str) -> dict[str, Any]:
    """The one object of this kind that is no test hook."""
    found = [one for one in rendered(*choices) if one["kind"] == kind]
    assert len(found) == 1, f"{len(found)} of kind {kind}"
    return found[0]


def test_helm_lint_has_no_complaint() -> None:
    """Strictly: a warning is an error."""
    run = tool("helm", "lint", "--strict", str(CHART))
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("name", sorted(CHOICES))
def test_the_rendered_chart_is_what_was_reviewed(name: str) -> None:
    """A change of what is installed shows up in the diff of a reviewed file."""
    reviewed = tuple(one for one in yaml.safe_load_all((HERE / f"{name}.yaml").read_text()) if one)
    command = " ".join(f"'{word}'" if "{" in word else word for word in ["helm", *template(*CHOICES[name])])
    assert rendered(*CHOICES[name]) == reviewed, (
        f"look at it and run: {command} > tests/unit/chart/{name}.yaml"
    )


@pytest.mark.parametrize("name", sorted(BY_CHOICE))
def test_what_is_there_by_choice_is_what_was_reviewed_and_changes_nothing_else(name: str) -> None:
    """Nothing of it is in the default rendering, and all that is there without it stays as it is."""
    part, choices = BY_CHOICE[name]
    words = [*template(*choices), "--show-only", f"templates/{part}.yaml"]
    run = tool("helm", *words)
    assert run.returncode == 0, run.stderr
    added = [one for one in yaml.safe_load_all(run.stdout) if one]
    command = " ".join(f"'{word}'" if "{" in word else word for word in ["helm", *words])
    reviewed = [one for one in yaml.safe_load_all((HERE / f"{name}.yaml").read_text()) if one]
    assert added == reviewed, f"look at it and run: {command} > tests/unit/chart/{name}.yaml"
    without = tuple(choice for choice in choices if choice.startswith("watchNamespaces"))
    assert [one for one in rendered(*choices) if one not in added] == list(rendered(*without))


def test_the_prometheus_rule_is_the_file_of_alerts() -> None:
    """Helm leaves what Prometheus is to fill in as it is."""
    rule = only("PrometheusRule", "metrics.prometheusRule=true", "metrics.labels.team=words")
    assert rule["spec"] == yaml.safe_load((CHECKOUT / CHART / "files" / "alerts.yaml").read_text())
    assert rule["metadata"]["labels"]["team"] == "words"
    assert "PrometheusRule" not in [one["kind"] for one in rendered()]


def test_the_dashboards_config_map_is_the_file() -> None:
    """Helm leaves what Grafana is to fill in as it is, and its sidecar finds it."""
    made = only("ConfigMap", "metrics.grafanaDashboard=true", "metrics.labels.team=words")
    (text,) = made["data"].values()
    assert text == (CHECKOUT / CHART / "files" / "dashboard.json").read_text()
    assert made["metadata"]["labels"].items() >= {"grafana_dashboard": "1", "team": "words"}.items()
    assert "ConfigMap" not in [one["kind"] for one in rendered()]


def test_the_operators_pods_say_where_their_metrics_are_unless_that_is_not_wanted() -> None:
    """At the port that is open."""
    pod = only("Deployment")["spec"]["template"]
    (port,) = pod["spec"]["containers"][0]["ports"]
    assert pod["metadata"]["annotations"]["prometheus.io/port"] == str(port["containerPort"])
    assert (
        "annotations" not in only("Deployment", "metrics.annotations=false")["spec"]["template"]["metadata"]
    )


def test_the_network_policy_lets_the_operator_reach_the_ports_and_pods_that_it_asks() -> None:
    """Chart and code name the same ports and labels: a renamed one would cut the operator off."""
    driver = spark.driver(
        resource("spark"), Attempt(id="1", number=1, start_time="2026-11-22T10:00:00Z", intent="Running")
    )
    (session,) = [one for one in flink.base_objects(resource("flink")) if one["kind"] == "Deployment"]
    reached = {
        PROGRESS_PORT: driver["metadata"]["labels"],
        FLINK_INFO.rest_port: session["spec"]["template"]["metadata"]["labels"],
    }
    egress = only("NetworkPolicy", "networkPolicy.enabled=true")["spec"]["egress"]
    allowed = {
        rule["ports"][0]["port"]: rule["to"][0]["podSelector"]["matchLabels"]
        for rule in egress
        if "to" in rule
    }
    assert allowed.keys() == reached.keys()
    for port, labels in allowed.items():
        assert labels.items() <= reached[port].items()


def test_the_crd_is_the_generated_one_and_survives_an_uninstall() -> None:
    """Helm's own reading and writing of YAML changes nothing in it."""
    generated = yaml.safe_load((CHECKOUT / CHART / "files" / "crd.yaml").read_text())
    crd = only("CustomResourceDefinition")
    assert crd["spec"] == generated["spec"]
    assert crd["metadata"]["name"] == generated["metadata"]["name"]
    assert crd["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"


def rules(*choices: str) -> list[dict[str, Any]]:
    """Every rule of every role, those of the engines too."""
    return [rule for one in rendered(*choices) if "Role" in one["kind"] for rule in one.get("rules", [])]


@pytest.mark.parametrize("name", sorted(CHOICES))
def test_no_role_reaches_further_than_its_work(name: str) -> None:
    """No star, no Secret, no right to remove a claim (the state), `bind` on two roles by name, leases by
    name.
    """
    for rule in rules(*CHOICES[name]):
        words = [*rule["apiGroups"], *rule["resources"], *rule["verbs"]]
        assert "*" not in words
        assert "secrets" not in rule["resources"]
        if "persistentvolumeclaims" in rule["resources"]:
            assert not {"delete", "deletecollection"} & set(rule["verbs"])
        if "bind" in rule["verbs"]:
            assert rule["resourceNames"] == ["streaming-wordcount-spark", "streaming-wordcount-flink"]
        if "leases" in rule["resources"] and rule["verbs"] != ["create"]:
            assert rule["resourceNames"] == ["streaming-wordcount-operator"]


def test_what_outlives_the_release_is_kept_and_left_to_who_applies_it_by_hand() -> None:
    """The CRD, for with it all resources would go, and the engines' roles, for without them what runs would
    end.
    """
    kept = {
        (one["kind"], one["metadata"]["name"])
        for one in rendered()
        if one["metadata"].get("annotations", {}).get("helm.sh/resource-policy") == "keep"
    }
    assert kept == {
        ("CustomResourceDefinition", "streamingwordcounts.streaming.wordcount.dev"),
        ("ClusterRole", "streaming-wordcount-spark"),
        ("ClusterRole", "streaming-wordcount-flink"),
    }
    left = {(one["kind"], one["metadata"]["name"]) for one in rendered("crd.install=false")}
    assert not kept & left


def test_with_namespaces_the_operator_has_no_rights_elsewhere() -> None:
    """Then only the engines' roles are cluster-wide, and they are bound to nobody."""
    objects = rendered("watchNamespaces={words,news}")
    assert not [one for one in objects if one["kind"] == "ClusterRoleBinding"]
    cluster = [one["metadata"]["name"] for one in objects if one["kind"] == "ClusterRole"]
    assert sorted(cluster) == ["streaming-wordcount-flink", "streaming-wordcount-spark"]
    homes = {one["metadata"]["namespace"] for one in objects if one["kind"] == "RoleBinding"}
    assert homes == {"words", "news", "wordcount-system"}


def test_the_environment_is_what_settings_reads() -> None:
    """Chart and code name the same variables."""
    from wordcount_operator.settings import from_environ  # noqa: PLC0415

    pod = only("Deployment", *CHOICES["two-in-namespaces"])["spec"]["template"]["spec"]
    environ = {one["name"]: one.get("value", "from-the-pod") for one in pod["containers"][0]["env"]}
    settings = from_environ(environ)
    assert settings.namespaces == ("words", "news")
    assert settings.lease_name == "streaming-wordcount-operator"
    known = {f"WORDCOUNT_{field.upper()}" for field in settings.__dataclass_fields__}
    known |= {f"WORDCOUNT_{engine.info.image_setting}" for engine in ENGINES.values()}
    assert set(environ) <= known


def leaves(node: dict[str, Any]) -> set[str]:
    """The values that a part of the schema names, each by its path."""
    found = set()
    for name, each in node["properties"].items():
        found |= {f"{name}.{leaf}" for leaf in leaves(each)} if "properties" in each else {name}
    return found


def test_each_value_has_a_default_and_a_sentence() -> None:
    """What the schema allows is in values.yaml, under a comment of its own."""
    schema = json.loads((CHECKOUT / CHART / "values.schema.json").read_text())
    path: list[str] = []
    documented, comment = set(), False
    for line in (CHECKOUT / CHART / "values.yaml").read_text().splitlines():
        text = line.strip()
        if text and not text.startswith("#"):
            depth = (len(line) - len(text)) // 2
            path = [*path[:depth], text.partition(":")[0]]
            documented |= {".".join(path)} if comment else set()
        comment = text.startswith("#")
    assert leaves(schema) - {"global"} <= documented


@pytest.mark.parametrize(
    "choice",
    [
        "replicas=0",
        "replicas=two",
        "watchNamespaces={Words}",
        "log.level=loud",
        "replica=2",
        "images.spark=",
        "metrics.monitor=Both",
        "networkPolicy.apiServer.ports={0}",
        "networkPolicy.apiServer.cidrs={kube}",
    ],
)
def test_a_wrong_value_is_refused_before_anything_is_installed(choice: str) -> None:
    """The schema knows every value."""
    run = tool("helm", *template(choice))
    assert run.returncode != 0
    assert "values don't meet the specifications of the schema" in run.stderr


@pytest.mark.parametrize("name", sorted(CHOICES))
def test_only_resources_and_pods_are_watched(name: str) -> None:
    """A watch costs memory for all that it sees, so the operator may watch no ConfigMap."""
    mine = [
        one
        for one in rendered(*CHOICES[name])
        if "Role" in one["kind"] and one["metadata"]["name"] == "streaming-wordcount-operator"
    ]
    rules = [rule for one in mine for rule in one.get("rules", []) if "watch" in rule["verbs"]]
    assert {each for rule in rules for each in rule["resources"]} == {"streamingwordcounts", "pods"}
