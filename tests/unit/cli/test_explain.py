"""`wordcount explain` for every engine there is; never a cluster."""

from pathlib import Path

import pytest
import yaml

from tests.support.builders import NOW
from tests.support.documents import document
from wordcount_cli.__main__ import main
from wordcount_cli.commands.explain import words
from wordcount_cli.local.dry_run import as_created, dry_run
from wordcount_operator.api.validation import read
from wordcount_operator.engines import ENGINES
from wordcount_operator.model.actions import Create, Delete, HttpRequest, Patch
from wordcount_operator.model.objects import Ref

STARTS = {"spark": "create Pod bible-driver", "flink": "call POST http://"}
STANDING = {
    "spark": {"Service", "ServiceAccount", "RoleBinding", "PersistentVolumeClaim", "ConfigMap", "Pod"}
}
STANDING["flink"] = STANDING["spark"] - {"Pod"} | {"Deployment"}


def test_each_engine_is_tried() -> None:
    """A third engine is explained too, or this fails."""
    assert STARTS.keys() == ENGINES.keys() == STANDING.keys()


@pytest.mark.parametrize("engine", ENGINES)
def test_the_plan_leads_to_a_started_attempt(engine: str) -> None:
    """All standing objects first, then the one act that starts the run, each with its reason."""
    resource = as_created(read(document({"spec.engine": engine})))
    actions, status = dry_run(resource, ENGINES[engine], NOW)
    said = [" ".join(words(action)) for action in actions]
    assert said[-1].startswith(STARTS[engine])
    assert {a.manifest["kind"] for a in actions if isinstance(a, Create)} == STANDING[engine]
    assert all(action.because for action in actions)
    assert len(set(said)) == len(said)
    assert status.attempt
    assert status.attempt.intent == "Submitted"


@pytest.mark.parametrize("engine", ENGINES)
def test_the_table_names_each_object(tmp_path: Path, capsys: pytest.CaptureFixture[str], engine: str) -> None:
    """A person reads the step, the object and why."""
    file = tmp_path / "wordcount.yaml"
    file.write_text(yaml.safe_dump(document({"spec.engine": engine})))
    assert main(["explain", str(file)]) == 0
    printed = capsys.readouterr().out
    assert all(kind in printed for kind in STANDING[engine])
    assert "attempt bible-1-1 begins" in printed


@pytest.mark.parametrize("engine", ENGINES)
def test_the_manifests_can_be_applied(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], engine: str
) -> None:
    """With -o yaml, standard output is manifests and nothing else."""
    file = tmp_path / "wordcount.yaml"
    file.write_text(yaml.safe_dump(document({"spec.engine": engine})))
    assert main(["explain", "-o", "yaml", str(file)]) == 0
    manifests = list(yaml.safe_load_all(capsys.readouterr().out))
    assert {manifest["kind"] for manifest in manifests} == STANDING[engine]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_named_claim_is_taken_to_exist(engine: str) -> None:
    """There is no cluster to look it up in, and it is not made."""
    body = document({"spec.engine": engine, "spec.checkpoint.storage.volume.claimName": "old"})
    actions, _ = dry_run(as_created(read(body)), ENGINES[engine], NOW)
    assert "PersistentVolumeClaim" not in str([words(action) for action in actions])
    assert " ".join(words(actions[-1])).startswith(STARTS[engine])


def test_a_resource_that_would_stall_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its sentence goes to standard error, and the exit status says that nothing would run."""
    file = tmp_path / "wordcount.yaml"
    file.write_text(yaml.safe_dump(document({"spec.source": {"files": {"path": "/lines"}}})))
    assert main(["explain", str(file)]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert f"{file}: bible: Stalled: spec.source.files.path" in err


def test_a_bad_resource_is_told_in_full(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same lines as validate's."""
    file = tmp_path / "wordcount.yaml"
    file.write_text(yaml.safe_dump(document({"spec.engine": "storm", "spec.parallelism": 0})))
    assert main(["explain", str(file)]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(": ")[2] for line in lines] == ["spec.engine", "spec.parallelism"]


def test_each_kind_of_action_has_words() -> None:
    """Nothing that a plan may hold is printed as an object of this program."""
    manifest = {"apiVersion": "v1", "kind": "Pod", "metadata": {"namespace": "a", "name": "b"}}
    assert words(Create(manifest, "")) == ("create", "Pod b")
    assert words(Patch(manifest, "")) == ("patch", "Pod b")
    assert words(Delete(Ref("v1", "Pod", "a", "b"), "")) == ("delete", "Pod b")
    assert words(HttpRequest("POST", "http://x/y", {}, "")) == ("call", "POST http://x/y")
