"""One real API server with our CRD for all tests of this folder; a test makes its own names and cleans nothing up."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubernetes import client, config

from tests.cluster.apiserver import api_server
from wordcount_operator.api import GROUP, PLURAL, VERSION
from wordcount_operator.api.crd import files

Document = dict[str, Any]


@pytest.fixture(scope="session")
def kubeconfig() -> Iterator[Path]:
    """An administrator's kubeconfig of a server on which the CRD is established."""
    with api_server() as path:
        with config.new_client_from_config(str(path)) as api:
            crds = client.ApiextensionsV1Api(api)
            crds.create_custom_resource_definition(yaml.safe_load(files()[f"crds/{PLURAL}.yaml"]))
            until(lambda: served(client.CustomObjectsApi(api)), "the API server did not serve the resource")
        yield path


@pytest.fixture(scope="session")
def api(kubeconfig: Path) -> Iterator[Any]:
    """A client of that server."""
    with config.new_client_from_config(str(kubeconfig)) as api:
        yield api


@pytest.fixture(scope="session")
def resources(api: Any) -> Any:
    """The client's calls for custom resources."""
    return client.CustomObjectsApi(api)


def served(resources: Any) -> bool:
    """Whether the API server answers for our resource yet."""
    try:
        resources.list_namespaced_custom_object(GROUP, VERSION, "default", PLURAL)
    except client.ApiException as error:
        if error.status != 404:
            raise
        return False
    return True


def until(holds: Callable[[], bool], otherwise: str, seconds: float = 20) -> None:
    """Wait until that holds; fails with the sentence where it does not in time."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, otherwise
        time.sleep(0.1)
