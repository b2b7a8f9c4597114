"""`python -m wordcount_operator`: logging, health, lease, then Kopf on the replica that holds it; never a decision about a resource."""

import asyncio
import logging
import os
import signal
import sys
import time

import kopf
from kubernetes.aio.client import ApiClient, Configuration
from kubernetes.aio.config import ConfigException, load_incluster_config, load_kube_config

from wordcount_operator import handlers, health, settings, telemetry
from wordcount_operator.leader import RETRY, Lease, LeaseLostError, over
from wordcount_operator.settings import SettingError, Settings

logger = logging.getLogger("wordcount_operator")
_REGISTERED = handlers  # importing it is what registers the handlers with Kopf
SILENCE = 3 * RETRY  # seconds without an answer from the API server after which a stand-by is not ready
EXIT = 5.0  # seconds that Kopf may take to stop before it is killed


def main() -> int:
    """Runs until SIGTERM; 0 after a clean stop, 1 after a failure, 2 for a wrong environment."""
    try:
        config = settings.from_environ()
    except SettingError as problem:
        print(f"wordcount_operator: {problem}", file=sys.stderr)
        return 2
    kopf.configure(
        debug=config.log_level == "debug",
        quiet=config.log_level == "warning",
        log_format=kopf.LogFormat.JSON if config.log_format == "json" else kopf.LogFormat.FULL,
    )
    try:
        return asyncio.run(operate(config))
    except ConfigException as problem:
        logger.error("no way to the API server: %s", problem)
        return 2
    except Exception:
        logger.exception("the operator failed and ends")
        return 1


async def operate(config: Settings) -> int:
    """Waits for the lease as a stand-by, then leads until stopped; gives the lease back at the end."""
    stop, leading = asyncio.Event(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with ApiClient(await _credentials()) as api:
        lease = Lease(
            over(api), namespace=config.lease_namespace, name=config.lease_name, identity=config.identity
        )

        def alive() -> str:
            return telemetry.overdue()

        def ready() -> str:
            if lease.won:
                return "" if leading.is_set() and lease.held() else "leading begins"
            quiet = lease.answered is None or time.monotonic() - lease.answered > SILENCE
            return "the API server does not answer" if quiet else ""

        async with health.serve(config.http_port, alive, ready):
            if await _won(lease, stop):
                await _lead(config, api, lease, stop, leading)
    return 0


async def _credentials() -> Configuration:
    configuration = Configuration()
    try:
        load_incluster_config(configuration)
    except ConfigException:
        await load_kube_config(client_configuration=configuration)
    return configuration


async def _won(lease: Lease, stop: asyncio.Event) -> bool:
    """Whether the lease came before the signal to stop."""
    waits = [asyncio.create_task(lease.acquire()), asyncio.create_task(stop.wait())]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()
    return lease.won


async def _lead(
    config: Settings, api: ApiClient, lease: Lease, stop: asyncio.Event, leading: asyncio.Event
) -> None:
    logger.info("%s holds lease %s and acts", config.identity, config.lease_name)
    telemetry.LEADER.set(1)
    # Made before Kopf starts, because Kopf ends every task that is younger than itself when it stops.
    keeping = asyncio.create_task(_keep(lease))
    try:
        await kopf.operator(
            standalone=True,
            clusterwide=not config.namespaces,
            namespaces=config.namespaces,
            settings=_kopf_settings(),
            memo=kopf.Memo(settings=config, api=api, lease=lease),
            stop_flag=stop,
            ready_flag=leading,
        )
    finally:
        keeping.cancel()
        await lease.release()
        telemetry.LEADER.set(0)


async def _keep(lease: Lease) -> None:
    try:
        await lease.keep()
    except LeaseLostError as loss:
        # Cancelling would let handlers finish what they are doing; another replica may act at this moment.
        logger.critical("%s: this process ends at once", loss)
        logging.shutdown()
        os._exit(1)


def _kopf_settings() -> kopf.OperatorSettings:
    mine = kopf.OperatorSettings()
    mine.posting.enabled = False
    mine.scanning.disabled = True
    mine.process.ultimate_exiting_timeout = EXIT
    return mine


if __name__ == "__main__":
    sys.exit(main())
