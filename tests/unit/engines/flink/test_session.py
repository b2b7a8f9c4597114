"""Which session a resource uses, and what of the configuration belongs to it; never the job."""

from typing import Any

import pytest
import yaml

from tests.support.builders import NOW, FakeCluster, raw_resource, resource
from tests.support.flink_fixture import FLINK, FlinkFixture, answer
from wordcount_operator.api import GROUP, KIND, VERSION
from wordcount_operator.engines.flink import conf, manifests
from wordcount_operator.engines.flink.session import desired_session, hex32
from wordcount_operator.engines.flink.sharing import other_users
from wordcount_operator.model.actions import Create, HttpRequest, Patch
from wordcount_operator.model.objects import Ref
from wordcount_operator.model.reads import GetObject, Observed
from wordcount_operator.planning.decide import decide


def test_resources_that_agree_share_a_session() -> None:
    """Source, text, sink, interval, parallelism and job-level keys are each resource's own."""
    one = resource("flink", "one")
    two = resource(
        "flink",
        "two",
        parallelism=7,
        text={"lowercase": True},
        checkpoint={"interval": "3s"},
        flink={"conf": {"table.exec.state.ttl": "1 d"}},
    )
    assert desired_session(one) == desired_session(two)


@pytest.mark.parametrize(
    "spec",
    [
        {"flink": {"image": "mine:1"}},
        {"flink": {"conf": {"taskmanager.memory.managed.fraction": "0.4"}}},
        {"flink": {"podTemplate": {"spec": {"priorityClassName": "high"}}}},
        {"resources": {"worker": {"memory": "2Gi"}}},
        {"resources": {"driver": {"memory": "2Gi"}}},
        {"checkpoint": {"storage": {"volume": {"size": "5Gi"}}}},
        {
            "sink": {
                "kafka": {"bootstrapServers": "kafka:9093", "topic": "counts", "credentialsSecret": "user"}
            }
        },
    ],
)
def test_resources_that_differ_do_not(spec: dict[str, Any]) -> None:
    """What all pods of a session have in common must be the same for all its users."""
    assert desired_session(resource("flink", "one")) != desired_session(resource("flink", "two", **spec))


def test_the_state_is_found_again_in_another_session() -> None:
    """An edit that moves the resource to a new session must not leave its state behind."""
    one, two = resource("flink"), resource("flink", flink={"image": "mine:1"})
    assert desired_session(one) != desired_session(two)
    assert manifests.claim_name(one) == manifests.claim_name(two)


def test_the_attempt_keeps_its_session() -> None:
    """After an edit the old job is looked for where it runs."""
    fixture = FlinkFixture()
    old = fixture.url
    fixture.edit(flink={"image": "mine:1"})
    assert fixture.session != desired_session(fixture.resource)
    fixture.job("RUNNING")
    assert fixture.observed.reply(old) is not None


def test_job_ids_are_flinks_and_never_repeat() -> None:
    """32 hex digits, the same whenever asked, another for each attempt and each resource."""
    of = resource("flink")
    ids = [FLINK.identify(of, number).run_id for number in (1, 2)] + [
        FLINK.identify(resource("flink", "two"), 1).run_id
    ]
    assert len(set(ids)) == 3
    assert all(len(each) == 32 and int(each, 16) >= 0 for each in ids)
    assert ids[0] == FLINK.identify(of, 1).run_id
    assert hex32("a", "b") != hex32("ab")


def test_neighbours_are_those_who_run_there_or_want_to() -> None:
    """Not the suspended, not the deleted, not Spark's, not one that nobody can read; so of two that go at
    once neither waits for the other.
    """
    fixture = FlinkFixture()
    fixture.neighbour("wants")
    fixture.neighbour("elsewhere", flink={"image": "mine:1"})
    fixture.neighbour("suspended", suspend=True)
    fixture.edit(suspend=True)
    broken = next(raw for ref, raw in fixture.world.objects.items() if ref.name == "elsewhere")
    fixture.world.put(
        {**broken, "metadata": {**broken["metadata"], "name": "broken", "uid": "b"}, "spec": {"engine": "?"}}
    )
    gone = {**broken["metadata"], "name": "gone", "uid": "g", "deletionTimestamp": "now"}
    fixture.world.put({**broken, "metadata": gone})
    assert other_users(fixture.resource, fixture.session, fixture.observed) == ("wants",)


def test_a_suspended_neighbour_that_still_runs_counts() -> None:
    """Its job has not ended yet, so it needs the session to stop well."""
    fixture, other = FlinkFixture(), FlinkFixture("Stopping", name="other", suspend=True)
    fixture.neighbour("other", suspend=True)
    raw = next(raw for ref, raw in fixture.world.objects.items() if ref.name == "other")
    fixture.world.put({**raw, "status": other.resource.status.model_dump(by_alias=True)})
    fixture.edit(suspend=True)
    assert other_users(fixture.resource, fixture.session, fixture.observed) == ("other",)


NAMED: dict[str, Any] = {"flink": {"session": {"name": "mine"}}}


def test_a_named_session_is_made_where_there_is_none() -> None:
    """The name is the cluster id; every object carries it."""
    of = resource("flink", **NAMED)
    made = {Ref.of(manifest) for manifest in FLINK.base_objects(of, FakeCluster().observed(of, FLINK))}
    assert Ref("apps/v1", "Deployment", "words", "mine") in made


def test_somebody_elses_session_is_used_as_it_is() -> None:
    """Without our label nothing is made, changed or removed, and jobs are sent to it."""
    fixture = FlinkFixture("Submitted", **NAMED)
    deployment = fixture.world.objects[fixture.session.deployment]
    fixture.world.put({**deployment, "metadata": {**deployment["metadata"], "labels": {}}})
    assert FLINK.base_objects(fixture.resource, fixture.observed) == ()
    assert fixture.resource.status.attempt
    assert FLINK.start(fixture.resource, fixture.resource.status.attempt, fixture.observed)
    fixture.deleted()
    assert FLINK.leftovers(fixture.resource, fixture.observed).cluster == ()


def test_a_named_session_that_serves_others_must_match() -> None:
    """The difference is named by field."""
    fixture = FlinkFixture(**NAMED)
    fixture.neighbour("other", **NAMED)
    fixture.edit(flink={**NAMED["flink"], "image": "mine:1"}, resources={"worker": {"memory": "2Gi"}})
    (problem,) = FLINK.problems(fixture.resource, fixture.observed)
    assert problem.reason == "SessionMismatch"
    assert "a different spec.flink.image and spec.resources" in problem.sentence


def test_a_named_session_of_ones_own_may_change() -> None:
    """Nobody else is there to be disturbed."""
    fixture = FlinkFixture(**NAMED)
    fixture.edit(flink={**NAMED["flink"], "image": "mine:1"})
    assert FLINK.problems(fixture.resource, fixture.observed) == ()


@pytest.mark.parametrize(
    ("spec", "reason", "part"),
    [
        ({"flink": {"conf": {"kubernetes.cluster-id": "x"}}}, "ReservedConf", "kubernetes.cluster-id"),
        ({"flink": {"conf": {"high-availability.type": "NONE"}}}, "ReservedConf", "high-availability.type"),
        ({"flink": {"conf": {"parallelism.default": "3"}}}, "ReservedConf", "write spec.parallelism"),
        (
            {"flink": {"conf": {"execution.checkpointing.dir": "s3://x"}}},
            "ReservedConf",
            "write spec.checkpoint.storage",
        ),
        ({"source": {"files": {"path": "/lines"}}}, "PathOutsideVolume", "spec.source.files.path"),
        (
            {"checkpoint": {"storage": {"volume": {"claimName": "nope"}}}},
            "ClaimNotFound",
            "spec.checkpoint.storage.volume.claimName",
        ),
    ],
)
def test_problems_name_the_field_and_the_remedy(spec: dict[str, Any], reason: str, part: str) -> None:
    """Each is shown to the user as it stands."""
    of = resource("flink", **spec)
    (problem,) = FLINK.problems(of, FakeCluster().observed(of, FLINK))
    assert problem.reason == reason
    assert part in problem.sentence


def test_problems_need_no_cluster() -> None:
    """`wordcount validate` knows nothing of what exists, so nothing is missing."""
    of = resource("flink", checkpoint={"storage": {"volume": {"claimName": "nope"}}})
    assert FLINK.problems(of, None) == ()


def test_keys_go_to_the_session_or_to_the_job() -> None:
    """Every key goes to exactly one of the two."""
    user = {
        "taskmanager.numberOfTaskSlots": "4",
        "table.exec.state.ttl": "1 d",
        "state.backend.type": "rocksdb",
    }
    assert conf.cluster_level(user) == {"taskmanager.numberOfTaskSlots": "4"}
    assert conf.cluster_level(user) | conf.job_level(user) == user


def test_the_users_keys_win_where_the_operator_only_suggests() -> None:
    """A default of ours is no promise; what checkpoints depend on is."""
    of = resource(
        "flink", flink={"conf": {"heartbeat.timeout": "50s", "execution.checkpointing.num-retained": "9"}}
    )
    config = next(m for m in manifests.base_objects(of) if m["metadata"]["name"].startswith("flink-config-"))
    assert yaml.safe_load(config["data"]["config.yaml"])["heartbeat.timeout"] == "50s"
    assert conf.job(of)["execution.checkpointing.num-retained"] == "9"


@pytest.mark.parametrize(("cpu", "slots"), [("100m", "2"), ("1", "2"), ("1500m", "4"), ("4", "8")])
def test_two_tasks_a_core(cpu: str, slots: str) -> None:
    """The default parallelism of 2 fits one TaskManager, however small."""
    of = resource("flink", resources={"worker": {"cpu": cpu}})
    assert conf.session(of, "s", "a", "/c")["taskmanager.numberOfTaskSlots"] == slots


def test_never_restarting_means_flink_does_not_either() -> None:
    """policy: Never also holds for the restarts inside a run."""
    assert conf.job(resource("flink", restart={"policy": "Never"}))["restart-strategy.type"] == "disable"
    assert conf.job(resource("flink"))["restart-strategy.type"] == "exponential-delay"


def test_a_claim_that_is_named_is_looked_at_and_not_made() -> None:
    """The user's claim stays the user's."""
    of = resource("flink", checkpoint={"storage": {"volume": {"claimName": "mine"}}})
    claim = Ref("v1", "PersistentVolumeClaim", "words", "mine")
    assert GetObject(claim) in FLINK.reads(of, Observed({}))
    assert claim not in {Ref.of(manifest) for manifest in manifests.base_objects(of)}


def neighbour(fixture: FlinkFixture, intent: str, image: str) -> None:
    """Lets another resource run in the named session, or rest, and ask for that image."""
    raw = raw_resource("flink", "other", flink={**NAMED["flink"], "image": image})
    attempt = {"id": "other-1-1", "number": 1, "startTime": "", "intent": intent, "runId": "1"}
    fixture.world.put({**raw, "status": {"attempt": attempt, "session": "mine"}})


def test_all_users_of_a_named_session_may_change_it_together() -> None:
    """Each leaves it, none changes it under one that still runs, and the first to begin again makes it what
    all ask for.
    """
    fixture = FlinkFixture(**NAMED)
    fixture.edit(flink={**NAMED["flink"], "image": "mine:2"})
    neighbour(fixture, "Running", "mine:2")
    assert FLINK.problems(fixture.resource, fixture.observed) == ()
    fixture.attempt("Ended")
    (problem,) = FLINK.problems(fixture.resource, fixture.observed)
    assert problem.sentence.endswith("changes its spec.flink.image after other has stopped")
    neighbour(fixture, "Ended", "mine:2")
    assert FLINK.problems(fixture.resource, fixture.observed) == ()
    fixture.says("", answer("not-found"), 404)
    plan = decide(fixture.resource, FLINK, fixture.observed, NOW)
    changed = {Ref.of(each.manifest).kind for each in plan.actions if isinstance(each, Patch)}
    assert "Deployment" in changed
    assert not [
        each for each in plan.actions if isinstance(each, HttpRequest)
    ]  # the old JobManager gets no new job


def test_a_neighbour_whose_spec_cannot_be_read_still_needs_its_session() -> None:
    """An older version let it in and its job goes on: the session is not removed under it."""
    fixture = FlinkFixture(**NAMED)
    neighbour(fixture, "Running", "mine:1")
    other = fixture.world.objects[Ref(f"{GROUP}/{VERSION}", KIND, "words", "other")]
    fixture.world.put({**other, "spec": {**other["spec"], "checkpoint": {"interval": "soon"}}})
    fixture.edit(suspend=True, **NAMED)
    assert other_users(fixture.resource, fixture.session, fixture.observed) == ("other",)


def rewritten(fixture: FlinkFixture) -> set[str]:
    """Kinds of the session's objects that a pass changes."""
    plan = decide(fixture.resource, FLINK, fixture.observed, NOW)
    return {Ref.of(each.manifest).kind for each in plan.actions if isinstance(each, Patch)}


def test_an_upgrade_of_the_operator_interrupts_no_job(monkeypatch: pytest.MonkeyPatch) -> None:
    """A JobManager that this version would write otherwise is replaced when no job runs in it, of whoever."""
    fixture = FlinkFixture()
    fixture.job("RUNNING")
    monkeypatch.setattr(manifests, "LOG4J", "rootLogger.level = WARN\n")
    assert rewritten(fixture) == set()
    fixture.attempt("Ended")
    fixture.says("", answer("not-found"), 404)
    raw = raw_resource("flink", "other")
    attempt = {"id": "other-1-1", "number": 1, "startTime": "", "intent": "Running", "runId": "1"}
    fixture.world.put({**raw, "status": {"attempt": attempt, "session": fixture.session.name}})
    assert rewritten(fixture) == set()
    fixture.world.put({**raw, "status": {"attempt": {**attempt, "intent": "Ended"}}})
    assert rewritten(fixture) == {"ConfigMap", "Deployment"}


def test_a_jobmanager_that_somebody_removed_is_made_again_whatever_runs() -> None:
    """Flink's records bring its jobs back."""
    fixture = FlinkFixture()
    fixture.record()
    fixture.gone(fixture.session.deployment)
    plan = decide(fixture.resource, FLINK, fixture.observed, NOW)
    assert any(isinstance(each, Create) and each.manifest["kind"] == "Deployment" for each in plan.actions)
