"""The operator is killed before and after every step of every action, on a real API server.

Spark's driver is a pod that the tests patch, and its progress page the few lines of `Driver`; Flink's
JobManager is the fake of `tests/support/jobmanager.py`.
"""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import ClientTimeout
from kubernetes.aio.client import ApiClient
from yarl import URL

from tests.support.builders import IMAGES, raw_resource
from tests.support.jobmanager import JobManager
from wordcount_operator.adapters import Adapters
from wordcount_operator.adapters.http import Http
from wordcount_operator.adapters.kube import Kube
from wordcount_operator.model.actions import Action, Create, Delete, Patch
from wordcount_operator.model.objects import Manifest, Ref
from wordcount_operator.model.plan import Plan
from wordcount_operator.model.reads import HttpReply, ListObjects
from wordcount_operator.planning import attempts
from wordcount_operator.reconciler import reconcile

AT_ONCE = {"backoff": {"initial": "1ms", "max": "1ms"}}
DRIVER = "bible-driver"
EDITED = '"parallelism": 3'
"""What shows a driver whose spec was edited."""
AT_A_TIME = 4
"""Scenarios side by side, each in a namespace of its own: they wait for the API server most of the time."""
_numbers = itertools.count()


class KilledError(BaseException):
    """The operator dies here, as by SIGKILL: nothing of it runs any more."""


class Death:
    """Counts the steps (status writes and actions) and kills the operator before or after one of them."""

    def __init__(self, at: int = -1, after: bool = False) -> None:
        self.at, self.after, self.steps = at, after, 0

    async def step(self, act: Coroutine[Any, Any, None]) -> None:
        """Runs the act, unless the operator dies before it."""
        number, self.steps = self.steps, self.steps + 1
        if number == self.at and not self.after:
            act.close()
            raise KilledError
        await act
        if number == self.at:
            raise KilledError


class MortalKube(Kube):
    """The real API server; writing a status is a step."""

    def __init__(self, client: ApiClient, death: Death) -> None:
        super().__init__(client)
        self.death = death

    async def write_status(self, namespace: str, name: str, resource_version: str, status: Manifest) -> None:
        """Writes the status as one step."""
        await self.death.step(super().write_status(namespace, name, resource_version, status))


class MortalAdapters(Adapters):
    """The real adapters; an action is a step."""

    async def apply(self, action: Action) -> None:
        """Runs the action as one step."""
        assert isinstance(self.kube, MortalKube)
        await self.kube.death.step(super().apply(action))


class Driver:
    """What a Spark driver reports of itself, as `wordcount_jobs/spark/progress.py` writes it."""

    def __init__(self) -> None:
        self.batches = True
        """Whether it finishes its micro-batches."""

    def answer(self) -> HttpReply:
        """The progress page, which is there as soon as the first batch is finished."""
        if not self.batches:
            return HttpReply(503, None)
        now = datetime.now(UTC).isoformat()
        return HttpReply(
            200, {"lines": 1, "words": 3, "distinctWords": 2, "batch": 1, "at": now, "beat": now}
        )


class StandIn(Http):
    """HTTP that ends at the stand-ins for the JobManager and the driver, and at nobody for anything else."""

    def __init__(self, flink: JobManager, driver: Driver) -> None:
        super().__init__()
        self.flink, self.driver = flink, driver

    async def _send(self, method: str, url: str, body: Any, limit: ClientTimeout) -> HttpReply:
        found = URL(url)
        if (found.host or "").startswith("flink-"):
            return self.flink.answer(method, found.path_qs, body)
        return self.driver.answer() if found.path == "/progress" else HttpReply(0, "nobody answers")


