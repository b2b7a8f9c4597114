"""Each cause of a failure on a real cluster: named with its remedy, then recovered from.

It has resources in a session and on a volume of its own: nothing here may disturb the pair, which other tests
use.
"""

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.conditions import wait_for_cause
from tools.cluster.paths import VAR
from tools.testbed import ENGINES, expected_counts
from tools.testbed.kube import SWC, Object, Refused, Space, kubectl, until
from tools.testbed.pair import TOPIC, Pair, resource
from tools.testbed.topic import Counts
from wordcount_core import tokenizer
from wordcount_core.options import Text
from wordcount_core.top_words import Top

CLAIM = "causes"
FOLDER = VAR / CLAIM
"""Below a folder of the cluster, so that `make cluster-down` unmounts it whatever happens here."""
EPOCH = datetime.fromtimestamp(0, UTC)
RATE = {"linesPerSecond": 10, "vocabulary": 100, "seed": 7}


def spec(engine: str, **other: Any) -> Object:
    """What all resources of this file share, so that those on Flink share a session: /tmp in memory is what
    runs over.
    """
    in_memory = {"spec": {"volumes": [{"name": "scratch", "emptyDir": {"medium": "Memory"}}]}}
    # Flink waits longer after each failure, and the causes here come quickly one after another.
    conf = {"restart-strategy.exponential-delay.max-backoff": "2s"} if engine == "flink" else {}
    return {
        "checkpoint": {"interval": "2s", "storage": {"volume": {"claimName": CLAIM}}},
        "restart": {"backoff": {"initial": "3s", "factor": 1}},
        "resources": {"driver": {"cpu": "50m"}, "worker": {"cpu": "100m"}},
        "parallelism": 1,
        engine: {"podTemplate": in_memory, "conf": conf},
        **other,
    }


def host(location: str) -> Path:
    """Where this machine has a place of the state volume."""
    return FOLDER / location.removeprefix("file:").lstrip("/").removeprefix("data/")


@dataclass
class Counting:
    """A resource that counts made-up lines: line n follows from n, so what it shows is right or wrong at any
    time.
    """

    space: Space
    engine: str
    kept: int = 0
    """Count of the most frequent word that a finished checkpoint held when it was last read."""
    looked: datetime = EPOCH

    @property
    def name(self) -> str:
        """A name of its own."""
        return f"cause-{self.engine}"

    @property
    def manifest(self) -> Object:
        """The whole resource."""
        source, sink = {"rate": RATE}, {"console": {"topN": 5}}
        return resource(self.name, self.engine, **spec(self.engine, source=source, sink=sink))

    @property
    def pod(self) -> str:
        """The pod that counts: Spark's driver, Flink's only TaskManager."""
        if self.engine == "spark":
            return f"{self.name}-driver"
        session = self.space.status(self.name)["session"]
        return self.space.names("pods", f"app={session},component=taskmanager")[-1]

    def wait_for_cause(self, reason: str, *words: str, kind: str = "Ready") -> None:
        """Wait until a condition names the cause."""
        wait_for_cause(self.space, self.name, reason, *words, kind=kind)

    def settle(self) -> None:
        """Waits until it counts right and keeps that.

        Raises AssertionError where it counted from zero since the last time.
        """
        self.space.wait_phase(self.name, "Running")
        expected_counts.check(self.space, self.manifest)
        kept = expected_counts.last_table(self.space, self.manifest)[0][1]
        # A checkpoint that began after this reading, not one that was just being finished.
        moment = datetime.now(UTC) + timedelta(seconds=1)
        until(
            lambda: self._checkpoint() > moment,
            60,
            f"{self.name} finishes a checkpoint",
            lambda: self.space.diagnosis(self.name),
        )
        lowest = min(table[0][1] for table in self._tables())
        assert lowest >= self.kept, f"{self.name} went back from {self.kept} to {lowest}"
        self.kept, self.looked = kept, moment

    def _checkpoint(self) -> datetime:
        latest = self.space.status(self.name)["checkpoint"].get("latest") or {}
        return datetime.fromisoformat(latest["completionTime"]) if latest else EPOCH

    def _tables(self) -> list[Top]:
        moment = self.looked.strftime("%Y-%m-%dT%H:%M:%SZ")
        return expected_counts.tables(self.space.kubectl("logs", self.pod, f"--since-time={moment}"))


@dataclass(frozen=True)
class SharedResources:
    """What the tests of this file share."""

    pair: Pair
    counting: list[Counting]

    @property
    def space(self) -> Space:
        """The namespace."""
        return self.pair.space


def mount(*words: str) -> bool:
    """Whether `mount` did it; a file that is being written keeps a file system from becoming read-only."""
    return subprocess.run(["mount", *words, str(FOLDER)], capture_output=True, check=False).returncode == 0


