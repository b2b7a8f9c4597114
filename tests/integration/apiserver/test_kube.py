"""What the port to Kubernetes promises, on a real API server."""

import pytest
from kubernetes.aio.client import ApiClient, Configuration

from wordcount_operator.adapters.kube import ApiError, Kube
from wordcount_operator.model.actions import Create, Delete
from wordcount_operator.model.objects import Ref


async def test_gone_is_what_a_live_read_says(client: ApiClient) -> None:
    """Gone means that a live GET says 404, never that a cache lacks it: a cache that is stale fails no
    healthy run.

    What was just made is there, what was just removed is not, and an API server that does not answer has said
    neither.
    """
    kube, ref = Kube(client), Ref("v1", "ConfigMap", "default", "gone")
    made = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "gone", "namespace": "default"}}
    await kube.create(Create(made, "test"))
    first = await kube.get(ref)
    await kube.create(Create(made, "a second of that name is refused, and is success"))
    assert first
    assert first == await kube.get(ref)
    await kube.delete(Delete(ref, "test", uid="another"))
    assert await kube.get(ref)
    await kube.delete(Delete(ref, "test", uid=first["metadata"]["uid"]))
    assert await kube.get(ref) is None
    async with ApiClient(Configuration(host="http://127.0.0.1:1")) as nobody:
        with pytest.raises(ApiError):
            await Kube(nobody).get(ref)
