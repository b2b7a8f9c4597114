"""The alert rules as Prometheus itself evaluates them; never an alert by its text alone."""

import subprocess
from pathlib import Path

import pytest

from tests.cluster import build

HERE = Path(__file__).parent


@pytest.fixture(scope="session", autouse=True)
def _promtool() -> None:
    build.debian_packages({"prometheus": "promtool"})


def test_each_alert_fires_when_it_should_and_is_quiet_when_it_should_be() -> None:
    """Every case of alerts.yaml; promtool reads the rules strictly, so their syntax is tested too."""
    run = subprocess.run(
        ["promtool", "test", "rules", "alerts.yaml"], cwd=HERE, check=False, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stdout + run.stderr
