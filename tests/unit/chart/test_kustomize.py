"""kubectl installs what Helm installs, as kubectl's own kustomize builds it."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.cluster.paths import CHECKOUT
from tools.generate.kustomize import COMMAND, EVERYWHERE, HERE, NAMESPACE, ROOT, files, plain
from tools.testbed.helm import tool


def built(overlay: str, root: Path = ROOT) -> list[dict[str, Any]]:
    """All objects of an overlay."""
    run = tool("kubectl", "kustomize", str(root / "overlays" / overlay))
    assert run.returncode == 0, run.stderr
    return [one for one in yaml.safe_load_all(run.stdout) if one]


def by_name(objects: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """In an order that both have."""
    return sorted(objects, key=lambda one: (one["kind"], one["metadata"]["name"]))


def environ(objects: list[dict[str, Any]]) -> dict[str, Any]:
    """The operator's variables, by name; their order, which means nothing here, becomes the same for all."""
    (deployment,) = [one for one in objects if one["kind"] == "Deployment"]
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    container["env"].sort(key=lambda each: str(each["name"]))
    return {each["name"]: each for each in container["env"]}


@pytest.mark.parametrize("path", files())
def test_the_checked_in_file_is_the_charts(path: str) -> None:
    """A change of the chart changes it in the same commit."""
    assert (ROOT / path).read_text() == files()[path], f"{path} is out of date; run: uv run {COMMAND}"


def test_the_cluster_wide_overlay_is_the_charts_default() -> None:
    """All of it, except the CRD."""
    assert by_name(built("cluster-wide")) == by_name(plain(*EVERYWHERE))


def test_the_overlay_for_one_namespace_is_the_charts_with_that_namespace() -> None:
    """Only the source of the namespace's name differs: the pod, so that it is written once."""
    found, wanted = by_name(built("one-namespace")), by_name(plain(*HERE))
    mine, charts = environ(found).pop("WORDCOUNT_NAMESPACES"), environ(wanted).pop("WORDCOUNT_NAMESPACES")
    assert mine == {
        "name": "WORDCOUNT_NAMESPACES",
        "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}},
    }
    assert charts["value"] == NAMESPACE
    mine.clear()
    charts.clear()
    assert found == wanted


@pytest.mark.parametrize("overlay", ["cluster-wide", "one-namespace"])
def test_removing_an_overlay_removes_no_resource(overlay: str) -> None:
    """It has neither the CRD nor a namespace, which take the resources with them."""
    assert not {"CustomResourceDefinition", "Namespace"} & {one["kind"] for one in built(overlay)}


def test_another_namespace_is_written_in_one_place(tmp_path: Path) -> None:
    """Who has the permissions, where they hold and where the operator runs all follow the one line."""
    root = tmp_path / "kustomize"
    shutil.copytree(ROOT, root)
    file = root / "overlays" / "one-namespace" / "kustomization.yaml"
    file.write_text(file.read_text().replace(f"namespace: {NAMESPACE}", "namespace: team"))
    moved = built("one-namespace", root)
    assert NAMESPACE not in str(moved)
    homes = {one["metadata"]["namespace"] for one in moved if one["kind"] != "ClusterRole"}
    assert homes == {"team"}


def test_the_kustomization_that_the_page_shows_sets_all_three_images(tmp_path: Path) -> None:
    """As people will copy it from docs/how-to/install.md."""
    shutil.copytree(CHECKOUT / "deploy", tmp_path / "deploy")
    page = (CHECKOUT / "docs/how-to/install.md").read_text()
    (text,) = re.findall(r"```yaml\n# kustomization\.yaml\n(.*?)```", page, re.DOTALL)
    (tmp_path / "wordcount").mkdir()
    (tmp_path / "wordcount" / "kustomization.yaml").write_text(text)
    run = tool("kubectl", "kustomize", str(tmp_path / "wordcount"))
    assert run.returncode == 0, run.stderr
    assert "localhost/" not in run.stdout
    for name in ("operator", "spark", "flink"):
        assert f"registry.example.com/wordcount/{name}:0.3.0" in run.stdout
