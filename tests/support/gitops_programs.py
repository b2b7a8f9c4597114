"""The GitOps tools' own code as two Go programs, built once into the cache."""

import json
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

from tools.cluster import build
from tools.cluster.build import Module
from tools.cluster.paths import BIN, CHECKOUT

GO = Path(__file__).parents[1] / "integration/gitops/go"
HEALTH = Module("resource-health", what=".", home=GO)
AGENT = Module("gitops-agent", renamed={"agent": "gitops-agent"}, home=GO)
LUA = CHECKOUT / "deploy" / "argocd" / "health.lua"


class Health(NamedTuple):
    """What the tools show of a resource, with the sentence of each."""

    argocd: str
    argocd_message: str
    kstatus: str
    kstatus_message: str


def health(resource: dict[str, Any]) -> Health:
    """What Argo CD (with our Lua check) and kstatus (Flux) say of it.

    Raises CalledProcessError where either could not.
    """
    build.programs(HEALTH)
    done = subprocess.run(
        [BIN / HEALTH.name, LUA], input=json.dumps(resource), stdout=subprocess.PIPE, text=True, check=True
    )
    said = json.loads(done.stdout)
    return Health(*(said[tool][what] for tool in ("argocd", "kstatus") for what in ("status", "message")))
