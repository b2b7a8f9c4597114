"""Makes the cluster's certificates, keys and kubeconfigs with openssl."""

import base64
import json
from dataclasses import dataclass
from pathlib import Path

from tools.cluster.paths import ADMIN, API_SERVICE_IP, NODE, NODE_IP, PKI
from tools.cluster.terminal import run

API_NAMES = (
    "DNS:kubernetes",
    "DNS:kubernetes.default",
    "DNS:kubernetes.default.svc",
    "DNS:kubernetes.default.svc.cluster.local",
    "DNS:localhost",
    f"IP:{NODE_IP}",
    f"IP:{API_SERVICE_IP}",
    "IP:127.0.0.1",
)


@dataclass(frozen=True)
class Certificate:
    """One certificate signed by the cluster's authority: file name, subject, alternative names."""

    name: str
    subject: str
    names: tuple[str, ...] = ()


CERTIFICATES = (
    Certificate("apiserver", "/CN=kube-apiserver", API_NAMES),
    Certificate("apiserver-to-kubelet", "/O=system:masters/CN=apiserver-to-kubelet"),
    Certificate("admin", "/O=system:masters/CN=admin"),
    Certificate("controller-manager", "/CN=system:kube-controller-manager"),
    Certificate("scheduler", "/CN=system:kube-scheduler"),
    Certificate("kubelet", f"/O=system:nodes/CN=system:node:{NODE}", (f"DNS:{NODE}", f"IP:{NODE_IP}")),
    Certificate("proxy", "/CN=system:kube-proxy"),
)
SERVERS_ONLY = frozenset({"apiserver", "apiserver-to-kubelet"})

# Without a file of its own, openssl would mark each certificate as an authority.
CONFIG = "[req]\ndistinguished_name = subject\n[subject]\n"
NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "365")


def make() -> None:
    """Write the authority, all certificates, the service-account key and the kubeconfigs into PKI."""
    PKI.mkdir(mode=0o700, parents=True)
    (PKI / "openssl.cnf").write_text(CONFIG)
    sign(Certificate("ca", "/CN=wordcount-cluster"), "-addext", "basicConstraints=critical,CA:TRUE")
    for certificate in CERTIFICATES:
        names = ("-addext", f"subjectAltName={','.join(certificate.names)}") if certificate.names else ()
        usage = ("-addext", "extendedKeyUsage=serverAuth,clientAuth")
        sign(certificate, "-CA", PKI / "ca.crt", "-CAkey", PKI / "ca.key", *usage, *names)
        if certificate.name not in SERVERS_ONLY:
            write_kubeconfig(certificate.name)
    service_account_key(PKI / "service-account.key")


def sign(certificate: Certificate, *how: object) -> None:
    """Make one key and its certificate."""
    files = ("-keyout", PKI / f"{certificate.name}.key", "-out", PKI / f"{certificate.name}.crt")
    run(*("openssl", "req", "-x509", "-config", PKI / "openssl.cnf", *NEW_KEY, *files),
        *("-subj", certificate.subject, *how))  # fmt: skip


def service_account_key(file: Path) -> None:
    """Make the key with which the API server signs service-account tokens."""
    run("openssl", "ecparam", "-genkey", "-noout", "-name", "prime256v1", "-out", file)


def write_kubeconfig(name: str) -> None:
    """Write PKI/<name>.conf for the client certificate of that name."""
    user = {
        "client-certificate-data": encoded(PKI / f"{name}.crt"),
        "client-key-data": encoded(PKI / f"{name}.key"),
    }
    document = kubeconfig(f"https://{NODE_IP}:6443", encoded(PKI / "ca.crt"), user)
    target = ADMIN if name == "admin" else PKI / f"{name}.conf"
    target.write_text(document)


def encoded(file: Path) -> str:
    """A file's content as base64, as kubeconfigs embed it."""
    return base64.b64encode(file.read_bytes()).decode()


def kubeconfig(server: str, authority: str, user: dict[str, str]) -> str:
    """A kubeconfig with everything in it and no path: `authority` is base64, `user` has kubeconfig's own
    keys.
    """
    name = "wordcount"
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {"name": name, "cluster": {"server": server, "certificate-authority-data": authority}}
            ],
            "users": [{"name": name, "user": user}],
            "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
            "current-context": name,
        },
        indent=1,
    )
