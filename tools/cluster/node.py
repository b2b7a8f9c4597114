"""Starts the one-node Kubernetes, reports whether it is healthy, and stops it."""

import json
import os
import platform
import shutil
import time
from pathlib import Path

from tools.cluster import build, leftovers, network, parts, pki, processes
from tools.cluster.leftovers import running
from tools.cluster.parts import Part
from tools.cluster.paths import ADMIN, BIN, IMAGES, LOCK, LOGS, MARK, NODE, NODE_IP, RUN, SOCKET, VAR
from tools.cluster.processes import Started, answers, wait
from tools.cluster.terminal import ClusterError, console, locked, run, step, succeeds

KUBECTL = (BIN / "kubectl", f"--kubeconfig={ADMIN}", "--request-timeout=5s")


def up() -> str:
    """Make sure that the node runs and return its kubeconfig's text; a healthy one is left as it is."""
    if platform.system() != "Linux" or os.geteuid():
        raise ClusterError(
            "without Docker, the cluster runs in a network namespace of this machine, "
            "for which `make cluster` has to be called by root on Linux; "
            "or start Docker, or name your own cluster with USE_KUBECONFIG=1"
        )
    with locked(LOCK):
        if healthy():
            console.print("[green]✓[/] the cluster runs already")
            return ADMIN.read_text()
        build.debian_packages()
        build.programs(*(build.KUBERNETES, build.TOOLS, build.SERVICES, build.STORAGE, build.PAUSE))
        pause = build.pause_image()
        with step("clear away what an earlier cluster left"):
            leftovers.clear()
        prepare()
        start_all(pause)
        return ADMIN.read_text()


def down() -> None:
    """Stop the node and remove all that it had, except its images; nothing to do is fine."""
    if os.geteuid():
        if RUN.exists():
            raise ClusterError("the cluster was started by root, so root has to stop it")
        return
    with locked(LOCK), step("stop the one-node cluster"):
        leftovers.clear()


def healthy(patience: float = 60) -> bool:
    """Whether all parts run and Kubernetes calls the node ready.

    A busy machine has so many seconds to say so.
    """
    now = set(running())
    missing = [part.name for part in parts.LASTING if part.name not in now]
    if missing:
        if now:
            console.print(f"the cluster is incomplete, so it is started afresh: no {', '.join(missing)}")
        return False
    end = time.monotonic() + patience
    while not node_ready():
        if time.monotonic() > end:
            console.print("the cluster does not answer, so it is started afresh")
            return False
        time.sleep(1)
    return True


def api_ready() -> bool:
    """Whether the API server says that it is ready."""
    return answers(NODE_IP, 6443) and succeeds(*KUBECTL, "get", "--raw", "/readyz")


def node_ready() -> bool:
    """Return whether the API server answers and the kubelet has reported that all is well."""
    try:
        node = json.loads(run(*KUBECTL, "get", "node", NODE, "-o", "json"))
    except (ClusterError, OSError):
        return False
    return any(c["type"] == "Ready" and c["status"] == "True" for c in node["status"].get("conditions", ()))


def prepare() -> None:
    """Make network, cgroups, folders, keys and configuration files."""
    with step("network and certificates"):
        for folder in (RUN, VAR, LOGS):
            folder.mkdir(mode=0o711, exist_ok=True)
        network.make()
        leftovers.make_cgroups()
        pki.make()
        parts.write_configuration()


def start_all(pause: Path) -> None:
    """Start the parts in the order in which they need each other."""
    started: Started = {}
    with step("API server and container runtime"):
        start(started, parts.DATABASE, parts.API_SERVER)
        load_images(pause, started)
        wait("the API server", api_ready, started, LOGS)
    with step("node, network and storage"):
        run(*KUBECTL, "apply", "-f", RUN / "storage.yaml")
        start(started, parts.CONTROLLERS, parts.SCHEDULER, parts.PROXY)
        start(started, parts.KUBELET, parts.DNS, parts.STORAGE)
        wait("the node", node_ready, started, LOGS)
        wait("DNS", lambda: answers(NODE_IP, 53), started, LOGS)
        account = ("get", "serviceaccount", "default")
        wait("the default service account", lambda: succeeds(*KUBECTL, *account), started, LOGS)


def repair() -> None:
    """Start those parts that do not run, as they were: for tests that end one, from a process that ends and
    lets them live.
    """
    now = running()
    start({}, *(part for part in parts.LASTING if part.name not in now))


def load_images(pause: Path, started: Started) -> None:
    """Start containerd with its earlier images, without their containers, and with the node's image."""
    if IMAGES.exists():
        try:
            forget_containers()
        except ClusterError as error:
            console.print(f"the last cluster's images cannot be used, so they go: {error}", markup=False)
            leftovers.until("mounts", leftovers.unmount)
            shutil.rmtree(IMAGES)
    start(started, parts.CONTAINERD)
    wait("containerd", lambda: answers(SOCKET), started, LOGS)
    run(BIN / "ctr", f"--address={SOCKET}", "--namespace=k8s.io", "image", "import", pause)


def forget_containers() -> None:
    """Remove from containerd's records the containers of a cluster that is no more; its images stay."""
    started: Started = {}
    start(started, parts.CONTAINERD_WITHOUT_PODS)
    try:
        wait("containerd", lambda: answers(SOCKET), started, LOGS)
        ctr = (BIN / "ctr", f"--address={SOCKET}", "--namespace=k8s.io")
        for command in (("containers", "remove"), ("sandboxes", "remove", "--force")):
            for name in names(run(*ctr, command[0], "list")):
                run(*ctr, *command, name)
    finally:
        for process in started.values():
            process.terminate()
            process.wait()


def names(table: str) -> list[str]:
    """The first column of what ctr lists, without its heading."""
    return [line.split()[0] for line in table.splitlines()[1:]]


def start(started: Started, *these: Part) -> None:
    """Start parts of the node, which outlive this process."""
    for part in these:
        # Nothing is inherited: a proxy or a credential of the person at the terminal is not the cluster's.
        env = {"PATH": f"{BIN}:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(RUN), MARK: part.name}
        processes.start(started, part.name, part.command, env, LOGS)
