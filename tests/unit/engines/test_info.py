"""What an engine says about itself is what image, chart and CLI use."""

import re
import tomllib
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from wordcount_operator.api.v1alpha1 import Spec
from wordcount_operator.engines import ENGINES

CHECKOUT = Path(__file__).parents[3]
CHART = CHECKOUT / "charts/streaming-wordcount-operator"
COORDINATES = re.compile(r"\b[a-z][\w.-]*(?:\.[\w-]+)+:[\w.-]+:\d[\w.-]*")
each_engine = pytest.mark.parametrize("name", sorted(ENGINES))


def stage(name: str) -> str:
    """The text of a stage of the Dockerfile, without its comments."""
    (found,) = re.findall(
        rf"^FROM \S+ AS {name}$(.*?)(?=^FROM )", (CHECKOUT / "Dockerfile").read_text("utf-8"), re.M | re.S
    )
    return re.sub(r"^\s*#.*$", "", found, flags=re.M)


@each_engine
def test_the_image_has_the_connectors_of_the_local_run(name: str) -> None:
    """In the same versions: the Dockerfile copies them by Maven, `wordcount run` by EngineInfo."""
    wanted = {jar for jars in ENGINES[name].info.connectors.values() for jar in jars}
    assert wanted <= set(COORDINATES.findall(stage(f"{name}-env")))


@each_engine
def test_the_chart_has_the_role_and_the_image(name: str) -> None:
    """A ClusterRole that the operator may bind, and the variable with the default image."""
    info = ENGINES[name].info
    rows = {row["name"]: row for row in yaml.safe_load((CHART / "files/engines.yaml").read_text("utf-8"))}
    assert info.cluster_role == f"streaming-wordcount-{name}"
    assert rows[name]["endpoint"]["port"] == info.rest_port
    assert name in yaml.safe_load((CHART / "values.yaml").read_text("utf-8"))["images"]
    assert f"WORDCOUNT_{info.image_setting}" in (CHECKOUT / "tests/unit/chart/default.yaml").read_text(
        "utf-8"
    )


@each_engine
def test_the_package_has_an_extra_of_that_name(name: str) -> None:
    """`wordcount run` installs it."""
    project: dict[str, Any] = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))["project"]
    assert name in project["optional-dependencies"]


def test_the_spec_knows_the_same_engines() -> None:
    """As values of `spec.engine`, and each as a block."""
    assert set(get_args(Spec.model_fields["engine"].annotation)) == set(ENGINES)
    assert set(ENGINES) <= set(Spec.model_fields)
