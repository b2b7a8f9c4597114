"""Elects the leader among the replicas by a coordination.k8s.io Lease.

Two replicas never lead at once, not even if a process was frozen and continues.

The client library's own election is not used: its requests have no time-out, it writes local time as UTC, it
ends at the first refused connection, and it does not release the lease on a stop.
"""

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from aiohttp import ClientError

DURATION = 15.0  # seconds after which a stand-by may take a lease that nobody renews
TRUST = 12.0  # seconds after a renewal in which this process believes that it holds the lease; below DURATION
DEADLINE = 10.0  # seconds without a renewal after which the holder gives up and ends
RETRY = 2.0  # seconds between attempts
LEASE_REQUEST_TIMEOUT = (
    4.0  # seconds that one request may take; two fit into DEADLINE, so one slow answer costs nobody the lease
)

Json = dict[str, Any]
Request = Callable[[str, str, Json | None], Awaitable[tuple[int, Json]]]
logger = logging.getLogger(__name__)


class LeaseLostError(Exception):
    """Another replica may be the leader from now on: the process must end without another write."""


def requests_over(api: Any) -> Request:
    """Return a `Request` over an ApiClient: it sends JSON and returns the status code and JSON.

    It raises ClientError, OSError or TimeoutError.
    """

    async def request(method: str, path: str, body: Json | None) -> tuple[int, Json]:
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        prepared = await api.param_serialize(
            method, path, header_params=headers, body=body, auth_settings=["BearerToken"]
        )
        method, url, headers, body, _ = prepared
        async with asyncio.timeout(LEASE_REQUEST_TIMEOUT):
            response = await api.call_api(method, url, header_params=headers, body=body)
            return response.status, json.loads(await response.read())

    return request


class Lease:
    """One candidate for one Lease."""

    def __init__(
        self,
        request: Request,
        *,
        namespace: str,
        name: str,
        identity: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._request = request
        self._folder = f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases"
        self._name, self._identity, self._clock = name, identity, clock
        self._renewed: float | None = None
        self._last_record: tuple[object, float] = (None, 0.0)
        self.answered: float | None = None
        """When the API server last answered, in the clock's seconds."""

    @property
    def won(self) -> bool:
        """Whether this candidate has taken the lease, however long ago."""
        return self._renewed is not None

    def held(self) -> bool:
        """Return whether this process may write now; to be called before every write."""
        return self._renewed is not None and self._clock() - self._renewed < TRUST

    async def acquire(self) -> None:
        """Wait as long as it takes until this process holds the lease."""
        while not await self._attempt():  # noqa: ASYNC110 - what is waited for happens in the API server
            await asyncio.sleep(RETRY)

    async def keep(self) -> None:
        """Renew the lease for ever.

        It raises LeaseLostError if that failed for DEADLINE seconds or another replica took it.
        """
        while True:
            await asyncio.sleep(RETRY)
            if not await self._attempt() and self._overdue():
                raise LeaseLostError(f"lease {self._name} was not renewed for {DEADLINE:.0f} s")

    async def release(self) -> None:
        """Release the lease, so that a stand-by takes over at its next attempt; a failure is ignored."""
        if self.held():
            with suppress(LeaseLostError):
                await self._attempt(holder="")
        self._renewed = None

    def _overdue(self) -> bool:
        return self._renewed is not None and self._clock() - self._renewed > DEADLINE

    async def _attempt(self, holder: str | None = None) -> bool:
        try:
            return await self._take(self._identity if holder is None else holder)
        except (ClientError, OSError, TimeoutError, ValueError) as problem:
            logger.warning("lease %s: the API server did not answer: %r", self._name, problem)
            return False

    async def _take(self, holder: str) -> bool:
        began = self._clock()
        status, lease = await self._request("GET", f"{self._folder}/{self._name}", None)
        self.answered = self._clock()
        if status == 404:
            new = {
                "apiVersion": "coordination.k8s.io/v1",
                "kind": "Lease",
                "metadata": {"name": self._name},
                "spec": _spec({}, holder),
            }
            status, _ = await self._request("POST", self._folder, new)
        elif status == 200 and self._free(lease.setdefault("spec", {})):
            lease["spec"] = _spec(lease["spec"], holder)
            # It carries the resourceVersion that was read: of two candidates the API server refuses one.
            status, _ = await self._request("PUT", f"{self._folder}/{self._name}", lease)
        elif status == 200:
            return False
        if status not in (200, 201):
            logger.warning("lease %s: the API server answered %d", self._name, status)
            return False
        self._renewed = began
        return True

    def _free(self, spec: Json) -> bool:
        """Return whether the lease may be taken: ours, released, or expired by *our* clock."""
        holder = spec.get("holderIdentity")
        if self.won and holder != self._identity:
            raise LeaseLostError(f"lease {self._name} is held by {holder or 'nobody'}")
        record = (holder, spec.get("renewTime"))
        if record != self._last_record[0]:
            self._last_record = (record, self._clock())
        unchanged = self._clock() - self._last_record[1]
        return holder in ("", None, self._identity) or unchanged > spec.get("leaseDurationSeconds", DURATION)


def _spec(old: Json, holder: str) -> Json:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    moved = old.get("holderIdentity") != holder
    return {
        "holderIdentity": holder,
        "leaseDurationSeconds": int(DURATION) if holder else 1,
        "acquireTime": now if moved else old.get("acquireTime", now),
        "renewTime": now,
        "leaseTransitions": old.get("leaseTransitions", 0) + int(moved and bool(holder)),
    }
