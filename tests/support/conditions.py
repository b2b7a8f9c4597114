"""Waits until a condition of a resource names a cause."""

from tools.testbed.kube import Space, until


def wait_for_cause(space: Space, name: str, reason: str, *words: str, kind: str = "Ready") -> None:
    """Wait until a condition names the cause and all these words: the field and the remedy."""
    status = {"Ready": "False", "Stalled": "True"}[kind]

    def said() -> bool:
        found = space.condition(name, kind)
        matches = (found.get("status"), found.get("reason")) == (status, reason)
        return matches and all(each in found["message"] for each in words)

    until(said, 90, f"{name} says {reason}: {', '.join(words)}", lambda: space.diagnosis(name))
