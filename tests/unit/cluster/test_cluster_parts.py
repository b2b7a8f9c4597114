"""The node's command lines and configuration files are complete; nothing is started here."""

import json

import pytest
import yaml

from tools.cluster import parts, paths
from tools.cluster.pki import kubeconfig


@pytest.mark.parametrize("name", sorted(file.name for file in (paths.HERE / "config").iterdir()))
def test_each_configuration_file_is_filled_in(name: str) -> None:
    """No variable is left over, and none is unknown."""
    assert "$" not in parts.filled(paths.HERE / "config" / name)


def test_pods_stay_in_our_cgroup_and_network() -> None:
    """What `down` clears away is what the kubelet and the network plugin are configured to use."""
    kubelet = yaml.safe_load(parts.filled(paths.HERE / "config" / "kubelet.yaml"))
    assert kubelet["cgroupRoot"] == f"/{paths.CGROUP}"
    network = json.loads(parts.filled(paths.HERE / "config" / "cni.conflist"))
    assert network["name"] == paths.NETNS
    assert network["plugins"][0]["ipam"]["ranges"] == [[{"subnet": paths.POD_NET}]]


def test_every_part_runs_in_the_nodes_network() -> None:
    """Not one of them may listen on this machine's own addresses."""
    for part in parts.LASTING:
        assert part.command[:2] == ("nsenter", f"--net=/run/netns/{paths.NETNS}")
        assert part.command[2].endswith(f"/{part.name}")
    assert len({part.name for part in parts.LASTING}) == len(parts.LASTING)


def test_a_kubeconfig_names_no_file() -> None:
    """It can be copied to another machine."""
    document = yaml.safe_load(kubeconfig("https://10.0.0.1:6443", "QQ==", {"token": "t"}))
    assert document["clusters"][0]["cluster"] == {
        "server": "https://10.0.0.1:6443",
        "certificate-authority-data": "QQ==",
    }
    assert document["current-context"] == document["contexts"][0]["name"]
    assert document["users"][0] == {
        "name": document["contexts"][0]["context"]["user"],
        "user": {"token": "t"},
    }


def test_socket_paths_are_short_enough() -> None:
    """Linux allows 107 characters, containerd 42 for the folder of its shims' sockets."""
    assert len(str(paths.RUN / "shim")) <= 42
    assert (
        len(str(paths.VAR / "kubelet" / "plugins_registry" / "a-plugin-of-forty-characters-reg.sock")) <= 107
    )
