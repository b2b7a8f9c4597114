"""Secrets of source and sink are mounted by name wherever an engine's client runs."""

from collections.abc import Iterator

import pytest
import yaml

from tests.support.builders import NOW, resource
from wordcount_cli.local.dry_run import dry_run
from wordcount_operator.engines import ENGINES
from wordcount_operator.model.actions import Create
from wordcount_operator.model.objects import Manifest
from wordcount_operator.model.resource import WordCount

SOURCE = {"bootstrapServers": "kafka:9093", "topics": ["lines"], "credentialsSecret": "reader"}
SINK = {"bootstrapServers": "kafka:9093", "topic": "counts", "credentialsSecret": "writer"}


def pods(of: WordCount) -> Iterator[Manifest]:
    """The specs of the pods that run the engine: driver and executor, or JobManager and TaskManager."""
    actions, _ = dry_run(of, ENGINES[of.spec.engine], NOW)
    for made in (action.manifest for action in actions if isinstance(action, Create)):
        if made["kind"] == "Pod":
            yield made["spec"]
        elif made["kind"] == "Deployment":
            yield made["spec"]["template"]["spec"]
        for name, text in made.get("data", {}).items():
            if name in ("executor.yaml", "taskmanager-pod-template.yaml"):
                yield yaml.safe_load(text)["spec"]


@pytest.mark.parametrize("engine", ENGINES)
def test_every_pod_of_the_engine_sees_the_secrets(engine: str) -> None:
    """Both by their names, and a pod starts without them too: its program says which field names what is
    missing.
    """
    found = list(pods(resource(engine, source={"kafka": SOURCE}, sink={"kafka": SINK})))
    assert len(found) == 2
    for pod in found:
        mounts = {each["mountPath"]: each["name"] for each in pod["containers"][0]["volumeMounts"]}
        volumes = {each["name"]: each for each in pod["volumes"]}
        for name in ("reader", "writer"):
            volume = volumes[mounts[f"/opt/wordcount/secrets/{name}"]]
            assert volume["secret"] == {"secretName": name, "optional": True}


@pytest.mark.parametrize("engine", ENGINES)
def test_one_secret_for_both_is_mounted_once(engine: str) -> None:
    """Two mounts at one path would be refused."""
    both = resource(engine, source={"kafka": SOURCE}, sink={"kafka": {**SINK, "credentialsSecret": "reader"}})
    for pod in pods(both):
        assert [each["secret"]["secretName"] for each in pod["volumes"] if "secret" in each] == ["reader"]


@pytest.mark.parametrize("engine", ENGINES)
def test_without_them_nothing_is_mounted(engine: str) -> None:
    """So that no run of before is another one now."""
    assert not any("secret" in each for pod in pods(resource(engine)) for each in pod["volumes"])
