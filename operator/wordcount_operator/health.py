"""Serves /healthz, /readyz and /metrics over HTTP; its caller decides what healthy means."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aiohttp import web
from aiohttp.typedefs import Handler
from prometheus_client.aiohttp import make_aiohttp_handler

Check = Callable[[], str]
"""Returns what is wrong in a few words, empty if nothing is."""


def application(alive: Check, ready: Check) -> web.Application:
    """Return the application with the three paths.

    A check that finds a problem answers 503 with it as the body.
    """
    app = web.Application(middlewares=[_close])
    app.router.add_get("/healthz", _probe(alive))
    app.router.add_get("/readyz", _probe(ready))
    app.router.add_get("/metrics", make_aiohttp_handler())
    return app


@asynccontextmanager
async def serve(port: int, alive: Check, ready: Check) -> AsyncIterator[None]:
    """Serve on all addresses of the pod while the context is open; raises OSError if the port is taken."""
    runner = web.AppRunner(application(alive, ready), access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    try:
        await web.TCPSite(runner, "0.0.0.0", port).start()  # noqa: S104 - the kubelet probes the pod's address
        yield
    finally:
        await runner.cleanup()


def _probe(check: Check) -> Handler:
    async def answer(_: web.Request) -> web.StreamResponse:
        problem = check()
        return web.Response(text=(problem or "ok") + "\n", status=503 if problem else 200)

    return answer


@web.middleware
async def _close(request: web.Request, handler: Handler) -> web.StreamResponse:
    response = await handler(request)
    # An idle kept-alive connection is a task, and Kopf waits seconds for every remaining task when it stops.
    response.force_close()
    return response
