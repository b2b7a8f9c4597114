"""Talk to the API server: live reads and writes as plain JSON, without a cache or retries.

Raw requests instead of the client's typed classes, because those cost 126 MB of memory and 1.4 s at start.
"""

import json
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import quote

import aiohttp
from kubernetes.aio.client import ApiClient

from wordcount_operator.api import GROUP, KIND, PLURAL, VERSION
from wordcount_operator.metrics import API_CALLS
from wordcount_operator.model.actions import Create, Delete, Patch
from wordcount_operator.model.objects import Manifest, Ref
from wordcount_operator.model.reads import ListObjects

PLURALS = {
    "ConfigMap": "configmaps",
    "Deployment": "deployments",
    "Event": "events",
    "PersistentVolumeClaim": "persistentvolumeclaims",
    "Pod": "pods",
    "RoleBinding": "rolebindings",
    "Service": "services",
    "ServiceAccount": "serviceaccounts",
    KIND: PLURAL,
}
log = logging.getLogger("wordcount_operator")
TIMEOUT = 10.0
"""Seconds that one request may take."""


class ApiError(Exception):
    """The API server refused a request or did not answer (`status` 0)."""

    def __init__(self, status: int, sentence: str, causes: tuple[str, ...] = ()) -> None:
        super().__init__(f"the API server answers {status}: {sentence}" if status else sentence)
        self.status, self._causes = status, causes

    @property
    def final(self) -> bool:
        """Whether the same request would be refused again: it is wrong, or somebody forbids it."""
        return self.status in (400, 403, 422)

    @property
    def namespace_terminating(self) -> bool:
        """Whether nothing can be made any more because the whole namespace is being deleted."""
        return "NamespaceTerminating" in self._causes


class ConflictError(ApiError):
    """The object was changed since it was read, so nothing was written."""


class Kube:
    """One connection to the API server."""

    def __init__(self, client: ApiClient, held: Callable[[], bool] = lambda: True) -> None:
        """Take a client, and `held`, which returns whether this process may still write."""
        self._client = client
        self._held = held

    def require_lease(self) -> None:
        """Raise ApiError if another process may be the leader by now, as after a freeze of this one."""
        if not self._held():
            raise ApiError(0, "this replica does not hold the lease any more, so it writes nothing")

    async def get(self, ref: Ref) -> Manifest | None:
        """Return the object as the API server has it now, None if it answers 404; raises ApiError."""
        try:
            return await self._request("GET", _path(ref.api_version, ref.kind, ref.namespace, ref.name))
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    async def list_objects(self, read: ListObjects) -> tuple[Manifest, ...]:
        """Return all objects that the read selects; raises ApiError."""
        query = [("labelSelector", read.selector)] if read.selector else []
        found = await self._request("GET", _path(read.api_version, read.kind, read.namespace), query)
        return tuple({"apiVersion": read.api_version, "kind": read.kind, **item} for item in found["items"])

    async def create(self, action: Create) -> None:
        """Create the object; if one of that name exists already, that is a success; raises ApiError."""
        ref = Ref.of(action.manifest)
        try:
            await self._request("POST", _path(ref.api_version, ref.kind, ref.namespace), body=action.manifest)
        except ConflictError:
            log.debug("%s exists already", ref)

    async def patch(self, action: Patch) -> None:
        """Merge the manifest into the object; raises ApiError."""
        ref = Ref.of(action.manifest)
        await self._request(
            "PATCH", _path(ref.api_version, ref.kind, ref.namespace, ref.name), body=action.manifest
        )

    async def delete(self, action: Delete) -> None:
        """Delete the object if it still is the one that was read; gone or replaced is a success.

        It raises ApiError.
        """
        ref = action.ref
        body: Manifest = {"propagationPolicy": "Background"}
        if action.uid:
            body["preconditions"] = {"uid": action.uid}
        if action.grace is not None:
            body["gracePeriodSeconds"] = action.grace
        try:
            await self._request(
                "DELETE", _path(ref.api_version, ref.kind, ref.namespace, ref.name), body=body
            )
        except ApiError as error:
            if error.status not in (404, 409):
                raise

    async def write_status(self, namespace: str, name: str, resource_version: str, status: Manifest) -> None:
        """Replace fields of the status if the resource did not change since it was read.

        It raises ConflictError if it did.
        """
        path = _path(f"{GROUP}/{VERSION}", KIND, namespace, name) + "/status"
        body = {"metadata": {"resourceVersion": resource_version}, "status": status}
        await self._request("PATCH", path, body=body)

    async def event(self, event: Manifest) -> None:
        """Post an event; raises ApiError."""
        await self._request("POST", _path("v1", "Event", event["metadata"]["namespace"]), body=event)

    async def changes(self, read: ListObjects) -> AsyncIterator[Manifest]:
        """Yield each selected object when it changes, until the server ends the watch after minutes.

        It raises ApiError.
        """
        query = [("watch", "true"), ("labelSelector", read.selector), ("timeoutSeconds", "300")]
        response = await self._send(
            "GET", _path(read.api_version, read.kind, read.namespace), query, None, 330
        )
        async with response:
            if response.status >= 400:
                raise ApiError(response.status, (await response.text())[:300])
            async for line in response.content:
                change = json.loads(line)
                if change["type"] == "ERROR":
                    return
                yield change["object"]

    async def _request(
        self, method: str, path: str, query: list[tuple[str, str]] | None = None, body: Manifest | None = None
    ) -> Manifest:
        if method != "GET":
            self.require_lease()
        response = await self._send(method, path, query or [], body, TIMEOUT)
        async with response:
            answer = _decoded(await response.read())
        if response.status >= 400:
            kind = ConflictError if response.status == 409 else ApiError
            causes = (answer.get("details") or {}).get("causes") or []
            reasons = tuple(each.get("reason", "") for each in causes)
            raise kind(response.status, str(answer.get("message", answer)), reasons)
        return answer

    async def _send(
        self, method: str, path: str, query: list[tuple[str, str]], body: Manifest | None, limit: float
    ) -> aiohttp.ClientResponse:
        kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
        headers = {"Accept": "application/json", "Content-Type": kind}
        API_CALLS.labels(method).inc()
        method, url, headers, body, _ = await self._client.param_serialize(
            method, path, query_params=query, header_params=headers, body=body, auth_settings=["BearerToken"]
        )
        try:
            answer: Any = await self._client.call_api(
                method, url, header_params=headers, body=body, _request_timeout=limit
            )
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise ApiError(0, f"the API server does not answer: {error or type(error).__name__}") from error
        response: aiohttp.ClientResponse = answer.response
        return response


def _decoded(body: bytes) -> Manifest:
    """Return the document.

    If a proxy answered and not in JSON, that is its text in the form of the API server's errors.
    """
    try:
        document: Manifest = json.loads(body or b"{}")
    except ValueError:
        return {"message": body[:300].decode(errors="replace")}
    return document


def _path(api_version: str, kind: str, namespace: str, name: str = "") -> str:
    root = f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
    scope = f"/namespaces/{quote(namespace)}" if namespace else ""
    return f"{root}{scope}/{PLURALS[kind]}" + (f"/{quote(name)}" if name else "")
