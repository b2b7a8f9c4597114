"""What a fake API server for the command line's tests answers, and its kubeconfig."""

from dataclasses import dataclass, field
from typing import Any

SWC = "/apis/streaming.wordcount.dev/v1alpha1/namespaces/words/streamingwordcounts"


@dataclass
class Answers:
    """What is answered to `GET /path`, as status and body.

    And what was asked, with the body that was sent.
    """

    known: dict[str, tuple[int, Any]] = field(default_factory=dict)
    asked: list[tuple[str, Any]] = field(default_factory=list)

    def refuse(self, method: str, path: str, status: int) -> None:
        """Refuse a request as the API server does."""
        body = {"kind": "Status", "status": "Failure", "code": status, "message": f"refused with {status}"}
        self.known[f"{method} {path}"] = (status, body)


def kubeconfig(server: str) -> dict[str, Any]:
    """Return a kubeconfig with two contexts, of which `away` has another namespace."""
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "home",
        "clusters": [{"name": "here", "cluster": {"server": server}}],
        "users": [{"name": "me", "user": {}}],
        "contexts": [
            {"name": name, "context": {"cluster": "here", "user": "me", "namespace": space}}
            for name, space in (("home", "words"), ("away", "elsewhere"))
        ],
    }
