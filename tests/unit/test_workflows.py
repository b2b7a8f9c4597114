"""The forge's workflows are pinned, bounded and have few permissions."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.cluster.paths import CHECKOUT

GITHUB = CHECKOUT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").iterdir())
FORMS = sorted((GITHUB / "ISSUE_TEMPLATE").glob("[0-9]-*.yml"))


def read(path: Path) -> dict[Any, Any]:
    """Return a YAML file; the key `on` of a workflow is `True` to YAML 1.1."""
    found: dict[Any, Any] = yaml.safe_load(path.read_text())
    return found


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_action_is_pinned_to_a_commit_and_names_its_version(path: Path) -> None:
    """A tag can be moved to other code, a commit cannot."""
    used = re.findall(r"^ *(?:- )?uses: *(.*)$", path.read_text(), re.MULTILINE)
    assert used
    for each in used:
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", each), each


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_workflow_may_only_read_and_ends(path: Path) -> None:
    """A job that needs more says so itself; none runs with the forge's default of six hours."""
    workflow = read(path)
    assert workflow["permissions"] == {"contents": "read"}
    assert workflow["concurrency"]["group"]
    for name, job in workflow["jobs"].items():
        assert job["timeout-minutes"] <= 300, name
        assert job.get("permissions") != "write-all", name


def test_an_action_has_one_version() -> None:
    """An update that forgets a workflow fails here."""
    text = "".join(path.read_text() for path in WORKFLOWS)
    pinned = set(re.findall(r"uses: ([\w./-]+)@([0-9a-f]{40})", text))
    assert len({name for name, _ in pinned}) == len(pinned)


def test_workflows_run_targets_that_exist() -> None:
    """The Makefile has each target that a workflow calls."""
    text = "".join(path.read_text() for path in WORKFLOWS)
    targets = set(re.findall(r"^([a-z0-9-]+):", (CHECKOUT / "Makefile").read_text(), re.MULTILINE))
    called = set(re.findall(r"^ +(?:- run: )?make ([a-z]+)", text, re.MULTILINE))
    assert called == {"docs", "nightly"}
    assert called <= targets


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.name)
def test_every_form_asks_for_the_page_and_the_versions(path: Path) -> None:
    """Without them a maintainer asks first and reproduces later."""
    form = read(path)
    assert {"name", "description", "body"} <= form.keys()
    asked = " ".join(item["attributes"].get("description", "") for item in form["body"])
    assert "kubectl wordcount status NAME" in asked
    assert "kubectl wordcount version" in asked
    ids = [item["id"] for item in form["body"] if item["type"] != "markdown"]
    assert len(ids) == len(set(ids))


def test_updates_reach_every_go_module() -> None:
    """A new go.mod needs its line in dependabot.yml; one without dependencies does not."""
    (entry,) = [
        one for one in read(GITHUB / "dependabot.yml")["updates"] if one["package-ecosystem"] == "gomod"
    ]
    modules = {
        f"/{path.parent.relative_to(CHECKOUT)}"
        for root in ("tools", "tests")
        for path in (CHECKOUT / root).rglob("go.sum")
    }
    assert set(entry["directories"]) == modules
