"""What Argo CD and Flux show in every phase, by their own code, on recorded resources."""

import json
from copy import deepcopy
from typing import Any

import pytest
import yaml

from tests.support.gitops_programs import LUA, health
from tools.cluster.paths import CHECKOUT
from tools.generate.health_records import NEW, RECORDED
from wordcount_operator.planning.phases import TABLE

EXPECTED = {
    # phase        Argo CD        kstatus
    NEW: ("Progressing", "InProgress"),
    "Starting": ("Progressing", "InProgress"),
    "Running": ("Healthy", "Current"),
    "Degraded": ("Progressing", "InProgress"),
    "BackingOff": ("Progressing", "InProgress"),
    "Upgrading": ("Progressing", "InProgress"),
    "RolledBack": ("Degraded", "Failed"),
    "Stalled": ("Degraded", "Failed"),
    "Failed": ("Degraded", "Failed"),
    "Suspending": ("Progressing", "InProgress"),
    "Suspended": ("Suspended", "Current"),
    "Deleting": ("Progressing", "Terminating"),
}


def recorded(phase: str) -> dict[str, Any]:
    """The resource that was recorded in this phase."""
    found: dict[str, Any] = json.loads((RECORDED / f"{phase}.json").read_text())
    return found


def with_condition(resource: dict[str, Any], kind: str, status: str) -> dict[str, Any]:
    """The resource with one condition changed, as no operator of ours wrote it."""
    changed = deepcopy(resource)
    (condition,) = [each for each in changed["status"]["conditions"] if each["type"] == kind]
    condition |= {"status": status, "message": f"{kind} is {status}"}
    return changed


def test_every_phase_is_expected_and_recorded() -> None:
    """A new phase needs a row here and a record (`python -m tools.generate.health_records`)."""
    phases = {NEW, *(result.name for _, result in TABLE)}
    assert set(EXPECTED) == phases
    assert {file.stem for file in RECORDED.glob("*.json")} == phases


def test_the_page_says_the_same() -> None:
    """docs/how-to/gitops.md has this table, and in it the Lua check as it is."""
    page = (CHECKOUT / "docs" / "how-to" / "gitops.md").read_text()
    rows = {phase if phase != NEW else "not looked at yet": said for phase, said in EXPECTED.items()}
    assert [f"| {phase} | {' | '.join(said)} |" for phase, said in rows.items()] == [
        line for line in page.splitlines() if line.startswith("|")
    ][2:]
    (block,) = [each for each in page.split("```yaml\n") if each.startswith("# argocd-cm.yaml")]
    (check,) = yaml.safe_load(block.split("```")[0])["data"].values()
    assert check == LUA.read_text()


@pytest.mark.parametrize("phase", EXPECTED)
def test_every_phase_has_its_health(phase: str) -> None:
    """Both tools say what the table says, and where a person is to act, both say the operator's sentence."""
    resource = recorded(phase)
    said = health(resource)
    assert (said.argocd, said.kstatus) == EXPECTED[phase]
    if phase != NEW:
        assert said.argocd_message == resource["status"]["message"]
    if said.kstatus == "Failed":
        assert said.kstatus_message == resource["status"]["message"] != ""


@pytest.mark.parametrize("phase", EXPECTED)
def test_a_status_of_an_older_spec_is_no_answer(phase: str) -> None:
    """However it did before an edit: it is in progress until the operator has read the edit."""
    resource = recorded(phase)
    resource["metadata"]["generation"] += 1
    resource["metadata"].pop("deletionTimestamp", None)
    said = health(resource)
    assert (said.argocd, said.kstatus) == ("Progressing", "InProgress")


@pytest.mark.parametrize("phase", EXPECTED)
def test_what_is_being_deleted_is_terminating(phase: str) -> None:
    """In whatever phase it was; Argo CD knows that by itself, before it asks the Lua check."""
    resource = recorded(phase)
    resource["metadata"]["deletionTimestamp"] = resource["metadata"]["creationTimestamp"]
    assert health(resource).kstatus == "Terminating"


@pytest.mark.parametrize("phase", [phase for phase in EXPECTED if phase != NEW])
def test_conditions_agree(phase: str) -> None:
    """Exactly one of Ready, Reconciling and Stalled holds, each with its generation: kstatus forbids Ready
    beside the others.
    """
    status = recorded(phase)["status"]
    conditions = {each["type"]: each for each in status["conditions"]}
    assert [conditions[kind]["status"] for kind in ("Ready", "Reconciling", "Stalled")].count("True") == 1
    assert {each["observedGeneration"] for each in conditions.values()} == {status["observedGeneration"]}


@pytest.mark.parametrize(("kind", "kstatus"), [("Stalled", "Failed"), ("Reconciling", "InProgress")])
def test_what_is_abnormal_outweighs_ready(kind: str, kstatus: str) -> None:
    """So kstatus reads the conditions that the operator writes, and would not overlook one."""
    said = health(with_condition(recorded("Running"), kind, "True"))
    assert said.kstatus == kstatus
    assert f"{kind} is True" in said.kstatus_message


def test_what_is_not_ready_is_in_progress() -> None:
    """Where none of the three holds."""
    said = health(with_condition(recorded("Running"), "Ready", "False"))
    assert (said.argocd, said.kstatus) == ("Progressing", "InProgress")
