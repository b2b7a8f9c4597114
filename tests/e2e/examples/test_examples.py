"""Each folder of examples/ runs on each engine it names, counts right, leaves nothing behind."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.testbed import ENGINES, deployment, expected_counts
from tools.testbed.kube import SWC, Object, Space, until
from tools.testbed.resource_timeline import ResourceTimeline

KINDS = (
    "pods,services,configmaps,serviceaccounts,roles,rolebindings,deployments,replicasets,jobs,secrets,leases"
)
"""Everything that the operator or an engine could leave behind; claims are state and stay."""
FOLDERS = sorted(path.parent for path in deployment.EXAMPLES.glob("*/wordcount.yaml"))
ALSO_ELSEWHERE = ("01-kafka", "02-socket", "04-rate", "06-kafka-tls")
"""The tutorial applies the first, the article's programs read a socket too, made-up lines are what bad
resources begin with, and what a secure Kafka asks is tried by the jobs' tests; so these are left to the
night.
"""


@dataclass
class Example:
    """A folder of examples/ that was applied: its resources by engine, and what was there before them."""

    folder: Path
    resources: dict[str, Object]
    before: set[str] = field(default_factory=set)

    def name(self, engine: str) -> str:
        """The resource of that engine."""
        return str(self.resources[engine]["metadata"]["name"])

    def delete(self, space: Space) -> None:
        """Deletes the resources, and waits until the API server has let them go."""
        space.kubectl("delete", "-f", self.folder / "wordcount.yaml", "--ignore-not-found", "--timeout=60s")


def present(space: Space) -> set[str]:
    """Kind and name of every object of the namespace but claims."""
    return {f"{item['kind']} {item['metadata']['name']}" for item in space.all(KINDS)}


def chosen() -> list[Any]:
    """All folders."""
    return [
        pytest.param(each, id=each.name, marks=[pytest.mark.nightly] if each.name in ALSO_ELSEWHERE else [])
        for each in FOLDERS
    ]


@pytest.fixture(scope="module", params=chosen())
def example(request: pytest.FixtureRequest, words: Space, history: ResourceTimeline) -> Iterator[Example]:
    """One folder, prepared and applied; both engines start at once."""
    folder: Path = request.param
    documents = yaml.safe_load_all((folder / "wordcount.yaml").read_text())
    result = Example(folder, {each["spec"]["engine"]: each for each in documents})
    prepared = folder / "prepare.yaml"
    if prepared.exists():
        words.apply(prepared)
        words.kubectl("wait", "job", "--all", "--for=condition=Complete", "--timeout=60s")
    result.before = present(words)
    words.apply(folder / "wordcount.yaml")
    yield result
    result.delete(words)
    if prepared.exists():
        words.kubectl("delete", "-f", prepared, "--ignore-not-found", "--wait=false")


@pytest.mark.parametrize("engine", ENGINES)
def test_runs(example: Example, engine: str, words: Space, history: ResourceTimeline) -> None:
    """It goes from Starting to Running and through nothing else."""
    name = example.name(engine)
    words.wait_phase(name, "Running")
    assert history.phases(name) == ["Starting", "Running"]


@pytest.mark.parametrize("engine", ENGINES)
def test_counts(example: Example, engine: str, words: Space) -> None:
    """Its counts are those of the plain-Python reference on the same lines."""
    expected_counts.check(words, example.resources[engine])


@pytest.mark.parametrize("engine", ENGINES)
def test_status(example: Example, engine: str, words: Space) -> None:
    """The status holds what a program needs (attempt, progress, conditions, checkpoint), and the columns what
    a person needs.
    """
    name = example.name(engine)
    lag = 0 if "kafka" in example.resources[engine]["spec"]["source"] else None

    def complete() -> Object | None:
        status = words.status(name)
        counted = status["progress"]["lines"] and status["progress"]["words"]  # a first sample may lack one
        known = status["checkpoint"].get("latest") and counted
        return status if known and status["progress"].get("lagRecords") == lag else None

    status = until(complete, 20, f"{name} has progress and a checkpoint", lambda: words.diagnosis(name)) or {}
    generation = (words.get(SWC, name) or {})["metadata"]["generation"]
    assert status["observedGeneration"] == generation
    assert (status["engine"], status["attempt"]["number"], status["attempt"]["intent"]) == (
        engine,
        1,
        "Running",
    )
    assert status["restarts"]["count"] == 0
    assert status["checkpoint"]["location"].startswith("/data/state/")
    assert status["progress"]["lines"] > 0
    assert status["progress"]["lastProgressTime"]
    assert status["links"]["ui"].startswith("http://")
    conditions = {each["type"]: each for each in status["conditions"]}
    exact = str("socket" not in example.resources[engine]["spec"]["source"])
    wanted = {"Ready": "True", "Reconciling": "False", "Stalled": "False", "ExactlyOnce": exact}
    assert {kind: conditions[kind]["status"] for kind in wanted} == wanted
    assert {each["observedGeneration"] for each in conditions.values()} == {generation}
    heading, row = (line.split() for line in words.kubectl("get", "swc", name).splitlines())
    assert heading == ["NAME", "ENGINE", "PHASE", "READY", "RESTARTS", "CHECKPOINT", "AGE"]
    assert row[:5] == [name, engine, "Running", "True", "0"]


def test_deletion(example: Example, words: Space) -> None:
    """Within a minute of deletion everything that was made is gone, except the claims with the state."""
    claims = words.names("pvc")
    example.delete(words)
    until(
        lambda: present(words) <= example.before,
        60,
        "all is gone",
        lambda: f"{present(words) - example.before}",
    )
    assert words.names("pvc") == claims
