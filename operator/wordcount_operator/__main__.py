"""`python -m wordcount_operator`: logging, health, lease, then Kopf on the replica that holds it; never a decision about a resource."""

import asyncio
import logging
import os
import signal
import sys
import time
from collections.abc import Coroutine
from typing import Any

import kopf
from aiohttp import ClientError
from kubernetes.aio.client import ApiClient, Configuration
from kubernetes.aio.config import ConfigException, load_incluster_config, load_kube_config

from wordcount_operator import handlers, health, metrics, settings
from wordcount_operator.api import GROUP, PLURAL, VERSION
from wordcount_operator.leader import RETRY, Lease, LeaseLostError, Request, requests_over
from wordcount_operator.settings import SettingError, Settings

logger = logging.getLogger("wordcount_operator")
_REGISTERED = handlers  # importing it is what registers the handlers with Kopf
SILENCE = 3 * RETRY  # seconds without an answer from the API server after which a stand-by is not ready
EXIT = 5.0  # seconds that stopping may take


def main() -> int:
    """Runs until SIGTERM; 0 after a clean stop, 1 after a failure, 2 for a wrong environment."""
    try:
        config = settings.from_environ()
    except SettingError as problem:
        print(f"wordcount_operator: {problem}", file=sys.stderr)
        return 2
    log_as(config)
    try:
        return asyncio.run(operate(config))
    except ConfigException as problem:
        logger.error("no way to the API server: %s", problem)
        return 2
    except Exception:
        logger.exception("the operator failed and ends")
        return 1


def log_as(config: Settings) -> None:
    """Kopf's own logging, as asked; in JSON its lines about a resource name it as ours do."""
    kopf.configure(
        debug=config.log_level == "debug",
        quiet=config.log_level == "warning",
        log_format=kopf.LogFormat.JSON if config.log_format == "json" else kopf.LogFormat.FULL,
    )
    for handler in logging.getLogger().handlers:
        handler.addFilter(_name_the_resource)


def _name_the_resource(record: logging.LogRecord) -> bool:
    ref: dict[str, str] | None = getattr(record, "k8s_ref", None)
    if ref:
        vars(record).update(metrics.fields(ref["namespace"], ref["name"]))
    return True


async def operate(config: Settings) -> int:
    """Waits for the CRD and the lease as a stand-by, then leads until stopped; gives the lease back at the end."""
    stop, leading = asyncio.Event(), asyncio.Event()
    _on_signal(stop)
    async with ApiClient(await _credentials()) as api:
        request = requests_over(api)
        lease = Lease(
            request, namespace=config.lease_namespace, name=config.lease_name, identity=config.identity
        )

        def ready() -> str:
            if lease.won:
                return "" if leading.is_set() and lease.held() else "leading begins"
            quiet = lease.answered is None or time.monotonic() - lease.answered > SILENCE
            return f"the API server does not answer, or does not serve {PLURAL}" if quiet else ""

        async with health.serve(config.http_port, metrics.overdue, ready):
            try:
                if await _before(stop, _served(request)) and await _before(stop, lease.acquire()):
                    await _lead(config, api, lease, stop, leading)
            finally:
                await lease.release()
    return 0


def _on_signal(stop: asyncio.Event) -> None:
    """Sets `stop` at SIGTERM or SIGINT; what has not ended EXIT seconds later is cut off, and the lease expires."""
    loop = asyncio.get_running_loop()

    def begin() -> None:
        stop.set()
        loop.call_later(EXIT, os._exit, 1)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, begin)


async def _credentials() -> Configuration:
    configuration = Configuration()
    try:
        load_incluster_config(configuration)
    except ConfigException:
        await load_kube_config(client_configuration=configuration)
    return configuration


async def _before(stop: asyncio.Event, wait: Coroutine[Any, Any, None]) -> bool:
    """Whether what is waited for came before the signal to stop; raises what it raised."""
    waits = [asyncio.create_task(wait), asyncio.create_task(stop.wait())]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for one in waits:
        one.cancel()
    if waits[0].done():
        waits[0].result()
    return not stop.is_set()


async def _served(request: Request) -> None:
    """Waits until the API server serves the resource: Kopf looks once, when it starts, and never again."""
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


async def _lead(
    config: Settings, api: ApiClient, lease: Lease, stop: asyncio.Event, leading: asyncio.Event
) -> None:
    logger.info("%s holds lease %s and acts", config.identity, config.lease_name)
    metrics.LEADER.set(1)
    # Made before Kopf starts, because Kopf ends every task that is younger than itself when it stops.
    keeping = asyncio.create_task(_keep(lease))
    before = asyncio.all_tasks()
    try:
        tasks = await kopf.spawn_tasks(
            standalone=True,
            clusterwide=not config.namespaces,
            namespaces=config.namespaces,
            settings=_kopf_settings(),
            memo=kopf.Memo(settings=config, api=api, lease=lease),
            stop_flag=stop,
            ready_flag=leading,
        )
        # Kopf has put its own handlers; stopped by them it would wait five seconds for its own watch of `stop`.
        _on_signal(stop)
        await kopf.run_tasks(tasks, ignored=before)
    finally:
        keeping.cancel()
        metrics.LEADER.set(0)


async def _keep(lease: Lease) -> None:
    try:
        await lease.keep()
    except Exception as loss:
        # A bug counts as a loss too: nobody renews any more. Cancelling would let handlers finish what they are
        # doing, and another replica may act at this moment.
        logger.critical("%s: this process ends at once", loss, exc_info=not isinstance(loss, LeaseLostError))
        logging.shutdown()
        os._exit(1)


def _kopf_settings() -> kopf.OperatorSettings:
    mine = kopf.OperatorSettings()
    mine.posting.enabled = False
    mine.scanning.disabled = True
    return mine


if __name__ == "__main__":
    sys.exit(main())
