"""Checks `.github/workflows` with actionlint, which is built once into the cache.

`python -m tools.workflows` is `make actionlint`.
"""

import subprocess
import sys
from pathlib import Path

from tools.cluster import build
from tools.cluster.build import Module
from tools.cluster.paths import BIN, CHECKOUT
from tools.cluster.terminal import ClusterError, console

ACTIONLINT = Module("actionlint", home=Path(__file__).parent)
ALONE = ("-shellcheck=", "-pyflakes=")  # else the result depends on what else the machine has


def main() -> int:
    """Return actionlint's exit code, or 1 if it cannot be built."""
    try:
        build.programs(ACTIONLINT)
    except ClusterError as failure:
        console.print(f"[red]✗[/] {failure}", highlight=False)
        return 1
    files = sorted(CHECKOUT.glob(".github/workflows/*.yml"))
    checked = subprocess.run([BIN / "actionlint", *ALONE, *files], cwd=CHECKOUT, check=False)
    if not checked.returncode:
        console.print(f"[green]✓[/] actionlint has no complaint about {len(files)} workflows")
    return checked.returncode


if __name__ == "__main__":
    sys.exit(main())
