"""Whatever is written wrong is refused or named in the status with its remedy, while another resource goes on counting."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tools.testbed.kube import Object, Refused, Space, until
from tools.testbed.pair import ENGINES, SMALL, Pair, resource

NOBODY = "kafka:9999"
"""An address in the test's own namespace where nobody listens."""
MISSING_PROGRAM = "localhost/streaming-wordcount/operator:dev"
"""An image that has no engine."""

REFUSED: dict[str, tuple[Object, str]] = {
    "unknown field": ({"sauce": {}}, 'unknown field "spec.sauce"'),
    "two sources": (
        {"source": {"rate": {}, "socket": {"host": "text-source", "port": 9999}}},
        "write exactly one of socket, kafka, files, rate",
    ),
    "negative interval": ({"checkpoint": {"interval": "-2s"}}, "write a duration as numbers with the units"),
    "impossible quantity": (
        {"resources": {"driver": {"memory": "a lot"}}},
        "write a Kubernetes quantity, such as 500m for half a core or 1Gi for memory",
    ),
    "relative path": (
        {"source": {"files": {"path": "../lines"}}},
        "write an absolute path without . or .. in it",
    ),
}


@dataclass(frozen=True)
class Bad:
    """A resource that the API server takes and that cannot run: what is wrong, and what its status must say."""

    what: str
    engine: str
    spec: Object
    phases: tuple[str, ...]
    reason: str
    sentence: str

    @property
    def resources(self) -> Object:
        """Next to nothing, so that all fit on the node at once; what the pair has where its session is shared."""
        if self.engine == "flink" and self.what in ("kafka", "conf"):
            return SMALL
        return {"driver": {"cpu": "10m"}, "worker": {"cpu": "10m"}}

    @property
    def name(self) -> str:
        """A name of its own."""
        return f"bad-{self.what.replace(' ', '-')}-{self.engine}"


def bad() -> list[Bad]:
    """All of them, for each engine."""
    kafka = {"kafka": {"bootstrapServers": NOBODY, "topics": ["lines"]}}
    secret = {
        "kafka": {"bootstrapServers": "kafka:9095", "topics": ["lines"], "credentialsSecret": "nobodys"}
    }
    claim = {"interval": "2s", "storage": {"volume": {"claimName": "nobodys"}}}
    key = {"spark": "spark.sql.shuffle.partitions", "flink": "table.exec.state.ttl"}
    found = []
    for engine in ENGINES:
        images = {
            what: {engine: {"image": image}}
            for what, image in (("image", "localhost/nobody/nothing:0"), ("program", MISSING_PROGRAM))
        }
        found += [
            Bad(
                "path",
                engine,
                {"source": {"files": {"path": "/elsewhere"}}},
                ("Stalled",),
                "PathOutsideVolume",
                "spec.source.files.path: /elsewhere is on no volume",
            ),
            Bad(
                "claim",
                engine,
                {"checkpoint": claim},
                ("Stalled",),
                "ClaimNotFound",
                "spec.checkpoint.storage.volume.claimName: there is no PVC nobodys",
            ),
            Bad(
                "image",
                engine,
                images["image"],
                ("Stalled",),
                "Image",
                "the image localhost/nobody/nothing:0 cannot be pulled",
            ),
            Bad(
                "kafka",
                engine,
                {"source": kafka},
                ("BackingOff", "Degraded"),
                "SourceUnavailable",
                "spec.source.kafka",
            ),
            Bad(
                "secret",
                engine,
                {"source": secret},
                ("BackingOff", "Degraded"),
                "SourceUnavailable",
                "spec.source.kafka.credentialsSecret: the namespace has no such Secret",
            ),
            Bad(
                "conf",
                engine,
                {engine: {"conf": {key[engine]: "many"}}},
                ("BackingOff", "Degraded", "Failed"),
                "UserCode",
                key[engine],
            ),
            Bad("program", engine, images["program"], ("BackingOff", "Stalled"), "UserCode", ""),
        ]
    return found


@pytest.fixture(scope="module")
def applied(pair: Pair) -> Iterator[Space]:
    """All bad resources at once, so that they wait for their time-outs side by side."""
    space = pair.space
    pair.mark()
    for each in bad():
        space.apply(resource(each.name, each.engine, **{"resources": each.resources, **each.spec}))
    yield space
    for each in bad():
        space.delete("swc", each.name)
    until(lambda: not any(n.startswith("bad-") for n in space.names("swc")), 60, "the bad resources go")


def restarts_of_operator(operator: Space) -> list[int]:
    """How often each operator container was started again."""
    pods = operator.all("pods", "app.kubernetes.io/name=streaming-wordcount-operator")
    return [each["restartCount"] for pod in pods for each in pod["status"]["containerStatuses"]]


@pytest.mark.parametrize("what", REFUSED)
def test_refused(what: str, pair: Pair) -> None:
    """What a schema can see kubectl apply refuses, with a sentence that says what to write instead."""
    spec, sentence = REFUSED[what]
    with pytest.raises(Refused) as refused:
        pair.space.apply(resource("refused", "spark", **spec))
    assert sentence in str(refused.value)


def test_long_name(pair: Pair) -> None:
    """A name of 253 letters is refused with the length that there may be, because pods are named after it."""
    with pytest.raises(Refused) as refused:
        pair.space.apply(resource("n" * 253, "spark"))
    assert "write a name of at most 40 lower-case letters" in str(refused.value)


@pytest.mark.parametrize("case", bad(), ids=lambda case: case.name)
def test_named_in_the_status(case: Bad, applied: Space) -> None:
    """What only the cluster can know becomes a phase, a reason and a sentence with the field, and an event."""

    def named() -> bool:
        ready = applied.condition(case.name, "Ready")
        found = (
            applied.status(case.name).get("phase") in case.phases,
            ready.get("status"),
            ready.get("reason"),
        )
        return found == (True, "False", case.reason) and case.sentence in ready["message"]

    until(named, 60, f"{case.name} says what is wrong", lambda: applied.diagnosis(case.name))
    warnings = [each for each in applied.events(case.name) if each["type"] == "Warning"]
    assert any(case.sentence in each["message"] for each in warnings), f"no such event among {warnings}"
    applied.delete("swc", case.name)


def test_others_go_on(pair: Pair, applied: Space, operator: Space) -> None:
    """Beside all that is wrong the pair goes on counting, and the operator was never started again."""
    with pair.typing():
        time.sleep(3)
    pair.settle()
    assert {engine: pair.since(engine) for engine in ENGINES} == {engine: ["Running"] for engine in ENGINES}
    assert restarts_of_operator(operator) == [0, 0]
