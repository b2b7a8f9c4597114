"""Talks HTTP to the engines: answers reads and sends requests, without retries.

A Service of the tenant's may lead anywhere, so an answer is bounded and no redirect is followed.
"""

import asyncio
import json
from collections import defaultdict
from typing import Any

import aiohttp
from yarl import URL

from wordcount_operator.model.actions import HttpRequest
from wordcount_operator.model.reads import HttpReply

READ_TIMEOUT = aiohttp.ClientTimeout(total=5, connect=2)
"""A longer read would hold up the whole reconcile.

The next one reads again. A busy JobManager is not a dead one.
"""
SEND_TIMEOUT = aiohttp.ClientTimeout(total=60, sock_connect=2)
"""A Flink submit compiles the program before it answers, which took 34 s on a busy machine."""
QUEUE_TIMEOUT = 20
"""Seconds that a request waits for earlier ones.

Together with SEND_TIMEOUT it stays below SUBMIT_IN_FLIGHT of planning.
"""
MAX_REASON = 300
MAX_ANSWER = 2**20
"""Bytes of an answer. Flink's document of a job with a hundred tasks has some 100 KB."""
_ERRORS = (aiohttp.ClientError, TimeoutError, OSError)


class RequestRejected(Exception):
    """A request was refused, or nobody answered it (`status` 0); the text is one line for people."""

    def __init__(self, call: HttpRequest, status: int, reason: str) -> None:
        answer = f"answers {status}: {reason}" if status else f"does not answer: {reason}"
        super().__init__(f"{URL(call.url).authority} {answer}")
        self.status = status

    @property
    def final(self) -> bool:
        """Whether the same request would be refused again: the server answered and is not just busy."""
        return self.status >= 400 and self.status not in (404, 408, 429, 503)


class Http:
    """One pool of connections; to be created and closed inside a running event loop."""

    def __init__(self) -> None:
        # A compressed answer could be small on the wire and endless in memory.
        self._session = aiohttp.ClientSession(auto_decompress=False, headers={"Accept-Encoding": "identity"})
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()

    async def get(self, url: str) -> HttpReply:
        """Return the JSON document at that address, or its text if it is none.

        A network error is an answer too.
        """
        return await self._send("GET", url, None, READ_TIMEOUT)

    async def send(self, call: HttpRequest) -> None:
        """Send the request after all earlier ones to the same host and port; raises RequestRejected."""
        lock = self._locks[URL(call.url).authority]
        try:
            await asyncio.wait_for(lock.acquire(), QUEUE_TIMEOUT)
        except TimeoutError:
            raise RequestRejected(call, 0, "it is busy with earlier requests") from None
        try:
            reply = await self._send(call.method, call.url, dict(call.body), SEND_TIMEOUT)
        finally:
            lock.release()
        if reply.ok:
            return
        if call.already_done_url:
            known = await self.get(call.already_done_url)
            if known.ok:
                return
            if known.status == 0:  # whether it was done is not known, so the refusal is not final
                raise RequestRejected(call, 0, str(known.body))
        raise RequestRejected(call, reply.status, first_line(reply.body))

    async def _send(self, method: str, url: str, body: Any, limit: aiohttp.ClientTimeout) -> HttpReply:
        try:
            request = self._session.request(method, url, json=body, timeout=limit, allow_redirects=False)
            async with request as response:
                return await _reply(response)
        except _ERRORS as error:
            return HttpReply(0, str(error) or type(error).__name__)


async def _reply(response: aiohttp.ClientResponse) -> HttpReply:
    if 300 <= response.status < 400:
        return HttpReply(0, "it answers with a redirect, which no engine does")
    content = bytearray()
    async for chunk in response.content.iter_chunked(2**16):
        content += chunk
        if len(content) > MAX_ANSWER:
            return HttpReply(0, f"its answer has more than {MAX_ANSWER} bytes")
    return HttpReply(response.status, _decoded(content.decode(errors="replace")))


def _decoded(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def first_line(body: Any) -> str:
    """Return the first line of an error's body that has a meaning, at most `MAX_REASON` characters.

    Flink answers `{"errors": ["Internal server error.", "<Exception on server side:\\njava…: why\\n\\tat
    …"]}`.
    """
    errors = body.get("errors", body) if isinstance(body, dict) else body
    texts = errors if isinstance(errors, list) else [errors]
    lines = [line.strip() for text in texts for line in str(text).splitlines() if line.strip()]
    meaningful = [line for line in lines if not line.startswith(("Internal server error", "<", "at "))]
    ended = [line for line in lines if "exits with code" in line]
    return (ended or meaningful or lines or ["no reason given"])[0][:MAX_REASON]
