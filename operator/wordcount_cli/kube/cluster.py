"""Reads and patches one resource of the cluster that kubectl would use, and declares its flags."""

from argparse import ArgumentParser, Namespace
from typing import Any

from kubernetes import client, config
from kubernetes.config import ConfigException

from wordcount_cli.kube.api_errors import Request, UnreachableError, translated
from wordcount_operator.api import GROUP, PLURAL, VERSION

__all__ = ["Resource", "UnreachableError", "arguments", "cluster_arguments", "connect"]
TIMEOUTS = (5, 60)
"""Seconds to connect to the API server, and to wait for its answer."""


def cluster_arguments(parser: ArgumentParser) -> None:
    """Declare the flags for a cluster and a namespace, as kubectl has them."""
    parser.add_argument("-n", "--namespace", help="the namespace; the context's own by default")
    parser.add_argument("--context", help="a context of the kubeconfig; the current one by default")
    parser.add_argument(
        "--kubeconfig", metavar="FILE", help="use this file instead of $KUBECONFIG or ~/.kube/config"
    )


def arguments(parser: ArgumentParser) -> None:
    """Declare the arguments that name a resource."""
    parser.add_argument("name", metavar="NAME", help="the resource's name")
    cluster_arguments(parser)


def connect(context: str | None, kubeconfig: str | None = None) -> str:
    """Configure the client as kubectl is, and return the context's namespace. Raises UnreachableError."""
    try:
        config.load_kube_config(kubeconfig, context)
        contexts, current = config.list_kube_config_contexts(kubeconfig)
    except ConfigException as error:
        raise UnreachableError(f"the kubeconfig cannot be used: {error}") from None
    chosen = next((each for each in contexts if each["name"] == context), current)
    return chosen["context"].get("namespace") or "default"


class Resource:
    """One StreamingWordCount of the cluster."""

    def __init__(
        self, name: str, namespace: str | None, context: str | None, kubeconfig: str | None = None
    ) -> None:
        """Connect as kubectl does. Raises UnreachableError."""
        default_namespace = connect(context, kubeconfig)
        self.name = name
        self.namespace: str = namespace or default_namespace
        self._calls = client.CustomObjectsApi()

    @classmethod
    def of(cls, args: Namespace) -> "Resource":
        """Return the resource that the arguments name. Raises UnreachableError."""
        return cls(args.name, args.namespace, args.context, args.kubeconfig)

    def read(self) -> dict[str, Any]:
        """Return the resource as it is now. Raises UnreachableError."""
        with translated(self._request("get")):
            found: dict[str, Any] = self._calls.get_namespaced_custom_object(
                *self._path, _request_timeout=TIMEOUTS
            )
        return found

    def annotate(self, key: str, value: str) -> None:
        """Write one annotation. Raises UnreachableError."""
        self._patch({"metadata": {"annotations": {key: value}}})

    def edit(self, **spec: Any) -> None:
        """Write these fields of the spec. Raises UnreachableError."""
        self._patch({"spec": spec})

    def _patch(self, body: dict[str, Any]) -> None:
        with translated(self._request("patch")):
            self._calls.patch_namespaced_custom_object(*self._path, body, _request_timeout=TIMEOUTS)

    def _request(self, verb: str) -> Request:
        return Request(verb, PLURAL, self.namespace, self.name)

    @property
    def _path(self) -> tuple[str, str, str, str, str]:
        return GROUP, VERSION, self.namespace, PLURAL, self.name
