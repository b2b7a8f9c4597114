"""Runs the operator: waits for the lease, then runs Kopf on the replica that holds it."""

import asyncio
import logging
import os
import signal
import time
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

import kopf
from aiohttp import ClientError
from kubernetes.aio.client import ApiClient, Configuration
from kubernetes.aio.config import ConfigException, load_incluster_config, load_kube_config

from wordcount_operator import handlers, health, metrics
from wordcount_operator.api import GROUP, PLURAL, VERSION
from wordcount_operator.leader import RETRY, Lease, LeaseLostError, Request, requests_over
from wordcount_operator.settings import Settings

logger = logging.getLogger("wordcount_operator")
_REGISTERED = handlers  # importing it is what registers the handlers with Kopf
API_SERVER_SILENT_AFTER = 3 * RETRY  # seconds without an answer after which a stand-by is not ready
STOP_TIMEOUT = 5.0  # seconds that stopping may take


@dataclass(frozen=True)
class Process:
    """What the parts of this process share."""

    config: Settings
    api: ApiClient
    request: Request
    lease: Lease
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    leading: asyncio.Event = field(default_factory=asyncio.Event)

    def not_ready(self) -> str:
        """Return why this replica is not ready, empty if it is."""
        if self.lease.won:
            return (
                "" if self.leading.is_set() and self.lease.held() else "this replica is becoming the leader"
            )
        answered = self.lease.answered
        silent = answered is None or time.monotonic() - answered > API_SERVER_SILENT_AFTER
        return f"the API server does not answer, or does not serve {PLURAL}" if silent else ""


async def operate(config: Settings) -> int:
    """Wait for the CRD and the lease as a stand-by, then lead until stopped; release the lease at the end."""
    async with ApiClient(await _credentials()) as api:
        request = requests_over(api)
        lease = Lease(
            request, namespace=config.lease_namespace, name=config.lease_name, identity=config.identity
        )
        process = Process(config, api, request, lease)
        _on_signal(process.stop)
        async with health.serve(config.http_port, metrics.overdue, process.not_ready):
            try:
                if await _unless_stopped(process, _crd_served(request)) and await _unless_stopped(
                    process, lease.acquire()
                ):
                    await _lead(process)
            finally:
                await lease.release()
    return 0


def _on_signal(stop: asyncio.Event) -> None:
    """Set `stop` at SIGTERM or SIGINT; after STOP_TIMEOUT the process ends at once, and the lease expires."""
    loop = asyncio.get_running_loop()

    def begin() -> None:
        stop.set()
        loop.call_later(STOP_TIMEOUT, os._exit, 1)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, begin)


async def _credentials() -> Configuration:
    configuration = Configuration()
    try:
        load_incluster_config(configuration)
    except ConfigException:
        await load_kube_config(client_configuration=configuration)
    return configuration


async def _unless_stopped(process: Process, wait: Coroutine[Any, Any, None]) -> bool:
    """Wait, and return whether the wait ended before the signal to stop; raises what the wait raised."""
    tasks = [asyncio.create_task(wait), asyncio.create_task(process.stop.wait())]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    if tasks[0].done():
        tasks[0].result()
    return not process.stop.is_set()


async def _crd_served(request: Request) -> None:
    """Wait until the API server serves the resource, because Kopf asks for it only once, when it starts."""
    while True:
        try:
            status, _ = await request("GET", f"/apis/{GROUP}/{VERSION}", None)
        except (ClientError, OSError, TimeoutError, ValueError) as problem:
            logger.warning("the API server did not answer: %r", problem)
        else:
            if status == 200:
                return
            logger.warning("the API server does not serve %s (%d): install the CRD", PLURAL, status)
        await asyncio.sleep(1)


async def _lead(process: Process) -> None:
    config = process.config
    logger.info("%s holds lease %s and is the leader", config.identity, config.lease_name)
    metrics.LEADER.set(1)
    # Created before Kopf starts, because Kopf ends every task that is younger than itself when it stops.
    renewal = asyncio.create_task(_keep(process.lease))
    older = asyncio.all_tasks()
    try:
        tasks = await kopf.spawn_tasks(
            standalone=True,
            clusterwide=not config.namespaces,
            namespaces=config.namespaces,
            settings=_kopf_settings(),
            memo=kopf.Memo(settings=config, api=process.api, lease=process.lease),
            stop_flag=process.stop,
            ready_flag=process.leading,
        )
        # Kopf has set its own signal handlers; stopped by them it would wait five seconds for its own watch
        # of `stop`.
        _on_signal(process.stop)
        await kopf.run_tasks(tasks, ignored=older)
    finally:
        renewal.cancel()
        metrics.LEADER.set(0)


async def _keep(lease: Lease) -> None:
    """Renew the lease, and end the process at once when that fails."""
    try:
        await lease.keep()
    except Exception as loss:
        # A bug counts as a loss too: nobody renews any more. Cancelling would let handlers finish what they
        # are doing, and another replica may be the leader at this moment.
        logger.critical("%s: this process ends at once", loss, exc_info=not isinstance(loss, LeaseLostError))
        logging.shutdown()
        os._exit(1)


def _kopf_settings() -> kopf.OperatorSettings:
    configured = kopf.OperatorSettings()
    configured.posting.enabled = False
    configured.scanning.disabled = True
    return configured
