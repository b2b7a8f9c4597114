"""`wordcount restart`: restarts a resource once from its newest state; only changes spec.restartNonce, the operator does the rest."""

from argparse import ArgumentParser, Namespace
from typing import Any

from wordcount_cli.kube import cluster

NONCES = 2**53
"""As many as the API server takes; after the last one comes the first."""


def arguments(parser: ArgumentParser) -> None:
    """The verb's arguments."""
    cluster.arguments(parser)


def main(args: Namespace) -> int:
    """Says what happens now; raises UnreachableError."""
    resource = cluster.Resource.of(args)
    found = resource.read()
    resource.edit(restartNonce=(found["spec"].get("restartNonce", 0) + 1) % NONCES)
    print(outcome(args.name, found))
    return 0


def outcome(name: str, found: dict[str, Any]) -> str:
    """What follows, in a sentence: a new nonce is an edit, so spec.upgrade.mode decides what the run begins from."""
    spec, phase = found["spec"], found.get("status", {}).get("phase")
    mode = spec.get("upgrade", {}).get("mode", "savepoint")
    if spec.get("suspend"):
        return f"{name} is suspended and stays so; `wordcount resume {name}` begins it"
    if mode == "stateless":
        return f"{name} counts anew now, because spec.upgrade.mode is stateless; its old state is kept"
    if phase == "RolledBack":
        return f"{name} is stopped, and the edit that was rolled back is tried again from its state"
    if phase in ("Failed", "BackingOff"):
        return f"{name} is tried again now, from its newest state"
    how = "ended at once" if mode == "lastState" else "stopped cleanly"
    return f"{name} is {how} and begins again from its newest state; `wordcount status {name}` shows it"