class Stage:
    """One namespace with one resource in it, and all writers (drivers, jobs) that ever were."""

    def __init__(self, client: ApiClient, namespace: str, engine: str) -> None:
        self.client, self.namespace, self.kube, self.engine = client, namespace, Kube(client), engine
        self.flink, self.driver = JobManager(), Driver()
        self.stuck = False
        """Whether the edited spec makes no progress on Spark."""
        self.writers: set[str] = set()
        self.now: set[str] = set()
        self.most_at_once = 0

    async def converge(self, death: Death) -> Plan | None:
        """Let an operator reconcile until it has nothing to do; if it dies, the next one goes on."""
        http, plan = StandIn(self.flink, self.driver), None
        try:
            for _ in range(20):
                try:
                    adapters = MortalAdapters(MortalKube(self.client, death), http)
                    plan = await reconcile(adapters, self.namespace, "bible", IMAGES)
                except KilledError:
                    death = Death()
                    continue
                finally:
                    await self.count()
                    await self.controllers()
                if (
                    plan is None
                    or plan.finished
                    or (not plan.actions and plan.requeue_after > 0.4 and self.rests(plan))
                ):
                    return plan
        finally:
            await http.close()
        raise AssertionError(f"it never came to rest: {plan}")

    @staticmethod
    def rests(plan: Plan) -> bool:
        """Whether the plan waits for the engine or a person, and not for the operator itself."""
        attempt = plan.status.attempt
        return plan.status.phase == "Suspended" or (attempt is not None and attempt.intent == "Running")

    async def count(self) -> None:
        """Looks who writes now."""
        pods = await self.kube.list_objects(ListObjects("v1", "Pod", self.namespace))
        self.now = {pod["metadata"]["uid"] for pod in pods} | set(self.flink.running)
        self.writers |= self.now
        self.most_at_once = max(self.most_at_once, len(self.now), self.flink.most_at_once)

    async def controllers(self) -> None:
        """Plays the controllers of Kubernetes and the kubelet: a Deployment has its pod, and a driver's pod
        runs.
        """
        for pod in await self.kube.list_objects(ListObjects("v1", "Pod", self.namespace)):
            if pod["metadata"]["name"] == DRIVER and pod["status"]["phase"] == "Pending":
                await self.driver_is("Running")
                self.driver.batches = not (self.stuck and EDITED in str(pod))
        for found in await self.kube.list_objects(ListObjects("apps/v1", "Deployment", self.namespace)):
            if not found.get("status", {}).get("readyReplicas"):
                name = found["metadata"]["name"]
                path = f"/apis/apps/v1/namespaces/{self.namespace}/deployments/{name}/status"
                counts = {"replicas": 1, "updatedReplicas": 1, "readyReplicas": 1, "availableReplicas": 1}
                status = {"observedGeneration": found["metadata"]["generation"], **counts}
                await self.kube._request("PATCH", path, body={"status": status})

    async def edit(self, **spec: Any) -> None:
        """Plays a person."""
        changed = raw_resource(self.engine, **spec)
        await self.kube.patch(
            Patch({**changed, "metadata": {"name": "bible", "namespace": self.namespace}}, "test")
        )

    async def run_fails(self) -> None:
        """Plays the kubelet, or Flink."""
        self.flink.fail()
        if self.engine == "flink":
            return
        await self.driver_is("Failed")

    async def driver_is(self, phase: str) -> None:
        """Writes the phase of the driver's pod."""
        path = f"/api/v1/namespaces/{self.namespace}/pods/{DRIVER}/status"
        await self.kube._request("PATCH", path, body={"status": {"phase": phase}})

    async def leave(self) -> None:
        """Removes the resource, which the operators of other tests would look after."""
        ref = Ref("streaming.wordcount.dev/v1alpha1", "StreamingWordCount", self.namespace, "bible")
        await self.kube.delete(Delete(ref, "test"))
        if await self.kube.get(ref):
            free = {"apiVersion": ref.api_version, "kind": ref.kind}
            meta = {"name": "bible", "namespace": self.namespace, "finalizers": None}
            await self.kube.patch(Patch({**free, "metadata": meta}, "test"))

    async def deleted(self) -> None:
        """Plays a person, and Kopf that holds the resource by its finalizer."""
        ref = Ref("streaming.wordcount.dev/v1alpha1", "StreamingWordCount", self.namespace, "bible")
        held = {
            **raw_resource(self.engine),
            "metadata": {"name": "bible", "namespace": self.namespace, "finalizers": ["test/held"]},
        }
        await self.kube.patch(Patch(held, "test"))
        await self.kube.delete(Delete(ref, "test"))


async def nothing(_: Stage) -> None:
    """The act is the resource's making itself."""


async def fails(stage: Stage) -> None:
    """The driver dies, or the job fails for good."""
    await stage.converge(Death())
    await stage.run_fails()


async def suspended(stage: Stage) -> None:
    """A person suspends it."""
    await stage.converge(Death())
    await stage.edit(suspend=True, restart=AT_ONCE)


