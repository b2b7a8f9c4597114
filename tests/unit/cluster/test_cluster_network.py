"""The cluster refuses a machine that uses its addresses; needs no network and no root."""

from tools.cluster.network import conflicts


def test_ordinary_routes_of_a_machine_are_no_conflict() -> None:
    """A default route and a neighbouring range leave the cluster's addresses free."""
    routes = [{"dst": "default", "dev": "eth0"}, {"dst": "10.213.0.4/30", "dev": "x"}, {"dst": "192.168.1.7"}]
    assert conflicts(routes) == []


def test_a_route_that_meets_the_cluster_is_named() -> None:
    """Another cluster's services, a wider range and a single address are each named with their device."""
    routes = [
        {"dst": "10.96.0.0/12", "dev": "cni0"},
        {"dst": "10.244.0.9", "dev": "veth1"},
        {"dst": "10.213.0.0/30"},
    ]
    assert conflicts(routes) == ["10.96.0.0/12 on cni0", "10.244.0.9 on veth1", "10.213.0.0/30 on ?"]
