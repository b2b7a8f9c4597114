"""The node's own network: a namespace and one link to this machine."""

import ipaddress
import json
from collections.abc import Iterable
from pathlib import Path

from tools.cluster.paths import HOST_IP, LINK, NETNS, NODE_IP, NODE_NET, POD_NET, SERVICE_NET
from tools.cluster.terminal import ClusterError, run, succeeds


def make() -> None:
    """Make namespace, link and routes; raise ClusterError where this machine uses the addresses already."""
    taken = conflicts(json.loads(run("ip", "-json", "-4", "route")))
    if taken:
        raise ClusterError(
            f"the cluster's addresses are in use on this machine: {', '.join(taken)}; "
            "stop the other cluster, or set USE_KUBECONFIG=1 to use it"
        )
    run("ip", "netns", "add", NETNS)
    run("ip", "link", "add", LINK, "type", "veth", "peer", "name", "eth0", "netns", NETNS)
    run("ip", "addr", "add", f"{HOST_IP}/30", "dev", LINK)
    run("ip", "link", "set", LINK, "up")
    for net in (POD_NET, SERVICE_NET):
        run("ip", "route", "add", net, "via", NODE_IP, "dev", LINK)
    inside = ("ip", "-n", NETNS)
    run(*inside, "link", "set", "lo", "up")
    run(*inside, "addr", "add", f"{NODE_IP}/30", "dev", "eth0")
    run(*inside, "link", "set", "eth0", "up")
    # The address of a Service is replaced only after a route for it was found, so there must be one.
    run(*inside, "route", "add", SERVICE_NET, "dev", "eth0", "src", NODE_IP)
    forward = "echo 1 > /proc/sys/net/ipv4/ip_forward"
    run("nsenter", f"--net=/run/netns/{NETNS}", "sh", "-c", forward)


def conflicts(routes: Iterable[dict[str, str]]) -> list[str]:
    """Those of this machine's routes (as `ip -json route` prints them) that meet the cluster's addresses."""
    ours = [ipaddress.ip_network(net) for net in (NODE_NET, POD_NET, SERVICE_NET)]
    return [
        f"{route['dst']} on {route.get('dev', '?')}"
        for route in routes
        if route["dst"] != "default" and any(net.overlaps(ipaddress.ip_network(route["dst"])) for net in ours)
    ]


def remove() -> None:
    """Remove link, routes and namespace, whichever of them are there."""
    if Path("/sys/class/net", LINK).exists():
        run("ip", "link", "delete", LINK)
    name = Path("/run/netns", NETNS)
    if name.exists() and not succeeds("ip", "netns", "delete", NETNS):
        name.unlink(missing_ok=True)  # only the file was left, from before the machine started again
