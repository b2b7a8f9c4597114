"""The resources of the cluster that kubectl would use, and the flags that name it, for the verbs that need one; never more than reading one and patching it."""

from argparse import ArgumentParser, Namespace
from typing import Any

from kubernetes import client, config
from kubernetes.config import ConfigException

from wordcount_cli.kube.api_errors import Request, UnreachableError, translated
from wordcount_operator.api import GROUP, PLURAL, VERSION

__all__ = ["Resource", "UnreachableError", "arguments", "connect", "where"]
LIMITS = (5, 60)
"""Seconds to reach the API server, and for its answer: a machine that is off must not look like a slow one."""


def where(parser: ArgumentParser) -> None:
    """The flags that name a cluster and a namespace, as kubectl has them."""
    parser.add_argument("-n", "--namespace", help="its namespace; the context's own by default")
    parser.add_argument("--context", help="a context of the kubeconfig; the current one by default")
    parser.add_argument("--kubeconfig", metavar="FILE", help="instead of $KUBECONFIG or ~/.kube/config")


def arguments(parser: ArgumentParser) -> None:
    """The arguments that name a resource."""
    parser.add_argument("name", metavar="NAME", help="the resource's name")
    where(parser)


def connect(context: str | None, kubeconfig: str | None = None) -> str:
    """Makes all later calls go where kubectl's would, and gives the context's namespace; raises UnreachableError."""
    try:
        config.load_kube_config(kubeconfig, context)
        known, current = config.list_kube_config_contexts(kubeconfig)
    except ConfigException as error:
        raise UnreachableError(f"there is no way to a cluster: {error}") from None
    chosen = next((each for each in known if each["name"] == context), current)
    return chosen["context"].get("namespace") or "default"


class Resource:
    """One resource of the cluster."""

    def __init__(
        self, name: str, namespace: str | None, context: str | None, kubeconfig: str | None = None
    ) -> None:
        """Connects as kubectl does; raises UnreachableError."""
        own = connect(context, kubeconfig)
        self.name = name
        self.namespace: str = namespace or own
        self._calls = client.CustomObjectsApi()

    @classmethod
    def of(cls, args: Namespace) -> "Resource":
        """The one that the arguments name; raises UnreachableError."""
        return cls(args.name, args.namespace, args.context, args.kubeconfig)

    def read(self) -> dict[str, Any]:
        """The resource as it is now; raises UnreachableError."""
        with translated(self._request("get")):
            found: dict[str, Any] = self._calls.get_namespaced_custom_object(
                *self._place, _request_timeout=LIMITS
            )
        return found

    def annotate(self, key: str, value: str) -> None:
        """Writes one annotation; raises UnreachableError."""
        self._patch({"metadata": {"annotations": {key: value}}})

    def edit(self, **spec: Any) -> None:
        """Writes those fields of the spec; raises UnreachableError."""
        self._patch({"spec": spec})

    def _patch(self, body: dict[str, Any]) -> None:
        with translated(self._request("patch")):
            self._calls.patch_namespaced_custom_object(*self._place, body, _request_timeout=LIMITS)

    def _request(self, right: str) -> Request:
        return Request(right, PLURAL, self.namespace, self.name)

    @property
    def _place(self) -> tuple[str, str, str, str, str]:
        return GROUP, VERSION, self.namespace, PLURAL, self.name
