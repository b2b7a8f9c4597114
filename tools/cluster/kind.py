"""The cluster by kind, on machines where a Docker engine answers."""

from tools.cluster import build
from tools.cluster.paths import BIN, KUBECONFIG
from tools.cluster.terminal import run, step, succeeds

NAME = "wordcount"


def possible() -> bool:
    """Whether a Docker engine answers; the client alone is not enough."""
    return succeeds("docker", "info", "--format", "{{.ID}}")


def up() -> str:
    """Make sure that the kind cluster exists and return its kubeconfig's text."""
    build.clients()
    build.programs(build.KIND)
    if NAME not in run(BIN / "kind", "get", "clusters").split():
        with step("cluster by kind"):
            run(
                BIN / "kind",
                "create",
                "cluster",
                "--name",
                NAME,
                "--wait",
                "120s",
                "--kubeconfig",
                "/dev/null",
            )
    return run(BIN / "kind", "get", "kubeconfig", "--name", NAME)


def down() -> None:
    """Delete the kind cluster where there is one."""
    if (BIN / "kind").exists() and possible():
        run(BIN / "kind", "delete", "cluster", "--name", NAME, "--kubeconfig", KUBECONFIG)
