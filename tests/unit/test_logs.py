"""The trace of one resource is one grep of the operator's log."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any, cast

import kopf
import pytest

from tests.support.builders import IMAGES, FakeCluster, raw_resource
from wordcount_operator import logs
from wordcount_operator.adapters import Adapters
from wordcount_operator.adapters.kube import ApiError
from wordcount_operator.engines import ENGINES
from wordcount_operator.handlers import _reconcile
from wordcount_operator.metrics import forget
from wordcount_operator.model.objects import Manifest, Ref
from wordcount_operator.model.reads import Read
from wordcount_operator.reconciler import reconcile
from wordcount_operator.settings import Settings

Lines = Callable[[], list[dict[str, Any]]]
SETTINGS = Settings({"spark": "spark:test", "flink": "flink:test"}, "lease", "wordcount-system", "operator-0")


class Silent(FakeCluster):
    """A cluster that takes everything and posts no event."""

    def __init__(self, *manifests: Manifest) -> None:
        super().__init__(*manifests)
        self.kube = self

    async def get(self, ref: Ref) -> Manifest | None:
        """A live read."""
        return self.objects.get(ref)

    async def read(self, reads: list[Read]) -> dict[Read, Any]:
        """The answers."""
        return {look: self._answer(look) for look in reads}

    async def write_status(self, *_: Any) -> None:
        """Takes it."""

    async def apply(self, _: Any) -> None:
        """Takes it."""

    async def event(self, _: Manifest) -> None:
        """Is not allowed."""
        raise ApiError(403, "events are forbidden")


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lines]:
    """What the operator logs, each line a document; the loggers are afterwards as they were."""
    loggers = [logging.getLogger(), logging.getLogger("asyncio")]
    before = [(logger.handlers[:], logger.propagate, logger.level) for logger in loggers]
    text = io.StringIO()
    loggers[0].handlers.clear()
    with monkeypatch.context() as patch:
        patch.setattr("sys.stderr", text)
        logs.configure(SETTINGS)
    yield lambda: [json.loads(line) for line in text.getvalue().splitlines()]
    for logger, (handlers, propagate, level) in zip(loggers, before, strict=True):
        logger.handlers[:] = handlers
        logger.propagate = propagate
        logger.setLevel(level)


def traced(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those that the grep of the runbook finds, which reads the text."""
    return [line for line in found if '"resource": "words/bible"' in json.dumps(line)]


@pytest.mark.parametrize("engine", sorted(ENGINES))
async def test_every_line_of_a_pass_names_resource_attempt_and_action(engine: str, lines: Lines) -> None:
    """What is done, what became of it, and that an event could not be posted."""
    await reconcile(cast(Adapters, Silent(raw_resource(engine))), "words", "bible", IMAGES)
    found = lines()
    assert found
    assert traced(found) == found
    for line in found:
        assert {"message", "timestamp", "severity", "resource", "attempt", "action"} <= line.keys()
    assert {"Create", "Event", ""} <= {line["action"] for line in found}
    (phase,) = [line for line in found if line["message"].startswith("Starting: ")]
    assert not phase["action"]


async def test_a_spec_that_cannot_be_read_is_in_the_trace(lines: Lines) -> None:
    """Which field it is."""
    broken = raw_resource("spark")
    broken["spec"]["sauce"] = {}
    await reconcile(cast(Adapters, Silent(broken)), "words", "bible", IMAGES)
    assert any("sauce" in line["message"] for line in traced(lines()))


async def test_a_pass_that_failed_is_in_the_trace(lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the resource over which it was."""

    class EndedError(BaseException):
        """Ends the loop, which would go on for ever."""

    async def fail(*_: Any) -> None:
        raise ApiError(500, "away")

    async def end(_: float) -> None:
        raise EndedError

    monkeypatch.setattr("wordcount_operator.handlers.reconcile", fail)
    monkeypatch.setattr("wordcount_operator.handlers.asyncio.sleep", end)
    memo = kopf.Memo(adapters=None, settings=SETTINGS)
    try:
        with pytest.raises(EndedError):
            await _reconcile(memo, "uid", "words", "bible")
    finally:
        forget("words", "bible")
    (line,) = traced(lines())
    assert line["action"] == "Reconcile"


def test_kopfs_own_lines_about_a_resource_are_in_its_trace(lines: Lines) -> None:
    """Kopf names the resource in a way of its own."""
    ref = {
        "apiVersion": "v1",
        "kind": "StreamingWordCount",
        "namespace": "words",
        "name": "bible",
        "uid": "u",
    }
    logging.getLogger("kopf.objects").error("it failed", extra={"k8s_ref": ref})
    logging.getLogger("kopf").warning("nothing about any resource")
    found = lines()
    assert len(found) == 2
    assert [line["message"] for line in traced(found)] == ["it failed"]
