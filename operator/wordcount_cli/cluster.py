"""The resources of the cluster that kubectl would use, for the verbs that need one; never more than reading one and annotating it."""

from argparse import ArgumentParser
from typing import Any

from kubernetes import client, config
from kubernetes.config import ConfigException
from urllib3.exceptions import HTTPError

from wordcount_operator.api import GROUP, PLURAL, VERSION


class UnreachableError(Exception):
    """The cluster does not answer or does not have what was asked for; the text is a sentence for people."""


def arguments(parser: ArgumentParser) -> None:
    """The arguments that name a resource."""
    parser.add_argument("name", metavar="NAME", help="the resource's name")
    parser.add_argument("-n", "--namespace", help="its namespace; the context's own by default")
    parser.add_argument("--context", help="a context of the kubeconfig; the current one by default")


class Resource:
    """One resource of the cluster."""

    def __init__(self, name: str, namespace: str | None, context: str | None) -> None:
        """Connects as kubectl does; raises UnreachableError."""
        try:
            config.load_kube_config(context=context)
            _, current = config.list_kube_config_contexts()
        except ConfigException as error:
            raise UnreachableError(f"there is no way to a cluster: {error}") from None
        self.name = name
        self.namespace: str = namespace or current["context"].get("namespace") or "default"
        self._calls = client.CustomObjectsApi()

    def read(self) -> dict[str, Any]:
        """The resource as it is now; raises UnreachableError."""
        try:
            found: dict[str, Any] = self._calls.get_namespaced_custom_object(*self._place)
        except (client.ApiException, HTTPError) as error:
            raise self._sentence(error) from None
        return found

    def annotate(self, key: str, value: str) -> None:
        """Writes one annotation; raises UnreachableError."""
        body = {"metadata": {"annotations": {key: value}}}
        try:
            self._calls.patch_namespaced_custom_object(*self._place, body)
        except (client.ApiException, HTTPError) as error:
            raise self._sentence(error) from None

    @property
    def _place(self) -> tuple[str, str, str, str, str]:
        return GROUP, VERSION, self.namespace, PLURAL, self.name

    def _sentence(self, error: Exception) -> UnreachableError:
        if isinstance(error, client.ApiException) and error.status == 404:
            return UnreachableError(f"there is no {PLURAL} {self.name} in namespace {self.namespace}")
        reason = error.reason if isinstance(error, client.ApiException) else error
        return UnreachableError(f"the cluster does not answer: {reason}")
