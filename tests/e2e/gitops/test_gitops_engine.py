"""A real GitOps engine applies, upgrades and prunes both engines from a Git repository.

What Argo CD and Flux would show meanwhile is asked of their own code (tests/integration/gitops).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.durations import print_duration
from tests.support.gitops import Engine, Repository
from tests.support.gitops_programs import HEALTH, health
from tools.cluster import build
from tools.testbed import ENGINES
from tools.testbed.deployment import book
from tools.testbed.kube import SWC, Object, Space, until
from tools.testbed.pair import resource, topic
from tools.testbed.topic import SERVER, Counts, Producer
from wordcount_core import tokenizer
from wordcount_core.options import Text

LINES = "gitops-lines"
SLOWER = {"checkpoint": {"interval": "3s"}}
"""An edit that restarts both engines from their state."""
OWN = {
    "spark": ("spark.executor.instances", "it and use the resource's own fields"),
    "flink": ("execution.checkpointing.interval", "it and write spec.checkpoint.interval"),
}
"""A key of each engine's conf that is the operator's, and what is to be written instead."""


def name(engine: str) -> str:
    """The resource of that engine."""
    return f"gitops-{engine}"


@dataclass
class Story:
    """The repository and who syncs it, what was produced, and what was counted."""

    space: Space
    repository: Repository
    engine: Engine
    producer: Producer
    counts: dict[str, Counts]

    def push(self, why: str, of: dict[str, Object]) -> str:
        """Commits both resources with these fields of each, and lets the engine sync them.

        Returns what it said.
        """
        where = {"kafka": {"bootstrapServers": SERVER, "topics": [LINES]}}
        wanted = [
            resource(name(each), each, source=where, sink=topic(f"counts-gitops-{each}"), **spec)
            for each, spec in of.items()
        ]
        for each in wanted:
            each["metadata"]["namespace"] = self.space.name
        self.repository.commit(why, *wanted)
        return self.engine.sync()

    def live(self, engine: str) -> Object:
        """The resource as it is now."""
        found = self.space.get(SWC, name(engine))
        assert found, f"there is no {name(engine)}"
        return found

    def shown(self, engine: str) -> tuple[str, str]:
        """What Argo CD and Flux show of it."""
        said = health(self.live(engine))
        return said.argocd, said.kstatus

    def attempts(self) -> dict[str, int]:
        """The number of each engine's run."""
        return {engine: self.space.status(name(engine))["attempt"]["number"] for engine in ENGINES}

    def ready(self) -> None:
        """Waits until both tools call both resources ready."""
        for engine in ENGINES:
            until(
                lambda engine=engine: self.shown(engine) == ("Healthy", "Current"),  # type: ignore[misc]
                180,
                f"{name(engine)} is ready",
                lambda engine=engine: self.space.diagnosis(name(engine)),  # type: ignore[misc]
            )

    def counted(self, lines: list[str]) -> None:
        """Types these lines, and waits until each engine's counts are exactly those of all lines."""
        self.producer.send(lines)
        expected = tokenizer.count(self.producer.lines, Text())
        for engine, counts in self.counts.items():
            until(
                lambda counts=counts: counts.equal(expected),  # type: ignore[misc]
                60,
                f"the counts of {name(engine)} equal the truth",
                lambda counts=counts, engine=engine: (  # type: ignore[misc]
                    f"{counts.difference(expected)}\n{self.space.diagnosis(name(engine))}"
                ),
            )


@pytest.fixture(scope="module")
def story(words: Space, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """An empty repository that is synced, and a topic with lines in it."""
    place: Path = tmp_path_factory.mktemp("gitops")
    repository = Repository(place / "repository")
    repository.git("commit", "--quiet", "--allow-empty", "--message", "nothing yet")
    producer = Producer(words, LINES)
    counts = {engine: Counts(words, f"counts-gitops-{engine}") for engine in ENGINES}
    try:
        producer.send(book()[:100])
        with print_duration("the GitOps tools"):
            build.programs(HEALTH)
            engine = Engine(repository, words.name, place / "log")
        with engine:
            yield Story(words, repository, engine, producer, counts)
    finally:
        words.kubectl("delete", SWC, *map(name, ENGINES), "--ignore-not-found", "--timeout=60s")
        for follower in counts.values():
            follower.close()
        producer.close()


def test_a_commit_makes_both_count(story: Story) -> None:
    """Neither tool calls a resource ready that the operator has not read, or that does not count yet."""
    story.push("both engines", {engine: {} for engine in ENGINES})
    assert {story.shown(engine) for engine in ENGINES} == {("Progressing", "InProgress")}
    story.ready()
    story.counted(book()[100:150])


def test_nothing_drifts(story: Story) -> None:
    """What both need is filled in by the CRD, and the operator writes no spec: a sync of what is there
    changes nothing.
    """
    before = {engine: story.live(engine)["metadata"]["generation"] for engine in ENGINES}
    said = story.engine.sync()
    assert all(f"/{name(engine)} unchanged" in said for engine in ENGINES)
    assert "configured" not in said
    assert {engine: story.live(engine)["metadata"]["generation"] for engine in ENGINES} == before


def test_an_edit_upgrades_both(story: Story) -> None:
    """Each engine has one clean restart, and goes on counting from its state."""
    before = story.attempts()
    said = story.push("checkpoints every three seconds", dict.fromkeys(ENGINES, SLOWER))
    assert all(f"/{name(engine)} configured" in said for engine in ENGINES)
    assert {story.shown(engine) for engine in ENGINES} == {("Progressing", "InProgress")}
    story.ready()
    assert story.attempts() == {engine: number + 1 for engine, number in before.items()}
    story.counted(book()[150:200])


def test_a_bad_edit_is_told_and_replaces_nothing(story: Story) -> None:
    """Both tools show the operator's sentence as a failure, while the run on the last good commit goes on
    counting.
    """
    before = story.attempts()
    story.push(
        "what the operator sets", {each: SLOWER | {each: {"conf": {OWN[each][0]: "7"}}} for each in ENGINES}
    )
    for engine, (key, remedy) in OWN.items():
        story.space.wait_phase(name(engine), "Stalled", 30)
        sentence = f"spec.{engine}.conf: {key} is set by the operator; remove {remedy}"
        assert health(story.live(engine)) == ("Degraded", sentence, "Failed", sentence)
    story.counted(book()[200:250])
    assert story.attempts() == before


def test_a_revert_heals(story: Story) -> None:
    """The spec that runs is the one that is asked for again, so nothing restarts."""
    before = story.attempts()
    story.repository.revert()
    story.engine.sync()
    story.ready()
    assert story.attempts() == before
    story.counted(book()[250:300])


def left(space: Space, kind: str) -> list[str]:
    """What is there of the resources."""
    return [found for found in space.names(kind) if found.startswith("gitops-")]


def test_deleted_files_are_pruned_and_the_state_stays(story: Story) -> None:
    """The resources and their pods go; the PVCs stay, and the last event says where the state is."""
    space = story.space
    claims = space.names("pvc")
    places = {engine: space.status(name(engine))["checkpoint"]["location"] for engine in ENGINES}
    said = story.push("both go", {})
    assert said.count("pruned") >= len(ENGINES)
    until(lambda: not left(space, SWC), 120, "both resources go", lambda: space.diagnosis("gitops"))
    until(lambda: not left(space, "pods"), 30, "their pods go")
    assert space.names("pvc") == claims
    for engine, place in places.items():
        stays = [each["message"].partition("its state stays at ")[2] for each in space.events(name(engine))]
        assert any(found and place.startswith(found) for found in stays), f"no event says where {place} is"
