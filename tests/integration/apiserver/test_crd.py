"""What a real API server does with the CRD."""

import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client

from tests.support.api_server import PLACE, create, refusals, until
from tests.support.documents import RULES, TO_KAFKA, UNKNOWN, Document, document
from tools.cluster.paths import BIN
from wordcount_operator.api import GROUP, PLURAL
from wordcount_operator.api.crd import schema


def test_it_is_accepted_and_established(api: Any, resources: Any) -> None:
    """The API server finds nothing to complain about: names, schema and rules."""
    crds = client.ApiextensionsV1Api(api)
    name = f"{PLURAL}.{GROUP}"

    def conditions() -> dict[str, str]:
        status = crds.read_custom_resource_definition(name).status
        return {each.type: each.status for each in status.conditions}

    until(lambda: conditions().get("Established") == "True", "the CRD was not established")
    assert conditions()["NamesAccepted"] == "True"
    assert "NonStructuralSchema" not in conditions()


def test_every_default_is_filled_in(resources: Any) -> None:
    """What the API server fills in is what the models say, block by block."""
    made = create(resources, document({"metadata.name": "defaults", "spec.source": {"rate": {}}}))
    assert made["spec"]["source"] == {"rate": {"linesPerSecond": 100, "vocabulary": 1000, "seed": 7}}
    assert made["spec"]["sink"] == {"console": {"topN": 20}}
    properties = schema()["properties"]["spec"]["properties"]
    filled = {name for name, node in properties.items() if "default" in node}
    whole = {
        "suspend",
        "text",
        "latency",
        "checkpoint",
        "restart",
        "restartNonce",
        "upgrade",
        "parallelism",
        "resources",
    }
    assert filled == whole
    assert {name: made["spec"][name] for name in filled} == {
        name: properties[name]["default"] for name in filled
    }


def test_defaults_are_filled_into_a_block_that_is_written_in_part(resources: Any) -> None:
    """One written field of a block does not take the defaults from the others."""
    body = document({"spec.restart.backoff.initial": "1s", "spec.resources.worker.replicas": 3})
    spec = create(resources, body, dry_run="All")["spec"]
    assert spec["restart"]["backoff"] == {"initial": "1s", "factor": 2, "max": "5m", "resetAfter": "10m"}
    assert spec["resources"]["worker"] == {"cpu": "1", "memory": "1Gi", "replicas": 3}


@pytest.mark.parametrize(("changes", "field", "words"), RULES, ids=lambda value: str(value)[:60])
def test_each_rule_refuses_with_its_field_and_sentence(
    resources: Any, changes: dict[str, Any], field: str, words: str
) -> None:
    """What a person reads after kubectl apply is the field and what to write instead."""
    with pytest.raises(client.ApiException) as caught:
        create(resources, document(changes), dry_run="All")
    assert caught.value.status == 422
    found = refusals(caught.value)
    assert any(each == field and words in message for each, message in found), found


def test_each_rule_of_the_crd_is_in_the_table() -> None:
    """A rule that no document of the table breaks is a rule that nobody has seen work."""
    said = {rule["message"] for rule in validations(schema())}
    assert said
    assert {text for text in said if not any(words in text for _, _, words in [*RULES, *REFUSED])} == set()


def validations(node: Any) -> list[dict[str, str]]:
    """All rules below a place of the schema."""
    if isinstance(node, list):
        return [rule for each in node for rule in validations(each)]
    if not isinstance(node, dict):
        return []
    own: list[dict[str, str]] = node.get("x-kubernetes-validations", [])
    return own + [rule for each in node.values() for rule in validations(each)]


@pytest.mark.parametrize(("changes", "field", "words"), UNKNOWN, ids=lambda value: str(value)[:60])
def test_an_unknown_field_is_refused(resources: Any, changes: dict[str, Any], field: str, words: str) -> None:
    """Under strict validation, which is kubectl's default, a typing error is not dropped in silence."""
    with pytest.raises(client.ApiException) as caught:
        create(resources, document(changes), dry_run="All")
    assert caught.value.status == 400
    assert f'unknown field "{field}"' in refusals(caught.value)[0][1]


