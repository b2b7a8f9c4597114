"""A lease has one holder, whatever fails; the fake API server keeps the rule on resourceVersion."""

import asyncio
import copy
import functools
from typing import Any

import pytest
from aiohttp import ClientError

from wordcount_operator import leader
from wordcount_operator.leader import Lease, LeaseLostError

yield_ = functools.partial(asyncio.sleep, 0)


class ApiServer:
    """Holds one Lease; a write with an old resourceVersion is a conflict, as in Kubernetes."""

    def __init__(self) -> None:
        self.lease: dict[str, Any] | None = None
        self.down = False

    async def request(
        self, method: str, path: str, body: dict[str, Any] | None
    ) -> tuple[int, dict[str, Any]]:
        await yield_()  # lets another candidate in between read and write
        if self.down:
            raise ClientError("connection refused")
        if method == "GET":
            return (200, copy.deepcopy(self.lease)) if self.lease else (404, {})
        assert body is not None
        if method == "POST" and self.lease:
            return 409, {}
        if method == "PUT" and (not self.lease or body["metadata"] != self.lease["metadata"]):
            return 409, {}
        version = int(self.lease["metadata"]["resourceVersion"]) + 1 if self.lease else 1
        self.lease = copy.deepcopy(body)
        self.lease["metadata"]["resourceVersion"] = str(version)
        return 200, copy.deepcopy(self.lease)

    @property
    def holder(self) -> str:
        """Who holds the lease by the API server's word."""
        return str(self.lease["spec"]["holderIdentity"]) if self.lease else ""


class Clock:
    """Seconds that pass only when the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def server() -> ApiServer:
    """An API server without a lease."""
    return ApiServer()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock that jumps to the next moment at which somebody wants to wake."""
    clock, sleep, alarms = Clock(), asyncio.sleep, list[float]()

    async def pass_time(seconds: float) -> None:
        alarm = clock.now + seconds
        alarms.append(alarm)
        while True:
            for _ in range(20):  # lets all others go on until they sleep too
                await sleep(0)
            if alarm == min(alarms):
                clock.now = max(clock.now, alarm)
            if clock.now >= alarm:
                break
        alarms.remove(alarm)

    monkeypatch.setattr("asyncio.sleep", pass_time)
    return clock


def candidate(server: ApiServer, clock: Clock, name: str) -> Lease:
    """A replica named `name`."""
    return Lease(server.request, namespace="system", name="operator", identity=name, clock=clock)


async def test_of_many_candidates_exactly_one_wins(server: ApiServer, clock: Clock) -> None:
    """Ten begin at once; nine still wait when one has the lease."""
    candidates = [candidate(server, clock, f"r{n}") for n in range(10)]
    tries = [asyncio.create_task(one.acquire()) for one in candidates]
    await asyncio.wait(tries, return_when=asyncio.FIRST_COMPLETED)
    assert sum(one.won for one in candidates) == 1
    assert next(one for one in candidates if one.held())._identity == server.holder
    for task in tries:
        task.cancel()


async def test_a_released_lease_is_taken_at_the_next_attempt(server: ApiServer, clock: Clock) -> None:
    """A stop in order costs one retry, not the lease's duration."""
    first, second = candidate(server, clock, "a"), candidate(server, clock, "b")
    await first.acquire()
    await first.release()
    assert not first.held()
    before = clock.now
    await second.acquire()
    assert clock.now - before <= leader.RETRY
    assert server.holder == "b"


async def test_a_dead_holder_is_waited_for_by_our_own_clock(server: ApiServer, clock: Clock) -> None:
    """A stand-by takes the lease only after it saw no renewal for the lease's duration.

    A wrong renewTime changes nothing.
    """
    first, second = candidate(server, clock, "a"), candidate(server, clock, "b")
    await first.acquire()
    assert server.lease is not None
    server.lease["spec"]["renewTime"] = "1999-01-01T00:00:00.000000Z"
    before = clock.now
    await second.acquire()
    assert leader.DURATION < clock.now - before <= leader.DURATION + 2 * leader.RETRY
    assert not first.held(), "the dead one must have stopped trusting its lease before"


async def test_the_holder_renews_and_keeps_its_place(server: ApiServer, clock: Clock) -> None:
    """A stand-by that watches a live holder for a minute never gets the lease."""
    first, second = candidate(server, clock, "a"), candidate(server, clock, "b")
    await first.acquire()
    keeping, waiting = asyncio.create_task(first.keep()), asyncio.create_task(second.acquire())
    await asyncio.sleep(60)
    assert not keeping.done()
    assert not waiting.done()
    assert server.holder == "a"
    assert server.lease is not None
    assert server.lease["spec"]["leaseTransitions"] == 1
    keeping.cancel()
    waiting.cancel()


async def test_a_holder_that_cannot_renew_gives_up_before_others_may_take_over(
    server: ApiServer, clock: Clock
) -> None:
    """The process ends sooner after its last renewal than the lease expires."""
    first = candidate(server, clock, "a")
    await first.acquire()
    server.down, before = True, clock.now
    with pytest.raises(LeaseLostError, match="not renewed"):
        await first.keep()
    assert clock.now - before + leader.RETRY < leader.DURATION


async def test_a_process_that_was_frozen_knows_it_before_its_next_write(
    server: ApiServer, clock: Clock
) -> None:
    """held() is false at once after a pause, and keep() ends when another holds the lease."""
    first = candidate(server, clock, "a")
    await first.acquire()
    assert first.held()
    clock.now += leader.TRUST
    assert not first.held()
    await candidate(server, clock, "b").acquire()
    with pytest.raises(LeaseLostError, match="held by b"):
        await first.keep()


async def test_a_restarted_container_goes_on_at_once(server: ApiServer, clock: Clock) -> None:
    """The same pod name is the same candidate."""
    await candidate(server, clock, "a").acquire()
    before = clock.now
    await candidate(server, clock, "a").acquire()
    assert clock.now == before


async def test_an_api_server_that_is_down_is_waited_for(server: ApiServer, clock: Clock) -> None:
    """A refused connection ends nothing."""
    server.down = True
    one = candidate(server, clock, "a")
    waiting = asyncio.create_task(one.acquire())
    await asyncio.sleep(10)
    assert not waiting.done()
    assert one.answered is None
    server.down = False
    await waiting
    assert one.held()


def test_nobody_trusts_a_lease_longer_than_it_lasts() -> None:
    """The order of the four times is what keeps two from acting."""
    assert leader.RETRY < leader.DEADLINE < leader.TRUST < leader.DURATION
