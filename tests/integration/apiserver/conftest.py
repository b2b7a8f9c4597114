"""One real API server with our CRD for all tests of this folder."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubernetes import client, config
from kubernetes.aio.client import ApiClient, Configuration
from kubernetes.aio.config import load_kube_config

from tests.support.api_server import until
from tools.cluster.apiserver import api_server
from tools.generate.crd import files
from wordcount_operator.api import GROUP, PLURAL, VERSION


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


@pytest.fixture(name="client")
async def aio_client(kubeconfig: Path) -> AsyncIterator[ApiClient]:
    """A connection as the operator has one."""
    configuration = Configuration()
    await load_kube_config(config_file=str(kubeconfig), client_configuration=configuration)
    async with ApiClient(configuration) as found:
        yield found


@pytest.fixture(scope="session")
def resources(api: Any) -> Any:
    """The client's calls for custom resources."""
    return client.CustomObjectsApi(api)


@pytest.fixture(scope="module", autouse=True)
def left_behind(resources: Any) -> Iterator[None]:
    """Remove the resources of a file's tests, or the next file's operators would reconcile them."""
    yield
    for found in resources.list_cluster_custom_object(GROUP, VERSION, PLURAL)["items"]:
        place = (GROUP, VERSION, found["metadata"]["namespace"], PLURAL, found["metadata"]["name"])
        resources.delete_namespaced_custom_object(*place)
        if found["metadata"].get("finalizers"):
            resources.patch_namespaced_custom_object(*place, {"metadata": {"finalizers": None}})


def served(resources: Any) -> bool:
    """Whether the API server answers for our resource yet."""
    try:
        resources.list_namespaced_custom_object(GROUP, VERSION, "default", PLURAL)
    except client.ApiException as error:
        if error.status != 404:
            raise
        return False
    return True
