"""The processes that make one Kubernetes node: command lines and configuration files."""

from dataclasses import dataclass
from pathlib import Path
from string import Template

from tools.cluster import paths
from tools.cluster.paths import ADMIN, HERE, IMAGES, NETNS, NODE, NODE_IP, PKI, POD_NET, RUN, SERVICE_NET, VAR

ETCD = "http://127.0.0.1:2379"


@dataclass(frozen=True)
class Part:
    """One process of the node; its name is that of its program in the cache's bin folder."""

    name: str
    arguments: tuple[str, ...]

    @property
    def command(self) -> tuple[str, ...]:
        """The command line, inside the node's network; `ip netns exec` would hide the cgroups from it."""
        return ("nsenter", f"--net=/run/netns/{NETNS}", str(paths.BIN / self.name), *self.arguments)


DATABASE = Part(
    "etcd",
    (
        f"--data-dir={VAR}/etcd",
        f"--listen-client-urls={ETCD}",
        f"--advertise-client-urls={ETCD}",
        "--listen-peer-urls=http://127.0.0.1:2380",
        "--log-level=warn",
        "--unsafe-no-fsync",  # the data is thrown away anyway when the machine stops
    ),
)
API_SERVER = Part(
    "kube-apiserver",
    (
        f"--etcd-servers={ETCD}",
        "--secure-port=6443",
        f"--advertise-address={NODE_IP}",
        f"--service-cluster-ip-range={SERVICE_NET}",
        f"--tls-cert-file={PKI}/apiserver.crt",
        f"--tls-private-key-file={PKI}/apiserver.key",
        f"--client-ca-file={PKI}/ca.crt",
        f"--service-account-key-file={PKI}/service-account.key",
        f"--service-account-signing-key-file={PKI}/service-account.key",
        "--service-account-issuer=https://kubernetes.default.svc",
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        f"--kubelet-client-certificate={PKI}/apiserver-to-kubelet.crt",
        f"--kubelet-client-key={PKI}/apiserver-to-kubelet.key",
        f"--kubelet-certificate-authority={PKI}/ca.crt",
        "--kubelet-preferred-address-types=InternalIP",
        "--allow-privileged=true",
    ),
)
CONTAINERD = Part("containerd", (f"--config={RUN}/containerd.toml",))
CONTAINERD_WITHOUT_PODS = Part("containerd", (f"--config={RUN}/containerd-without-pods.toml",))
CONTROLLERS = Part(
    "kube-controller-manager",
    (
        f"--kubeconfig={PKI}/controller-manager.conf",
        f"--service-account-private-key-file={PKI}/service-account.key",
        f"--root-ca-file={PKI}/ca.crt",
        "--use-service-account-credentials=true",
        "--leader-elect=false",
        # The defaults (20 and 30) make tests with hundreds of resources wait for the cluster, not for us.
        "--kube-api-qps=100",
        "--kube-api-burst=200",
    ),
)
SCHEDULER = Part("kube-scheduler", (f"--kubeconfig={PKI}/scheduler.conf", "--leader-elect=false"))
KUBELET = Part(
    "kubelet",
    (
        f"--config={RUN}/kubelet.yaml",
        f"--kubeconfig={PKI}/kubelet.conf",
        f"--hostname-override={NODE}",
        f"--node-ip={NODE_IP}",
        f"--root-dir={VAR}/kubelet",
    ),
)
PROXY = Part(
    "kube-proxy",
    (
        f"--kubeconfig={PKI}/proxy.conf",
        f"--hostname-override={NODE}",
        f"--cluster-cidr={POD_NET}",
        "--proxy-mode=nftables",
        "--conntrack-max-per-core=0",
    ),
)
DNS = Part("coredns", ("-conf", f"{RUN}/Corefile"))
STORAGE = Part(
    "local-path-provisioner",
    (
        "start",
        f"--kubeconfig={ADMIN}",
        f"--config={RUN}/storage.json",
        f"--helper-pod-file={RUN}/storage-helper.yaml",
        f"--helper-image={paths.PAUSE_IMAGE}",
        "--namespace=local-path-storage",
        "--service-account-name=volume",
    ),
)
LASTING = (DATABASE, API_SERVER, CONTAINERD, CONTROLLERS, SCHEDULER, KUBELET, PROXY, DNS, STORAGE)


def write_configuration() -> None:
    """Write each file of config/ into RUN with its $names filled in."""
    (RUN / "cni").mkdir()
    for source in sorted((HERE / "config").iterdir()):
        target = RUN / "cni" / "10-ptp.conflist" if source.suffix == ".conflist" else RUN / source.name
        target.write_text(filled(source))
    without_pods = filled(HERE / "config" / "containerd.toml", disabled='"io.containerd.grpc.v1.cri"')
    (RUN / "containerd-without-pods.toml").write_text(without_pods)


def filled(source: Path, disabled: str = "") -> str:
    """A configuration file's text; an unknown $name raises KeyError."""
    return Template(source.read_text()).substitute(
        run=RUN,
        var=VAR,
        pki=PKI,
        images=IMAGES,
        disabled=disabled,
        netns=NETNS,
        node_ip=NODE_IP,
        pod_net=POD_NET,
        cgroup=paths.CGROUP,
        pause_image=paths.PAUSE_IMAGE,
    )
