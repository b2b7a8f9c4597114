"""The only part that talks to anything: answers looks and runs actions; never decides which."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from wordcount_operator.adapters.http import Http
from wordcount_operator.adapters.kube import Kube
from wordcount_operator.domain import Action, Ask, Call, Create, Delete, Get, ListAll, Look, Patch


@dataclass(frozen=True)
class Ports:
    """All connections of the operator."""

    kube: Kube
    http: Http

    async def look(self, looks: Iterable[Look]) -> dict[Look, Any]:
        """The answers to all looks, which run side by side; raises ApiError."""
        unique = list(dict.fromkeys(looks))
        return dict(zip(unique, await asyncio.gather(*map(self._look, unique)), strict=True))

    async def _look(self, look: Look) -> Any:
        match look:
            case Get(ref):
                return await self.kube.get(ref)
            case ListAll():
                return await self.kube.find(look)
            case Ask(url):
                return await self.http.ask(url)

    async def act(self, action: Action) -> None:
        """Runs one action; raises ApiError or CallRefused."""
        match action:
            case Create():
                await self.kube.create(action)
            case Patch():
                await self.kube.patch(action)
            case Delete():
                await self.kube.delete(action)
            case Call():
                self.kube.check()
                await self.http.call(action)
