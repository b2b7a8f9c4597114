"""What Kopf calls: all handlers of the operator.

Each resource has one loop (a Kopf daemon) that reconciles it again and again. Everything else only wakes the
loop.
"""

import asyncio
import contextlib
import logging
from collections import defaultdict
from typing import Any

import kopf
from aiohttp import ClientError

from wordcount_operator import metrics
from wordcount_operator.adapters import Adapters
from wordcount_operator.adapters.http import Http, RequestRejected
from wordcount_operator.adapters.kube import ApiError, ConflictError, Kube
from wordcount_operator.api import GROUP, PLURAL, VERSION
from wordcount_operator.model.objects import UID_LABEL
from wordcount_operator.model.plan import Plan
from wordcount_operator.model.reads import ListObjects
from wordcount_operator.reconciler import reconcile

log = logging.getLogger("wordcount_operator")
RETRY_AFTER = 1.0
"""Seconds before a reconcile that failed is repeated."""
_wakes: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
_locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)


@kopf.on.startup()
async def start(settings: kopf.OperatorSettings, memo: Any, **_: Any) -> None:
    """Connect, and start to watch the pods of all resources."""
    # Kopf warns about every loop that it ends when the operator ends.
    logging.getLogger("kopf.objects").setLevel(logging.ERROR)
    settings.posting.enabled = False
    settings.persistence.finalizer = f"{GROUP}/finalizer"
    settings.persistence.progress_storage = kopf.AnnotationsProgressStorage(prefix=GROUP)
    settings.persistence.diffbase_storage = kopf.AnnotationsDiffBaseStorage(prefix=GROUP)
    memo.adapters = Adapters(Kube(memo.api, memo.lease.held), Http())
    namespaces = memo.settings.namespaces or ("",)
    memo.watches = [asyncio.create_task(_watch_pods(memo, namespace)) for namespace in namespaces]


@kopf.on.cleanup()
async def stop(memo: Any, **_: Any) -> None:
    """Close the connections."""
    for watch in memo.watches:
        watch.cancel()
    await memo.adapters.http.close()


# Without a time-out Kopf cuts no reconcile short: a submit has to be over before anything else is decided.
@kopf.daemon(GROUP, VERSION, PLURAL, cancellation_backoff=3, cancellation_timeout=None)
async def run(
    stopped: kopf.DaemonStopped, uid: str, namespace: str | None, name: str, memo: Any, **_: Any
) -> None:
    """Reconcile one resource again and again, until it is deleted or the operator ends."""
    while not stopped:
        plan = await _reconcile(memo, uid, namespace or "", name)
        if plan is None:
            return
        await _wait(stopped, uid, plan.requeue_after)


@kopf.on.event(GROUP, VERSION, PLURAL)
async def changed(uid: str, meta: kopf.Meta, memo: Any, **_: Any) -> None:
    """Wake the loop when the resource was edited; the operator's own writes of the status do not count."""
    known = memo.setdefault("generation", None)
    memo.generation = meta.get("generation")
    if known != memo.generation:
        _wakes[uid].set()


@kopf.on.delete(GROUP, VERSION, PLURAL)
async def remove(uid: str, namespace: str | None, name: str, memo: Any, **_: Any) -> None:
    """Reconcile a resource that is being deleted until nothing of it is left.

    Then Kopf removes its finalizer.
    """
    _wakes[uid].set()
    for _attempt in range(30):
        plan = await _reconcile(memo, uid, namespace or "", name)
        if plan is None or plan.finished:
            _wakes.pop(uid, None)
            _locks.pop(uid, None)
            return
        await _sleep(uid, plan.requeue_after)
    raise kopf.TemporaryError("not all of it is gone yet", delay=1)


async def _reconcile(memo: Any, uid: str, namespace: str, name: str) -> Plan | None:
    """Reconcile once, with no other reconcile of the resource meanwhile.

    A failure is repeated after a pause.
    """
    fields = metrics.fields(namespace, name, action="Reconcile")
    while True:
        try:
            async with _locks[uid]:
                with metrics.timed_reconcile(namespace, name):
                    plan = await reconcile(memo.adapters, namespace, name, memo.settings.images)
        except ConflictError:
            continue  # somebody changed the resource since it was read: read it again at once
        except (ApiError, RequestRejected) as error:
            log.warning(
                "the reconcile of %s/%s failed and is repeated: %s", namespace, name, error, extra=fields
            )
        except Exception:
            log.exception("a bug ended the reconcile of %s/%s; it is repeated", namespace, name, extra=fields)
        else:
            metrics.observe(namespace, name, plan)
            return plan
        await asyncio.sleep(RETRY_AFTER)


async def _wait(stopped: kopf.DaemonStopped, uid: str, seconds: float) -> None:
    """Sleep until the next reconcile, or until the loop has to end."""

    async def stop_requested() -> None:
        await stopped.wait()

    ends = [asyncio.create_task(_sleep(uid, seconds)), asyncio.create_task(stop_requested())]
    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    for end in ends:
        end.cancel()


async def _sleep(uid: str, seconds: float) -> None:
    """Sleep, but not longer than until something wakes the resource."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(_wakes[uid].wait(), seconds)
    _wakes[uid].clear()


async def _watch_pods(memo: Any, namespace: str) -> None:
    """Wake a resource's loop when one of its pods changes; a watch that ends is started again."""
    pods = ListObjects("v1", "Pod", namespace, UID_LABEL)
    while True:
        try:
            async for pod in memo.adapters.kube.changes(pods):
                _wakes[pod["metadata"]["labels"][UID_LABEL]].set()
        except (ApiError, ClientError, OSError, TimeoutError) as error:
            log.warning("the watch of pods broke and is started again: %s", error)
            await asyncio.sleep(RETRY_AFTER)
        except Exception:
            log.exception("a bug ended the watch of pods; it is started again")
            await asyncio.sleep(RETRY_AFTER)