@contextmanager
def small_disk() -> Iterator[None]:
    """A file system of 64 MB in memory."""
    assert VAR.exists(), "this file mounts a file system on the node of the cluster that `make cluster` built"
    FOLDER.mkdir(exist_ok=True)
    assert mount("-t", "tmpfs", "-o", "size=64m,uid=1000,gid=1000,mode=0770", CLAIM)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", FOLDER], check=True)
        FOLDER.rmdir()


@contextmanager
def volume(space: Space) -> Iterator[None]:
    """The claim `causes`, bound to that file system."""
    size: Object = {"storage": "64Mi"}
    common = {"accessModes": ["ReadWriteMany"], "storageClassName": ""}
    disk = {**common, "capacity": size, "hostPath": {"path": str(FOLDER), "type": "Directory"}}
    claim = {**common, "resources": {"requests": size}, "volumeName": CLAIM}
    # Of the machine, not of the namespace: one that an earlier run left is bound to a claim that is gone.
    kubectl("delete", "pv", CLAIM, "--ignore-not-found", "--timeout=60s")
    space.apply({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": CLAIM}, "spec": disk})
    space.apply(
        {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": CLAIM}, "spec": claim}
    )
    try:
        yield
    finally:
        space.kubectl("delete", "pvc", CLAIM, "--timeout=120s")
        kubectl("delete", "pv", CLAIM, "--timeout=60s")


@contextmanager
def applied(space: Space, *manifests: Object) -> Iterator[None]:
    """The resources, until the end of the block."""
    try:
        for each in manifests:
            space.apply(each)
        yield
    finally:
        names = [each["metadata"]["name"] for each in manifests]
        space.kubectl("delete", SWC, *names, "--ignore-not-found", "--timeout=120s")


@pytest.fixture(scope="module")
def shared(pair: Pair) -> Iterator[SharedResources]:
    """One resource an engine that is to go on counting through everything."""
    pair.mark()
    counting = [Counting(pair.space, engine) for engine in ENGINES]
    with small_disk(), volume(pair.space), applied(pair.space, *(each.manifest for each in counting)):
        yield SharedResources(pair, counting)


def service(name: str) -> Object:
    """Kafka under another name."""
    ports = [{"name": "clients", "port": 9092}]
    leads = {"selector": {"app": "kafka"}, "ports": ports}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": leads}


def away(engine: str) -> Object:
    """A resource whose source and sink have addresses that do not exist yet."""
    source = {"kafka": {"bootstrapServers": "source-away:9092", "topics": [TOPIC]}}
    sink = {"kafka": {"bootstrapServers": "sink-away:9092", "topic": f"counts-away-{engine}"}}
    return resource(f"away-{engine}", engine, **spec(engine, source=source, sink=sink))


def test_a_source_and_a_sink_that_are_away(shared: SharedResources) -> None:
    """Each is named with its address, and once both are there the resource begins by itself and counts every
    line once.
    """
    space, expected = shared.space, tokenizer.count(shared.pair.producer.lines, Text())
    names = [f"away-{engine}" for engine in ENGINES]
    with ExitStack() as stack:
        counts = [Counts(space, f"counts-{name}") for name in names]
        for each in counts:
            stack.callback(each.close)
        stack.callback(space.kubectl, "delete", "service", "source-away", "sink-away", "--ignore-not-found")
        stack.enter_context(applied(space, *map(away, ENGINES)))
        for side in ("source", "sink"):
            for name in names:
                words = (f"spec.{side}.kafka", f"{side}-away:9092", "start Kafka there")
                wait_for_cause(space, name, f"{side.capitalize()}Unavailable", *words)
            space.apply(service(f"{side}-away"))
        for name, each in zip(names, counts, strict=True):
            until(
                lambda each=each: each.equal(expected),  # type: ignore[misc]
                120,
                f"the counts of {name} equal the truth",
                lambda each=each, name=name: f"{each.difference(expected)}\n{space.diagnosis(name)}",  # type: ignore[misc]
            )
            assert space.status(name)["restarts"]["lastReason"] == "SinkUnavailable"


def test_the_other_engines_state(shared: SharedResources) -> None:
    """State that the other engine made is not used: it is refused once, with the choices, and never tried
    again.
    """
    space = shared.space
    for each in shared.counting:
        each.settle()
    others = {}
    for engine, maker in zip(ENGINES, reversed(shared.counting), strict=True):
        made = spec(engine)
        made["checkpoint"]["restoreFrom"] = space.status(maker.name)["checkpoint"]["location"]
        others[f"other-{engine}"] = resource(f"other-{engine}", engine, **made)
    with applied(space, *others.values()):
        for name in others:
            choices = (
                "another engine",
                "write the same spec.engine",
                "remove restoreFrom to count from the beginning",
            )
            wait_for_cause(
                space, name, "StateIncompatible", "spec.checkpoint.restoreFrom", *choices, kind="Stalled"
            )
            status = space.status(name)
            assert (status["phase"], status["attempt"]["number"]) == ("Failed", 1)
            assert status["restarts"]["count"] == 0


def test_out_of_memory(shared: SharedResources) -> None:
    """Where files in memory push a pod over its limit, the kernel kills it: the field to raise is named, and
    counting goes on.
    """
    for each in shared.counting:
        # What ends the pod ends this too.
        with suppress(Refused):
            shared.space.kubectl(
                "exec", each.pod, "--", "dd", "if=/dev/zero", "of=/tmp/fill", "bs=1M", "count=1100"
            )
        size = {"spark": "spec.resources.driver.memory", "flink": "spec.resources.worker.memory"}[each.engine]
        each.wait_for_cause("OutOfMemory", f"raise {size}")
    for each in shared.counting:
        each.settle()


def test_evicted(shared: SharedResources) -> None:
    """A pod that a drain evicts is the cluster's doing and no failure of the program's: another one takes its
    place.
    """
    space = shared.space
    for each in shared.counting:
        meta = {"name": each.pod, "namespace": space.name}
        eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": meta}
        path = f"/api/v1/namespaces/{space.name}/pods/{each.pod}/eviction"
        space.kubectl("create", "--raw", path, "-f", "-", stdin=json.dumps(eviction))
        each.wait_for_cause("Infrastructure")
    for each in shared.counting:
        each.settle()
    assert space.status("cause-spark")["restarts"]["lastReason"] == "Infrastructure"


@contextmanager
def full() -> Iterator[None]:
    """The volume has no byte left."""
    filler = FOLDER / "filler"
    try:
        with suppress(OSError), filler.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        yield
    finally:
        filler.unlink(missing_ok=True)


@contextmanager
def read_only() -> Iterator[None]:
    """The volume takes no byte, as after an error of its disk."""
    until(lambda: mount("-o", "remount,ro"), 20, "the volume becomes read-only")
    try:
        yield
    finally:
        assert mount("-o", "remount,rw")


@pytest.mark.parametrize(
    ("disturbed", "why"),
    [(full, "No space left on device"), (read_only, "Read-only file system")],
    ids=["full", "read-only"],
)
def test_a_volume_that_takes_nothing(shared: SharedResources, disturbed: Callable[[], Any], why: str) -> None:
    """Where state cannot be written nothing is counted on without it: the volume is named, and once it is
    mended both go on.
    """
    spark, flink = shared.counting
    with disturbed():
        choices = ("fix it", "spec.upgrade.mode: stateless", why)
        spark.wait_for_cause("StateUnavailable", "spec.checkpoint.storage", *choices, kind="Stalled")
        flink.wait_for_cause("StateUnavailable", "spec.checkpoint.storage", kind="Stalled")
    for each in shared.counting:
        each.settle()


@contextmanager
def halved(*files: Path) -> Iterator[None]:
    """Files whose second half is missing, until the end of the block."""
    whole = {file: file.read_bytes() for file in files}
    assert whole, "nothing to cut off"
    assert all(whole.values()), f"empty already: {files}"
    for file, data in whole.items():
        file.write_bytes(data[: len(data) // 2])
    try:
        yield
    finally:
        for file, data in whole.items():
            file.write_bytes(data)


def newest(each: Counting) -> list[Path]:
    """The files without which the newest state of a suspended resource cannot be read."""
    checkpoint = each.space.status(each.name)["checkpoint"]
    if each.engine == "flink":
        return [host(checkpoint["latest"]["location"]) / "_metadata"]
    folder = host(checkpoint["location"])
    batch = max(int(file.name) for file in (folder / "commits").glob("[0-9]*"))
    return list((folder / "state" / "0" / "0").glob(f"{batch + 1}.*"))


def test_a_truncated_checkpoint(shared: SharedResources) -> None:
    """A file that lost its end is never taken for an empty state: Stalled, with the choices, until the file
    is back.
    """
    for each in shared.counting:
        each.settle()
    for each in shared.counting:
        shared.space.patch(each.name, suspend=True)
    with ExitStack() as stack:
        for each in shared.counting:
            shared.space.wait_phase(each.name, "Suspended")
            stack.enter_context(halved(*newest(each)))
            shared.space.patch(each.name, suspend=False)
        for each in shared.counting:
            choices = ("spec.checkpoint.storage", "cannot be read", "spec.upgrade.mode: stateless")
            each.wait_for_cause("StateUnavailable", *choices, kind="Stalled")
    for each in shared.counting:
        each.settle()


def test_the_pair_goes_on(shared: SharedResources) -> None:
    """Beside all that the pair was never disturbed."""
    shared.pair.settle()
    assert {engine: shared.pair.since(engine) for engine in ENGINES} == {
        engine: ["Running"] for engine in ENGINES
    }
