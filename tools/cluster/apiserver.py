"""An API server with its database for tests: objects are kept and checked, but nothing runs.

There are no controllers: no garbage collection by owner, no default ServiceAccounts, no namespace clean-up.
It needs no root, uses only loopback, and is independent of the one-node cluster.
"""

import os
import secrets
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.cluster import build
from tools.cluster.paths import BIN
from tools.cluster.pki import encoded, kubeconfig, service_account_key
from tools.cluster.processes import Started, answers, start, wait
from tools.cluster.terminal import succeeds

LOCALHOST = "127.0.0.1"
NEVER_CALLED = "192.0.2.1"  # reserved for documentation; it is only ever in an object
WITH_THIS_PROCESS = ("setpriv", "--pdeathsig", "KILL")  # also when the tests are killed


@contextmanager
def api_server() -> Iterator[Path]:
    """Run a fresh API server in a temporary folder; yields the path of an administrator's kubeconfig.

    Raises ClusterError when a program cannot be built or the server does not become ready.
    """
    build.programs(build.KUBERNETES, build.TOOLS)
    with tempfile.TemporaryDirectory(prefix="apiserver-") as name, running_in(Path(name)) as admin:
        yield admin


@contextmanager
def running_in(folder: Path) -> Iterator[Path]:
    """Start both processes with all their files in `folder`, and end them at the end."""
    started: Started = {}
    clients, peers, secure = free_ports(3)
    try:
        launch(started, folder, "etcd", etcd_arguments(folder, clients, peers))
        launch(started, folder, "kube-apiserver", api_arguments(folder, clients, secure))
        # The server signs itself a certificate, which becomes the kubeconfig's authority.
        certificate = folder / "apiserver.crt"
        wait("the API server", lambda: certificate.exists() and answers(LOCALHOST, secure), started, folder)
        token = (folder / "tokens.csv").read_text().split(",")[0]
        admin = folder / "kubeconfig"
        admin.write_text(kubeconfig(f"https://{LOCALHOST}:{secure}", encoded(certificate), {"token": token}))
        ready = (BIN / "kubectl", f"--kubeconfig={admin}", "get", "--raw", "/readyz")
        wait("the API server", lambda: succeeds(*ready), started, folder)
        yield admin
    finally:
        for process in started.values():
            process.kill()
            process.wait()


def launch(started: Started, folder: Path, program: str, arguments: tuple[str, ...]) -> None:
    """Start one program with its log in the folder."""
    command = (*WITH_THIS_PROCESS, str(BIN / program), *arguments)
    start(started, program, command, {"PATH": os.environ["PATH"], "HOME": str(folder)}, folder)


def etcd_arguments(folder: Path, clients: int, peers: int) -> tuple[str, ...]:
    """How the database is called."""
    return (
        f"--data-dir={folder}/etcd",
        f"--listen-client-urls=http://{LOCALHOST}:{clients}",
        f"--advertise-client-urls=http://{LOCALHOST}:{clients}",
        f"--listen-peer-urls=http://{LOCALHOST}:{peers}",
        "--log-level=warn",
        "--unsafe-no-fsync",
    )


def api_arguments(folder: Path, clients: int, secure: int) -> tuple[str, ...]:
    """How the API server is called; writes the files that it reads."""
    service_account_key(folder / "service-account.key")
    tokens = folder / "tokens.csv"
    tokens.touch(mode=0o600)
    tokens.write_text(f'{secrets.token_hex()},admin,admin,"system:masters"\n')
    return (
        f"--etcd-servers=http://{LOCALHOST}:{clients}",
        f"--bind-address={LOCALHOST}",
        f"--secure-port={secure}",
        f"--advertise-address={NEVER_CALLED}",
        "--endpoint-reconciler-type=none",
        "--service-cluster-ip-range=10.96.0.0/16",
        f"--cert-dir={folder}",
        f"--token-auth-file={tokens}",
        f"--service-account-key-file={folder}/service-account.key",
        f"--service-account-signing-key-file={folder}/service-account.key",
        "--service-account-issuer=https://kubernetes.default.svc",
        "--authorization-mode=RBAC",
        # Nobody makes a namespace's default ServiceAccount here, so no pod could be created otherwise.
        "--disable-admission-plugins=ServiceAccount",
    )


def free_ports(count: int) -> list[int]:
    """TCP ports of loopback that nobody listens on now."""
    sockets = [socket.create_server((LOCALHOST, 0)) for _ in range(count)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports
