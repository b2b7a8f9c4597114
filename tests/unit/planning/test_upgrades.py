"""What an edit leads to: a proven spec, counts from zero, or a roll-back."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.builders import FakeCluster, later, recorded, resource
from wordcount_operator.api.field_effects import TABLE, FieldEffect, fields_with, merged
from wordcount_operator.api.v1alpha1 import KafkaSource, Spec
from wordcount_operator.engines.spark import Spark
from wordcount_operator.engines.spark.manifests import progress_url
from wordcount_operator.model.actions import Delete
from wordcount_operator.model.objects import Ref
from wordcount_operator.model.plan import Plan
from wordcount_operator.model.reads import HttpReply
from wordcount_operator.model.resource import WordCount
from wordcount_operator.model.timestamps import to_rfc3339
from wordcount_operator.planning.decide import decide
from wordcount_operator.planning.upgrades import with_effective_spec

SPARK = Spark()
DRIVER = Ref("v1", "Pod", "words", "bible-driver")
DEADLINE = {"upgrade": {"progressDeadline": "1m"}}


class Lifecycle:
    """One resource through time: what a person asks, what the driver says, and what the operator
    makes of it.
    """

    def __init__(self, **spec: Any) -> None:
        self.asked, self.world, self.clock = resource(**spec), FakeCluster(), 0.0

    @property
    def resource(self) -> WordCount:
        """The resource as the operator works with it."""
        return with_effective_spec(self.asked)

    def edit(self, **spec: Any) -> None:
        """Lets a person change the spec."""
        changed = resource(**spec)
        self.asked = replace(changed, status=self.asked.status, generation=self.asked.generation + 1)

    def look(self, seconds: float = 1) -> Plan:
        """One pass, so many seconds after the last; pods that are deleted go at once."""
        self.clock += seconds
        of = self.resource
        plan = decide(of, SPARK, self.world.observed(of, SPARK), later(self.clock))
        for action in plan.actions:
            if isinstance(action, Delete):
                self.world.objects.pop(action.ref)
        self.world.run(plan.actions)
        self.asked = recorded(self.asked, plan.status)
        return plan

    def counts(self, beats: bool = True) -> None:
        """Lets the driver run, and say that it finished a batch just now or that it never did."""
        self.world.put({**self.world.objects[DRIVER], "status": {"phase": "Running"}})
        at = to_rfc3339(later(self.clock)) if beats else ""
        body = {"lines": 1, "words": 7, "batch": 1 if beats else None, "at": at, "beat": at}
        self.world.replies[progress_url(self.resource)] = HttpReply(200, body)

    def waits(self) -> None:
        """Lets the driver say that it waits for lines, its last batch being an old one."""
        at = to_rfc3339(later(self.clock))
        body = {"lines": 1, "words": 7, "batch": 1, "at": "2026-11-22T12:00:00Z", "beat": at}
        self.world.replies[progress_url(self.resource)] = HttpReply(200, body)

    def dies(self) -> None:
        """Lets the driver end badly."""
        ended = {"reason": "Error", "exitCode": 1, "message": "boom"}
        failed = {"phase": "Failed", "containerStatuses": [{"name": "main", "state": {"terminated": ended}}]}
        self.world.put({**self.world.objects[DRIVER], "status": failed})

    def settle(self) -> None:
        """Passes until an attempt is begun and its driver made."""
        for _ in range(6):
            self.look()

    @property
    def phase(self) -> str:
        """The phase that people see."""
        return self.asked.status.phase

    @property
    def number(self) -> int:
        """Which attempt it is."""
        assert self.asked.status.attempt
        return self.asked.status.attempt.number


def proven(**spec: Any) -> Lifecycle:
    """A resource that counts, and whose spec is proven by a finished batch."""
    lifecycle = Lifecycle(**spec)
    lifecycle.settle()
    lifecycle.counts()
    lifecycle.look()
    assert lifecycle.phase == "Running"
    assert lifecycle.asked.status.upgrade.last_good is not None
    return lifecycle


def test_a_spec_is_proven_by_a_finished_checkpoint_and_not_by_a_running_pod() -> None:
    """An upgrade is done when a batch or checkpoint has completed on it."""
    lifecycle = Lifecycle()
    lifecycle.settle()
    lifecycle.counts(beats=False)
    lifecycle.look()
    assert lifecycle.phase == "Running"
    assert lifecycle.asked.status.upgrade.last_good is None
    lifecycle.counts()
    lifecycle.look()
    kept = lifecycle.asked.status.upgrade.last_good
    assert kept is not None
    assert kept.spec_hash == lifecycle.resource.spec_hash


@pytest.mark.parametrize("edit", [{"parallelism": 3}, {"text": {"lowercase": True}}], ids=str)
def test_an_edit_without_progress_by_its_deadline_is_rolled_back(edit: dict[str, Any]) -> None:
    """The last spec that made progress runs again, from the state kept before the upgrade, and the status
    says why.
    """
    lifecycle = proven(**DEADLINE)
    before, old = lifecycle.asked.status.checkpoint, lifecycle.resource
    lifecycle.edit(**DEADLINE, **edit)
    lifecycle.settle()
    lifecycle.counts(beats=False)
    lifecycle.look()
    assert lifecycle.asked.status.attempt
    assert lifecycle.asked.status.attempt.spec_hash != old.spec_hash
    lifecycle.look(70)
    lifecycle.settle()
    lifecycle.counts()
    lifecycle.look()
    assert lifecycle.phase == "RolledBack"
    assert "no checkpoint was finished on it within 1m" in lifecycle.asked.status.message
    assert "edit the spec to try again" in lifecycle.asked.status.message
    assert lifecycle.asked.status.attempt.spec_hash == old.spec_hash
    after = lifecycle.asked.status.checkpoint
    assert (after.generation, after.location) == (before.generation, before.location)
    reported = {each.type: each.status for each in lifecycle.asked.status.conditions}
    assert (reported["Stalled"], reported["Ready"], reported["Reconciling"]) == ("True", "False", "False")


def test_a_spec_that_was_rolled_back_is_not_tried_again_until_it_changes() -> None:
    """However long one waits; another edit is tried, and its state generation has a number that was never
    used.
    """
    lifecycle = proven(**DEADLINE)
    lifecycle.edit(**DEADLINE, text={"lowercase": True})
    lifecycle.settle()
    lifecycle.look(70)
    lifecycle.settle()
    lifecycle.counts()
    lifecycle.look()
    number = lifecycle.number
    for _ in range(5):
        lifecycle.counts()
        assert lifecycle.look(100).actions == ()
    assert lifecycle.number == number
    lifecycle.edit(**DEADLINE, text={"minLength": 2})
    lifecycle.settle()
    assert lifecycle.asked.status.checkpoint.generation == 3
    assert lifecycle.phase == "Starting"
    lifecycle.counts()
    lifecycle.look()
    assert lifecycle.phase == "Running"
    assert lifecycle.asked.status.upgrade.failed_hash == ""


def test_going_back_by_hand_to_the_old_text_rules_goes_on_from_the_old_counts() -> None:
    """What a spec that never made progress left behind is not gone on from."""
    lifecycle = proven()
    before = lifecycle.asked.status.checkpoint
    lifecycle.edit(text={"lowercase": True})
    lifecycle.settle()
    assert lifecycle.asked.status.checkpoint.generation == 2
    lifecycle.edit()
    lifecycle.settle()
    after = lifecycle.asked.status.checkpoint
    assert (after.generation, after.location) == (before.generation, before.location)


def test_an_edit_that_gave_up_is_rolled_back_at_once() -> None:
    """Where no further attempt would be made, the deadline is not waited for."""
    never = {"restart": {"policy": "Never"}}
    lifecycle = proven(**never)
    lifecycle.edit(**never, parallelism=3)
    lifecycle.settle()
    lifecycle.dies()
    lifecycle.settle()
    lifecycle.counts()
    lifecycle.look()
    assert lifecycle.phase == "RolledBack"
    assert "it cannot run (UserCode: boom)" in lifecycle.asked.status.message


def test_failed_attempts_of_an_edit_are_repeated_until_the_deadline() -> None:
    """A source that is away for a moment rolls nothing back."""
    quick = {"restart": {"backoff": {"initial": "1s", "max": "1s"}}, **DEADLINE}
    lifecycle = proven(**quick)
    lifecycle.edit(**quick, parallelism=3)
    lifecycle.settle()
    lifecycle.dies()
    lifecycle.settle()
    assert lifecycle.asked.status.upgrade.failed_hash == ""
    lifecycle.counts()
    lifecycle.look()
    assert (lifecycle.phase, lifecycle.asked.status.restarts.count) == ("Running", 1)


def test_after_a_roll_back_a_failed_attempt_goes_on_from_the_newest_state() -> None:
    """And not from the state before the upgrade, however often it fails before it finishes a checkpoint."""
    quick = {"restart": {"backoff": {"initial": "1s", "max": "1s"}}, **DEADLINE}
    lifecycle = proven(**quick)
    lifecycle.edit(**quick, parallelism=3)
    lifecycle.settle()
    lifecycle.look(70)
    lifecycle.settle()
    lifecycle.counts()
    lifecycle.look()
    newer = lifecycle.asked.status.checkpoint.model_copy(
        update={"last_savepoint_request": "a mark of the newest record"}
    )
    lifecycle.asked = recorded(
        lifecycle.asked, lifecycle.asked.status.model_copy(update={"checkpoint": newer})
    )
    for _ in range(3):
        lifecycle.dies()
        lifecycle.settle()
        assert lifecycle.asked.status.checkpoint.last_savepoint_request == newer.last_savepoint_request


def test_a_second_attempt_of_a_stateless_edit_stays_in_its_own_generation() -> None:
    """It neither returns to the old counts nor begins one generation after the other."""
    quick = {"restart": {"backoff": {"initial": "1s", "max": "1s"}}, "upgrade": {"mode": "stateless"}}
    lifecycle = proven(**quick)
    lifecycle.edit(**quick, parallelism=3)
    lifecycle.settle()
    for _ in range(2):
        lifecycle.dies()
        lifecycle.settle()
        assert lifecycle.asked.status.checkpoint.generation == 2


def test_a_checkpoint_that_comes_after_the_deadline_does_not_keep_the_old_rules_from_their_state() -> None:
    """The failing spec finishes one while it is being ended: its generation is left all the same."""
    lifecycle = proven(**DEADLINE)
    lifecycle.edit(**DEADLINE, text={"lowercase": True})
    lifecycle.settle()
    lifecycle.counts(beats=False)
    lifecycle.look()
    lifecycle.look(70)
    assert lifecycle.resource.rolled_back
    lifecycle.counts()
    lifecycle.settle()
    assert lifecycle.asked.status.checkpoint.generation == 1


def test_a_suspension_is_no_part_of_the_deadline() -> None:
    """What was edited and suspended in the evening is tried in the morning."""
    lifecycle = proven(**DEADLINE)
    lifecycle.edit(**DEADLINE, parallelism=3)
    lifecycle.settle()
    lifecycle.edit(**DEADLINE, parallelism=3, suspend=True)
    lifecycle.settle()
    lifecycle.clock += 36_000
    lifecycle.edit(**DEADLINE, parallelism=3)
    lifecycle.settle()
    assert not lifecycle.resource.rolled_back
    lifecycle.look(70)
    assert lifecycle.resource.rolled_back


def test_a_spec_too_large_to_keep_is_never_rolled_back() -> None:
    """It has made progress, and there is nothing to go back to."""
    lifecycle = proven(**DEADLINE)
    large = {"text": {"stopWords": [f"{n:0250}" for n in range(1000)]}}
    lifecycle.edit(**DEADLINE, **large)
    lifecycle.settle()
    lifecycle.counts()
    lifecycle.look()
    lifecycle.dies()
    lifecycle.look(100)
    lifecycle.settle()
    assert not lifecycle.resource.rolled_back
    assert lifecycle.asked.status.upgrade.last_good is None


def test_rollback_false_keeps_the_new_spec() -> None:
    """It is tried for ever, as the person asked."""
    stay = {"upgrade": {"progressDeadline": "1m", "rollback": False}}
    lifecycle = proven(**stay)
    lifecycle.edit(**stay, parallelism=3)
    lifecycle.settle()
    lifecycle.look(1000)
    assert lifecycle.asked.status.upgrade.failed_hash == ""
    assert lifecycle.resource.effective_spec.parallelism == 3


def test_what_restarts_nothing_is_taken_from_the_edit_also_after_a_rollback() -> None:
    """A person can suspend a resource whose spec was rolled back."""
    lifecycle = proven(**DEADLINE)
    lifecycle.edit(**DEADLINE, parallelism=3)
    lifecycle.settle()
    lifecycle.look(70)
    lifecycle.settle()
    lifecycle.edit(**DEADLINE, parallelism=3, suspend=True)
    lifecycle.settle()
    assert lifecycle.phase == "Suspended"
    assert lifecycle.resource.effective_spec.parallelism == 2
    assert lifecycle.resource.spec.parallelism == 3


def test_a_changed_nonce_is_one_restart_from_the_newest_state() -> None:
    """And no second one."""
    lifecycle = proven()
    place = lifecycle.asked.status.checkpoint.location
    lifecycle.edit(restartNonce=7)
    lifecycle.settle()
    lifecycle.counts()
    lifecycle.look()
    assert lifecycle.phase == "Running"
    assert (lifecycle.number, lifecycle.asked.status.checkpoint.location) == (2, place)
    assert lifecycle.asked.status.restarts.count == 0
    assert lifecycle.look(10).actions == ()


def test_mode_stateless_counts_anew_and_keeps_the_old_state() -> None:
    """Another folder, and nothing of the old one is removed."""
    lifecycle = proven(upgrade={"mode": "stateless"})
    lifecycle.edit(upgrade={"mode": "stateless"}, parallelism=3)
    lifecycle.settle()
    assert lifecycle.asked.status.checkpoint.generation == 2
    assert lifecycle.asked.status.checkpoint.latest is None


@pytest.mark.parametrize(
    ("mode", "intent"), [("savepoint", "Stopping"), ("lastState", "Aborting"), ("stateless", "Aborting")]
)
def test_the_mode_says_how_the_old_run_ends(mode: str, intent: str) -> None:
    """Cleanly only where its last state is wanted."""
    lifecycle = proven(upgrade={"mode": mode})
    lifecycle.edit(upgrade={"mode": mode}, parallelism=3)
    lifecycle.look()
    assert lifecycle.asked.status.attempt
    assert (lifecycle.asked.status.attempt.intent, lifecycle.phase) == (intent, "Upgrading")


def test_a_run_that_finishes_no_checkpoint_is_restarted_and_the_status_says_why() -> None:
    """Running and hanging is a failure; the record outlives an operator that dies before it has ended the
    run.
    """
    quick = {"restart": {"stalledAfter": "1m", "backoff": {"initial": "1s", "max": "1s"}}}
    lifecycle = proven(**quick)
    lifecycle.look(50)
    assert lifecycle.phase == "Running"
    plan = lifecycle.look(20)
    assert [type(action) for action in plan.actions] == [Delete]
    assert lifecycle.asked.status.attempt
    assert lifecycle.asked.status.attempt.intent == "Aborting"
    assert lifecycle.phase == "Degraded"
    assert lifecycle.asked.status.restarts.last_reason == "Stalled"
    assert "no checkpoint was finished for 60s" in lifecycle.asked.status.restarts.last_message
    lifecycle.settle()
    lifecycle.counts()
    lifecycle.look()
    assert (lifecycle.phase, lifecycle.asked.status.restarts.count) == ("Running", 1)


def test_waiting_for_lines_is_no_stall() -> None:
    """A driver that says it waits is alive, though its last batch is old; nor is one that misses a single
    answer.
    """
    lifecycle = proven(restart={"stalledAfter": "1m"})
    for _ in range(10):
        lifecycle.waits()
        assert lifecycle.look(30).actions == ()
    assert lifecycle.phase == "Running"
    lifecycle.world.replies[progress_url(lifecycle.resource)] = HttpReply(0, "time-out")
    assert lifecycle.look(20).actions == ()


IN_PLACE: tuple[dict[str, Any], ...] = (
    {"checkpoint": {"retain": 9}},
    {"restart": {"maxAttempts": 3}},
    {"upgrade": {"rollback": False}},
)
RESTARTED: tuple[dict[str, Any], ...] = (
    {"sink": {"console": {"topN": 3}}},
    {"checkpoint": {"interval": "3s"}},
    {"text": {"lowercase": True}},
    {"resources": {"worker": {"replicas": 2}}},
    {"spark": {"conf": {"a": "b"}}},
)


@pytest.mark.parametrize(
    ("edit", "intent"),
    [*((each, "Running") for each in IN_PLACE), *((each, "Stopping") for each in RESTARTED)],
    ids=str,
)
def test_an_edit_does_what_its_class_says(edit: dict[str, Any], intent: str) -> None:
    """No edit is silently ignored, and not every edit is a restart."""
    lifecycle = proven()
    lifecycle.edit(**edit)
    plan = lifecycle.look()
    assert lifecycle.asked.status.attempt
    assert lifecycle.asked.status.attempt.intent == intent
    assert (plan.actions == ()) is (intent == "Running")
    assert lifecycle.asked.status.observed_generation == lifecycle.asked.generation


def test_every_field_has_one_class() -> None:
    """A new field cannot be forgotten, and a name in the table is one of the spec's."""
    fields = {info.alias or name: info for name, info in Spec.model_fields.items()}
    assert {path.split(".")[0] for path in TABLE} == set(fields)
    for name in set(fields) - set(TABLE):
        block: Any = fields[name].annotation
        inner = {each.alias or key for key, each in block.model_fields.items()}
        assert inner == {path.split(".")[1] for path in TABLE if path.startswith(f"{name}.")}
    kafka = {each.alias or key for key, each in KafkaSource.model_fields.items()}
    assert kafka == {path.split(".")[2] for path in TABLE if path.startswith("source.kafka.")}


def test_a_spec_is_its_parts() -> None:
    """What is kept for going back and what is taken from the edit make the whole again."""
    spec = resource(text={"lowercase": True}, checkpoint={"interval": "5s", "retain": 9}, suspend=True).spec
    whole = spec.model_dump(by_alias=True, exclude_defaults=True)
    kept = fields_with(whole, *(set(FieldEffect) - {FieldEffect.NOTHING}))
    assert merged(kept, fields_with(whole, FieldEffect.NOTHING)) == whole
    assert "suspend" not in kept
    assert kept["checkpoint"] == {"interval": "5s"}


def test_a_new_default_image_is_no_edit_and_never_begins_from_zero() -> None:
    """An operator's upgrade brings another image: the run goes on from its state, also where edits count
    anew.
    """
    lifecycle = proven(upgrade={"mode": "stateless"})
    before = lifecycle.asked.status.checkpoint
    lifecycle.asked = replace(lifecycle.asked, image="spark:next")
    lifecycle.settle()
    after, attempt = lifecycle.asked.status.checkpoint, lifecycle.asked.status.attempt
    assert attempt is not None
    assert (attempt.number, attempt.image) == (2, "spark:next")
    assert (after.generation, after.latest) == (1, before.latest)
    assert after.latest is not None