async def resumed(stage: Stage) -> None:
    """A person resumes it."""
    await suspended(stage)
    await stage.converge(Death())
    await stage.edit(suspend=False, restart=AT_ONCE)


async def edited(stage: Stage) -> None:
    """A person asks for other executors."""
    await stage.converge(Death())
    await stage.edit(parallelism=3, restart=AT_ONCE)


async def last_state(stage: Stage) -> None:
    """A person edits, and wants no clean stop."""
    await stage.converge(Death())
    await stage.edit(parallelism=3, restart=AT_ONCE, upgrade={"mode": "lastState"})


async def rolled_back(stage: Stage) -> None:
    """A person edits, and nothing comes of it by the deadline."""
    await stage.converge(Death())
    stage.stuck, stage.flink.checkpoints = True, False
    await stage.edit(parallelism=3, restart=AT_ONCE, upgrade={"progressDeadline": "1ms"})


async def removed(stage: Stage) -> None:
    """A person deletes it."""
    await stage.converge(Death())
    await stage.deleted()


# What happens, how many writers there were at the end in all and are now, and the phase then.
Act = tuple[Callable[[Stage], Awaitable[None]], tuple[int, ...], int, str]
ACTS: dict[str, Act] = {
    "create": (nothing, (1,), 1, "Running"),
    "restart": (fails, (2,), 1, "Running"),
    "suspend": (suspended, (1,), 0, "Suspended"),
    "resume": (resumed, (2,), 1, "Running"),
    "edit": (edited, (2,), 1, "Running"),
    "last state": (last_state, (2,), 1, "Running"),
    # Killed early enough, the deadline is over before the failing run ever started.
    "roll back": (rolled_back, (2, 3), 1, "RolledBack"),
    "delete": (removed, (1,), 0, "Deleting"),
}


async def stage(client: ApiClient, engine: str) -> Stage:
    """A fresh namespace with one resource."""
    name = f"passes-{next(_numbers)}"
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    kube = Kube(client)
    await kube._request("POST", "/api/v1/namespaces", body=namespace)
    asked = raw_resource(engine, restart=AT_ONCE)
    await kube.create(Create({**asked, "metadata": {"name": "bible", "namespace": name}}, "test"))
    return Stage(client, name, engine)


@pytest.mark.parametrize("engine", ["spark", "flink"])
@pytest.mark.parametrize("act", ACTS)
async def test_killed_before_or_after_any_step_the_next_operator_finishes_and_one_writes(
    engine: str, act: str, client: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever step the operator dies at, the next one converges, and never are there two drivers or two jobs
    at once.
    """
    monkeypatch.setattr(attempts, "SUBMIT_IN_FLIGHT", 0.0)  # the fake has done at once what it was asked
    happens, ever, now, phase = ACTS[act]
    whole = Death()
    first = await stage(client, engine)
    await happens(first)
    await first.converge(whole)
    await first.leave()
    assert whole.steps > 1
    some = asyncio.Semaphore(AT_A_TIME)

    async def killed(at: int, after: bool) -> None:
        async with some:
            here = await stage(client, engine)
            await happens(here)
            plan = await here.converge(Death(at, after))
            where = f"{act}, killed {'after' if after else 'before'} step {at} of {whole.steps}"
            assert here.most_at_once == 1, where
            assert len(here.writers) in ever, where
            assert len(here.now) == now, where
            assert plan is not None, where
            assert plan.status.phase == phase, where
            await here.leave()

    await asyncio.gather(*(killed(*each) for each in itertools.product(range(whole.steps), (False, True))))


async def test_a_namespace_that_goes_lets_its_resources_go(client: ApiClient) -> None:
    """No pod can be made there any more, so none is waited for: the state is left in its bucket, and the
    finalizer goes.
    """
    here = await stage(client, "spark")
    bucket = {"storage": {"s3": {"uri": "s3a://bucket/state", "credentialsSecret": "s3"}}}
    stateless = {"mode": "stateless"}
    await here.edit(suspend=True, checkpoint={"onDelete": "Delete", **bucket}, upgrade=stateless)
    await here.deleted()
    await here.kube._request("DELETE", f"/api/v1/namespaces/{here.namespace}")
    plan = await here.converge(Death())
    assert plan is not None
    assert plan.finished
    await here.leave()
