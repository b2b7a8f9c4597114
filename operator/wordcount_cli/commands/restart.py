"""`wordcount restart`: restart a resource from its newest state, by changing spec.restartNonce."""

from argparse import ArgumentParser, Namespace
from typing import Any

from wordcount_cli.kube import cluster
from wordcount_operator.api.v1alpha1 import Status

NONCES = 2**53
"""The API server accepts integers below this one; after the last nonce comes 0."""


def arguments(parser: ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    cluster.arguments(parser)


def main(args: Namespace) -> int:
    """Change the nonce and print what follows. Raises UnreachableError."""
    resource = cluster.Resource.of(args)
    found = resource.read()
    resource.edit(restartNonce=(found["spec"].get("restartNonce", 0) + 1) % NONCES)
    print(outcome(args.name, found))
    return 0


def outcome(name: str, found: dict[str, Any]) -> str:
    """Return what follows, as a sentence.

    A new nonce is an edit of the spec, so spec.upgrade.mode decides what the run starts from.
    """
    spec, phase = found["spec"], Status.model_validate(found.get("status") or {}).phase
    mode = spec.get("upgrade", {}).get("mode", "savepoint")
    if spec.get("suspend"):
        return f"{name} is suspended and stays suspended; `wordcount resume {name}` starts it"
    if mode == "stateless":
        return f"{name} counts from zero now, because spec.upgrade.mode is stateless; its old state is kept"
    if phase == "RolledBack":
        return f"{name} is stopped, and the edit that was rolled back is tried again from its state"
    if phase in ("Failed", "BackingOff"):
        return f"{name} is started again now, from its newest state"
    how = "stopped at once" if mode == "lastState" else "stopped cleanly"
    return f"{name} is {how} and starts again from its newest state; `wordcount status {name}` shows it"
