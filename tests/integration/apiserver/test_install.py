"""What Helm does to the CRD and to resources, on an API server of its own; nothing runs here."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.documents import document
from tools.cluster.apiserver import api_server
from tools.cluster.paths import BIN, CHECKOUT

CRD = "streamingwordcounts.streaming.wordcount.dev"
NAME = "streaming-wordcount-operator"


def tool(kubeconfig: Path, program: str, *arguments: str, text: str | None = None) -> str:
    """What helm or kubectl prints; fails with its error."""
    home = {"HOME": str(kubeconfig.parent), "PATH": os.environ["PATH"]}
    command = [str(BIN / program), f"--kubeconfig={kubeconfig}", *arguments]
    run = subprocess.run(command, check=False, capture_output=True, text=True, input=text, env=home)
    assert run.returncode == 0, run.stderr
    return run.stdout


@pytest.fixture(scope="module")
def empty() -> Iterator[Path]:
    """The kubeconfig of an API server that has never seen our CRD."""
    with api_server() as kubeconfig:
        yield kubeconfig


@pytest.fixture
def newer(tmp_path: Path) -> Path:
    """The chart as a later version would bring it: a column more in the CRD."""
    chart = tmp_path / NAME
    shutil.copytree(CHECKOUT / "charts" / NAME, chart)
    file = chart / "files" / "crd.yaml"
    crd = yaml.safe_load(file.read_text())
    columns = crd["spec"]["versions"][0]["additionalPrinterColumns"]
    columns.append({"name": "Later", "type": "string", "jsonPath": ".spec.engine"})
    file.write_text(yaml.safe_dump(crd))
    return chart


def test_the_crd_is_upgraded_with_the_release_and_outlives_it(empty: Path, newer: Path) -> None:
    """Install, upgrade, uninstall, install again: the CRD follows, and the resource is there all the time."""
    helm, kubectl = partial(tool, empty, "helm"), partial(tool, empty, "kubectl")
    where = ("--namespace", "wordcount-system", "--create-namespace")
    helm("install", "wordcount", str(CHECKOUT / "charts" / NAME), *where)
    kubectl("wait", "--for=condition=Established", f"crd/{CRD}", "--timeout=20s")
    kubectl("apply", "-f", "-", text=json.dumps(document()))

    helm("upgrade", "wordcount", str(newer), *where)
    crd: dict[str, Any] = json.loads(kubectl("get", "crd", CRD, "-o", "json"))
    assert crd["spec"]["versions"][0]["additionalPrinterColumns"][-1]["name"] == "Later"

    helm("uninstall", "wordcount", "--namespace", "wordcount-system")
    assert "bible" in kubectl("get", "swc", "-o", "name")
    assert not kubectl("get", "deployments", "-n", "wordcount-system", "-o", "name")

    helm("install", "wordcount", str(newer), *where)
    assert "bible" in kubectl("get", "swc", "-o", "name")
