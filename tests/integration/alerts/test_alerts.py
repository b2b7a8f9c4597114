"""The alert rules as Prometheus itself evaluates them."""

import subprocess
from pathlib import Path

from tools.cluster import build

HERE = Path(__file__).parent


def test_each_alert_fires_when_it_should_and_is_quiet_when_it_should_be() -> None:
    """Every case of alerts.yaml; promtool reads the rules strictly, so their syntax is tested too."""
    promtool = build.debian_program("prometheus", "promtool")
    run = subprocess.run(
        [promtool, "test", "rules", "alerts.yaml"], cwd=HERE, check=False, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stdout + run.stderr