REFUSED = [
    ({"spec.engine": "flink"}, "spec.engine", "one engine cannot read the other's state"),
    ({"spec.source.kafka.topics": ["lines", "more"]}, "spec.source", "the state holds its positions"),
    ({"spec.source": {"rate": {}}}, "spec.source", "the state holds its positions"),
    ({"spec.checkpoint.storage.volume.size": "2Gi"}, "spec.checkpoint.storage", "the state lies there"),
]
ALLOWED = [
    {},
    {"spec.suspend": True},
    {"spec.text.lowercase": True},
    {"spec.latency": "low", **TO_KAFKA},
    {"spec.source.kafka.startingOffsets": "earliest"},
    {"spec.source.kafka.credentialsSecret": "kafka-user", "spec.source.kafka.isolation": "read_uncommitted"},
    {"spec.checkpoint": {}},
    {"spec.checkpoint.interval": "1s"},
    {"spec.checkpoint.storage": {}},
    {"spec.checkpoint.storage": {"volume": {}}},
    {"spec.sink.console.topN": 3},
    {"spec.parallelism": 4},
    {"spec.spark": {"image": "other"}},
    {"spec.restartNonce": 1},
    {"spec.upgrade.mode": "stateless", "spec.source": {"rate": {}}},
    {"spec.upgrade.mode": "stateless", "spec.checkpoint.storage.volume.size": "2Gi"},
]


@pytest.fixture(scope="module")
def existing(resources: Any) -> Document:
    """A resource that exists; the tests replace it by dry runs alone."""
    made: Document = create(resources, document({"metadata.name": "standing"}))
    return made


def replace(resources: Any, existing: Document, changes: dict[str, Any]) -> None:
    """Replace the resource by a document as a person writes it, without defaults."""
    version = {
        "metadata.name": "standing",
        "metadata.resourceVersion": existing["metadata"]["resourceVersion"],
    }
    body = document({**version, **changes})
    resources.replace_namespaced_custom_object(*PLACE, "standing", body, dry_run="All")


@pytest.mark.parametrize(("changes", "field", "words"), REFUSED, ids=lambda value: str(value)[:60])
def test_what_cannot_change_is_refused(
    resources: Any, existing: Document, changes: dict[str, Any], field: str, words: str
) -> None:
    """An edit that the state could not follow is refused at once, with the reason."""
    with pytest.raises(client.ApiException) as caught:
        replace(resources, existing, changes)
    found = refusals(caught.value)
    assert [each for each, _ in found] == [field]
    assert words in found[0][1]


@pytest.mark.parametrize("changes", ALLOWED, ids=str)
def test_what_can_change_is_accepted(resources: Any, existing: Document, changes: dict[str, Any]) -> None:
    """Defaults that are written out or left out are no change, and other fields are free."""
    replace(resources, existing, changes)


def test_a_new_resource_says_that_nobody_has_looked_at_it(resources: Any) -> None:
    """Else kstatus would take a resource without conditions for one that is as it should be."""
    create(resources, document({"metadata.name": "new"}))
    assert resources.get_namespaced_custom_object(*PLACE, "new")["status"] == {"observedGeneration": -1}


def test_the_status_is_a_subresource(resources: Any) -> None:
    """A person's edit cannot write the status, and the operator's status cannot write the spec."""
    name = "status"
    made = create(resources, {**document({"metadata.name": name}), "status": {"phase": "Running"}})
    assert made["status"] == {"observedGeneration": -1}
    body = {"spec": {"parallelism": 9}, "status": {"phase": "Running", "restarts": {"count": 2}}}
    patched = resources.patch_namespaced_custom_object_status(*PLACE, name, body)
    assert patched["spec"]["parallelism"] == 2
    assert patched["status"] == {"observedGeneration": -1, "phase": "Running", "restarts": {"count": 2}}


def test_the_table_shows_what_a_person_looks_for(kubeconfig: Path, resources: Any) -> None:
    """kubectl get prints engine, phase, readiness, restarts and the checkpoint's age."""
    name = "printed"
    create(resources, document({"metadata.name": name}))
    status = {
        "phase": "Running",
        "conditions": [{"type": "Ready", "status": "True", "reason": "Counting", "message": ""}],
        "restarts": {"count": 4},
        "checkpoint": {"generation": 1, "latest": {"id": "42", "completionTime": "2020-01-01T00:00:00Z"}},
        "progress": {"wordsPerSecond": 12.5, "lagRecords": 7},
        "message": "it counts",
    }
    resources.patch_namespaced_custom_object_status(*PLACE, name, {"status": status})
    command = (BIN / "kubectl", f"--kubeconfig={kubeconfig}", "get", "swc", name, "--output=wide")
    head, row = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    starts = [head.index(column) for column in head.split()]
    cells = {head[a:b].strip(): row[a:b].strip() for a, b in pairwise([*starts, None])}
    assert list(cells) == [
        *["NAME", "ENGINE", "PHASE", "READY", "RESTARTS", "CHECKPOINT", "AGE", "WORDS/S", "LAG", "MESSAGE"]
    ]
    assert cells.pop("AGE").endswith("s")
    assert cells.pop("CHECKPOINT")[1] == "y"
    assert list(cells.values()) == [name, "spark", "Running", "True", "4", "12.5", "7", "it counts"]
