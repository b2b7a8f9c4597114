"""`python -m tools.cluster up|down|status`: the cluster for the tests and the demo."""

import argparse
import os
import shutil
import sys

from tools.cluster import build, kind, node, parts
from tools.cluster.leftovers import running
from tools.cluster.paths import BIN, KUBECONFIG
from tools.cluster.terminal import ClusterError, console, run


def up() -> None:
    """Use the person's own cluster if asked to, else kind, else the one-node cluster.

    Write its kubeconfig.
    """
    if own_cluster():
        build.clients()
        text = run(
            shutil.which("kubectl") or BIN / "kubectl", "config", "view", "--raw", "--flatten", "--minify"
        )
    else:
        text = kind.up() if kind.possible() else node.up()
    KUBECONFIG.parent.mkdir(exist_ok=True)
    KUBECONFIG.unlink(missing_ok=True)
    KUBECONFIG.touch(mode=0o600)
    KUBECONFIG.write_text(text)
    console.print(f"export KUBECONFIG={KUBECONFIG} PATH={BIN}:$PATH", markup=False, soft_wrap=True)


def own_cluster() -> bool:
    """Whether the person wants the cluster that KUBECONFIG names instead of one made here."""
    return os.environ.get("USE_KUBECONFIG") == "1"


def down() -> None:
    """Remove the cluster that `up` made; a cluster that was there before is left alone."""
    if not own_cluster():
        kind.down()
        node.down()
    KUBECONFIG.unlink(missing_ok=True)


def status() -> None:
    """Say which parts of the one-node cluster run, and whether Kubernetes calls the node ready."""
    now = running()
    for part in parts.LASTING:
        console.print(f"{part.name:25} {now.get(part.name, 'does not run')}")
    console.print(f"{'node':25} {'ready' if node.node_ready() else 'not ready'}")


def main() -> None:
    """Run one verb; a problem is one sentence and exit code 1."""
    parser = argparse.ArgumentParser(prog="python -m tools.cluster", description=__doc__)
    verbs = {"up": up, "down": down, "status": status}
    parser.add_argument("verb", choices=verbs)
    try:
        verbs[parser.parse_args().verb]()
    except ClusterError as error:
        console.print(f"✗ {error}", markup=False, style="red", soft_wrap=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
