"""The only part that talks to anything: it answers reads and carries out actions."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from wordcount_operator.adapters.http import Http
from wordcount_operator.adapters.kube import Kube
from wordcount_operator.model.actions import Action, Create, Delete, HttpRequest, Patch
from wordcount_operator.model.reads import GetObject, HttpGet, ListObjects, Read


@dataclass(frozen=True)
class Adapters:
    """All connections of the operator."""

    kube: Kube
    http: Http

    async def read(self, reads: Iterable[Read]) -> dict[Read, Any]:
        """Return the answers to all reads, which run side by side; raises ApiError."""
        unique = list(dict.fromkeys(reads))
        return dict(zip(unique, await asyncio.gather(*map(self._read, unique)), strict=True))

    async def _read(self, read: Read) -> Any:
        match read:
            case GetObject(ref):
                return await self.kube.get(ref)
            case ListObjects():
                return await self.kube.list_objects(read)
            case HttpGet(url):
                return await self.http.get(url)

    async def apply(self, action: Action) -> None:
        """Carry out one action; raises ApiError or RequestRejected."""
        match action:
            case Create():
                await self.kube.create(action)
            case Patch():
                await self.kube.patch(action)
            case Delete():
                await self.kube.delete(action)
            case HttpRequest():
                self.kube.require_lease()
                await self.http.send(action)
