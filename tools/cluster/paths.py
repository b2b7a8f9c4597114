"""Where the cluster keeps things and which addresses it uses."""

import os
from pathlib import Path

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parents[1]
KUBECONFIG = CHECKOUT / ".cluster" / "kubeconfig"

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "wordcount-operator"
BIN = CACHE / "bin"

# One cluster a machine, whichever checkout started it: the paths are fixed, so that any `down` finds all of
# it.
RUN = Path("/run/wordcount-cluster")  # short, because socket paths may have only 107 characters
VAR = Path("/var/lib/wordcount-cluster")  # on a disk: /run is memory on most machines
IMAGES = VAR / "containerd"  # the only folder that survives `down`, so that images need no second import
PKI = RUN / "pki"
LOGS = RUN / "log"
ADMIN = PKI / "admin.conf"
SOCKET = RUN / "containerd.sock"
LOCK = RUN.with_suffix(".lock")

NETNS = "swc"
LINK = "swc0"
HOST_IP = "10.213.0.1"
NODE_IP = "10.213.0.2"
NODE_NET = "10.213.0.0/30"
POD_NET = "10.244.0.0/24"
SERVICE_NET = "10.96.0.0/16"
API_SERVICE_IP = "10.96.0.1"
NODE = "node0"
CGROUP = "wordcount-cluster"
PAUSE_IMAGE = "localhost/pause:1"

# In the environment of each process of the node, and so of each containerd shim. It separates our processes
# from all others, also after a crash or when a process number was given to somebody else; pid files could
# not.
MARK = "WORDCOUNT_CLUSTER_PART"
