"""The Spark engine's manifests and what it reads from pods; never a cluster."""

import copy
import json
from typing import Any

import pytest
import yaml

from tests.support.builders import FakeCluster, recorded, resource
from wordcount_core.causes import Cause
from wordcount_operator.api.v1alpha1 import Attempt
from wordcount_operator.engines.spark import Spark
from wordcount_operator.engines.spark.conf import conf
from wordcount_operator.engines.spark.manifests import base_objects, driver, progress_url
from wordcount_operator.model.actions import Create
from wordcount_operator.model.job import Stage
from wordcount_operator.model.objects import ATTEMPT_LABEL, Manifest
from wordcount_operator.model.reads import HttpReply
from wordcount_operator.model.resource import WordCount

SPARK = Spark()
ATTEMPT = Attempt(id="bible-1-1", number=1, start_time="2026-11-22T12:00:00Z", intent="Running")


def started(**spec: Any) -> WordCount:
    """A resource whose first attempt is on record."""
    asked = resource(**spec)
    return recorded(asked, asked.status.model_copy(update={"attempt": ATTEMPT}))


def world(of: WordCount, **status: Any) -> FakeCluster:
    """The driver pod with that status."""
    return FakeCluster({**driver(of, ATTEMPT), "status": status})


def test_the_driver_is_told_everything_by_one_document() -> None:
    """The resource's blocks reach the job unchanged, with the state's place and the progress port."""
    of = started(
        text={"lowercase": True}, sink={"kafka": {"bootstrapServers": "kafka:9092", "topic": "counts"}}
    )
    command = driver(of, ATTEMPT)["spec"]["containers"][0]["args"]
    assert command[:4] == ["python", "-m", "wordcount_jobs.spark.main", "--options"]
    options = json.loads(command[4])
    assert options["text"]["lowercase"] is True
    assert options["sink"]["kafka"]["topic"] == "counts"
    assert options["checkpointDir"] == "/data/state/words/bible/uid-bible/g1"
    assert options["progressPort"] == 8090


def test_the_driver_says_where_sparks_own_metrics_are() -> None:
    """Until a template takes that back."""
    found = driver(started(), ATTEMPT)["metadata"]["annotations"]
    assert found["prometheus.io/scrape"] == "true"
    assert found["prometheus.io/port"] == "4040"
    quiet = {"podTemplate": {"metadata": {"annotations": {"prometheus.io/scrape": "false"}}}}
    assert driver(started(spark=quiet), ATTEMPT)["metadata"]["annotations"]["prometheus.io/scrape"] == "false"


def test_driver_and_executors_pass_pod_security_restricted() -> None:
    """Not root, no privilege escalation, no capabilities, a read-only root file system, the runtime's seccomp
    profile.
    """
    of = started()
    template = next(m for m in base_objects(of) if m["kind"] == "ConfigMap")
    for pod in (driver(of, ATTEMPT), yaml.safe_load(template["data"]["executor.yaml"])):
        assert pod["spec"]["securityContext"]["runAsNonRoot"] is True
        assert pod["spec"]["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in pod["spec"]["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }


def test_heap_and_overhead_fill_the_pod_and_no_more() -> None:
    """An executor's heap and overhead add up to the memory that the resource names, in MiB."""
    keys = conf(started(resources={"worker": {"memory": "4Gi", "replicas": 2}}, parallelism=5), ATTEMPT)
    heap, overhead = (int(keys[f"spark.executor.{key}"].rstrip("m")) for key in ("memory", "memoryOverhead"))
    assert heap + overhead == 4096
    assert (keys["spark.executor.instances"], keys["spark.executor.cores"]) == ("2", "3")


def test_with_low_latency_each_executor_has_room_for_all_tasks_and_is_waited_for() -> None:
    """Spark refuses the query where not all of its tasks can run at once; no core is asked for that."""
    kafka = {"bootstrapServers": "kafka:9092"}
    low = {
        "latency": "low",
        "source": {"kafka": {**kafka, "topics": ["lines"]}},
        "sink": {"kafka": {**kafka, "topic": "counts"}},
    }
    keys = conf(started(**low, parallelism=5), ATTEMPT)
    assert int(keys["spark.executor.cores"]) >= 5 + 200
    assert keys["spark.kubernetes.executor.request.cores"] == "1"
    assert keys["spark.scheduler.minRegisteredResourcesRatio"] == "1"


def test_executors_are_asked_for_at_once_but_not_sooner_than_spark_takes() -> None:
    """Spark refuses to start with an allocation delay of 100 ms or less; seen on a cluster."""
    delay = conf(started(), ATTEMPT)["spark.kubernetes.allocation.batch.delay"]
    assert 100 < int(delay.removesuffix("ms")) < 1000


def test_the_users_conf_and_pod_template_reach_the_pods() -> None:
    """spark.conf adds keys; podTemplate merges by container name, `main` being the engine's."""
    template = {
        "metadata": {"labels": {"team": "words"}},
        "spec": {
            "nodeSelector": {"disk": "ssd"},
            "containers": [{"name": "main", "env": [{"name": "A", "value": "1"}]}],
        },
    }
    of = started(spark={"conf": {"spark.sql.ansi.enabled": "true"}, "podTemplate": template})
    pod = driver(of, ATTEMPT)
    assert pod["spec"]["nodeSelector"] == {"disk": "ssd"}
    assert pod["metadata"]["labels"]["team"] == "words"
    assert pod["metadata"]["labels"][ATTEMPT_LABEL] == ATTEMPT.id
    [container] = pod["spec"]["containers"]
    assert container["env"] == [{"name": "A", "value": "1"}]
    assert container["image"] == "spark:test"
    assert json.loads(container["args"][4])["conf"]["spark.sql.ansi.enabled"] == "true"


@pytest.mark.parametrize(
    ("spec", "reason", "field"),
    [
        ({"spark": {"conf": {"spark.master": "local"}}}, "ReservedConf", "spec.spark.conf: spark.master"),
        ({"source": {"files": {"path": "/etc"}}}, "PathOutsideVolume", "spec.source.files.path: /etc"),
        (
            {"source": {"files": {"path": "/database"}}},
            "PathOutsideVolume",
            "spec.source.files.path: /database",
        ),
    ],
)
def test_what_spark_cannot_work_with_names_the_field(spec: Manifest, reason: str, field: str) -> None:
    """A problem carries the field's path, what is wrong, and what to write instead."""
    of = resource(**spec)
    [problem] = SPARK.problems(of, FakeCluster().observed(of, SPARK))
    assert problem.reason == reason
    assert problem.sentence.startswith(field)


def test_a_path_under_a_mounted_volume_is_fine() -> None:
    """The state volume and volumes of the user's template both count as mounted."""
    mount = {
        "spec": {"containers": [{"name": "main", "volumeMounts": [{"name": "x", "mountPath": "/lines"}]}]}
    }
    for path, block in (("/data/lines", {}), ("/lines/de", {"podTemplate": mount})):
        of = resource(source={"files": {"path": path}}, spark=block)
        assert SPARK.problems(of, FakeCluster().observed(of, SPARK)) == ()


def terminated(**ended: Any) -> Manifest:
    """The status of a pod whose container ended."""
    return {
        "phase": "Failed",
        "containerStatuses": [{"name": "main", "state": {"terminated": {"exitCode": 1, **ended}}}],
    }


DRAINED = {"type": "DisruptionTarget", "status": "True", "reason": "EvictionByEvictionAPI", "message": "m"}
"""What the API server notes on a pod that `kubectl drain` evicts."""


@pytest.mark.parametrize(
    ("status", "stage", "cause"),
    [
        ({"phase": "Pending"}, Stage.STARTING, None),
        (
            {
                "phase": "Pending",
                "containerStatuses": [
                    {"name": "main", "image": "x", "state": {"waiting": {"reason": "ImagePullBackOff"}}}
                ],
            },
            Stage.STARTING,
            Cause.IMAGE,
        ),
        (
            {
                "phase": "Pending",
                "conditions": [{"type": "PodScheduled", "reason": "Unschedulable", "message": "no cpu"}],
            },
            Stage.STARTING,
            Cause.INFRASTRUCTURE,
        ),
        ({"phase": "Running"}, Stage.UNKNOWN, None),
        ({"phase": "Succeeded"}, Stage.ENDED, Cause.USER_CODE),
        (terminated(reason="OOMKilled"), Stage.FAILED, Cause.OUT_OF_MEMORY),
        ({**terminated(), "reason": "Evicted"}, Stage.FAILED, Cause.INFRASTRUCTURE),
        ({"phase": "Failed", "reason": "OutOfcpu", "message": "no cpu"}, Stage.FAILED, Cause.INFRASTRUCTURE),
        ({"phase": "Succeeded", "conditions": [DRAINED]}, Stage.FAILED, Cause.INFRASTRUCTURE),
        (
            terminated(message='{"cause": "SourceUnavailable", "message": "m"}'),
            Stage.FAILED,
            Cause.SOURCE_UNAVAILABLE,
        ),
        (terminated(message="Traceback\nValueError: no"), Stage.FAILED, Cause.USER_CODE),
        (terminated(), Stage.FAILED, Cause.USER_CODE),
    ],
)
def test_each_end_and_each_hindrance_has_its_cause(
    status: Manifest, stage: Stage, cause: Cause | None
) -> None:
    """What a pod's status says becomes a stage, a cause and a sentence."""
    of = started()
    state = SPARK.job_state(of, world(of, **status).observed(of, SPARK))
    assert (state.stage, state.cause) == (stage, cause)
    assert state.message


@pytest.mark.parametrize("phase", ["Running", "Succeeded", "Failed"])
@pytest.mark.parametrize("conditions", [[], [DRAINED]])
def test_a_driver_that_is_deleted_has_not_failed_by_itself(phase: str, conditions: list[Manifest]) -> None:
    """However it ends then: the cause is never the program, and an eviction is named while it goes on."""
    of = started()
    pod = driver(of, ATTEMPT)
    meta = {**pod["metadata"], "deletionTimestamp": "2026-11-22T12:00:00Z"}
    there = FakeCluster({**pod, "metadata": meta, "status": {"phase": phase, "conditions": conditions}})
    state = SPARK.job_state(of, there.observed(of, SPARK))
    assert state.stage is (Stage.STOPPING if phase == "Running" else Stage.FAILED)
    assert state.cause is (Cause.INFRASTRUCTURE if phase != "Running" or conditions else None)
    assert ("EvictionByEvictionAPI: m" in state.message) == bool(conditions)


def test_a_driver_that_answers_runs_and_tells_its_counts() -> None:
    """The progress page becomes counters and the newest checkpoint."""
    of = started()
    there = world(of, phase="Running")
    body = {"lines": 3, "words": 9, "distinctWords": 4, "batch": 2, "at": "2026-11-22T12:00:05Z"}
    made = {"stateBytes": 700, "checkpointMs": 61}
    there.replies[progress_url(of)] = HttpReply(200, body | made)
    state = SPARK.job_state(of, there.observed(of, SPARK))
    assert state.stage is Stage.RUNNING
    assert state.counters is not None
    assert (state.counters.lines, state.counters.words, state.counters.distinct_words) == (3, 9, 4)
    assert state.latest is not None
    assert (state.latest.id, state.latest.bytes, state.latest.duration_ms) == ("2", 700, 61)


def test_a_driver_that_counts_windows_tells_of_late_and_bad_lines() -> None:
    """With some of the bad ones, for a person to look at."""
    of = started()
    there = world(of, phase="Running")
    refused = {"lateLines": 2, "badLines": 1, "badSample": ["no instant"]}
    body = {"lines": 3, "words": 0, "distinctWords": None, "batch": 2, "at": "2026-11-22T12:00:05Z"}
    there.replies[progress_url(of)] = HttpReply(200, body | refused)
    found = SPARK.job_state(of, there.observed(of, SPARK)).counters
    assert found is not None
    assert (found.late_lines, found.bad_lines, found.bad_sample) == (2, 1, ("no instant",))


def test_a_second_driver_waits_until_every_pod_of_the_first_is_gone() -> None:
    """An executor that outlived its driver holds the next attempt back, and is removed once."""
    of = started()
    executor = {
        **driver(of, ATTEMPT),
        "metadata": {**driver(of, ATTEMPT)["metadata"], "name": "bible-1-exec-1"},
    }
    there = FakeCluster(executor)
    assert not [a for a in SPARK.start(of, ATTEMPT, there.observed(of, SPARK)) if isinstance(a, Create)]
    there.put({**executor, "metadata": {**executor["metadata"], "deletionTimestamp": "2026-11-22T12:00:00Z"}})
    assert SPARK.start(of, ATTEMPT, there.observed(of, SPARK)) == ()


def test_a_killed_driver_is_no_failure_of_the_program() -> None:
    """The end of its log, whatever that was, is not why it ended."""
    of = started()
    observed = world(of, **terminated(exitCode=137, reason="Error", message="WARN falling behind")).observed(
        of, SPARK
    )
    assert SPARK.job_state(of, observed).cause is Cause.INFRASTRUCTURE


def test_an_executor_on_another_node_than_its_claim_is_named() -> None:
    """A claim for one node is no claim for two; with ReadWriteMany it is only starting."""
    of = started()
    for modes, named in ((["ReadWriteOnce"], True), (["ReadWriteMany"], False)):
        observed = world(of, phase="Running")
        observed.replies[progress_url(of)] = HttpReply(503)
        driver_pod = next(each for ref, each in observed.objects.items() if ref.name == "bible-driver")
        driver_pod["spec"]["nodeName"] = "one"
        executor = copy.deepcopy(driver_pod)
        executor["metadata"] |= {"name": "bible-1-exec-1", "uid": "other"}
        executor |= {"spec": {"nodeName": "two"}, "status": {"phase": "Pending"}}
        observed.put(executor)
        claim = next(each for each in base_objects(of) if each["kind"] == "PersistentVolumeClaim")
        observed.put({**claim, "spec": {**claim["spec"], "accessModes": modes}})
        state = SPARK.job_state(of, observed.observed(of, SPARK))
        assert (state.cause is Cause.INFRASTRUCTURE) is named
        assert ("spec.checkpoint.storage.volume" in state.message) is named


def test_one_driver_name_for_all_attempts() -> None:
    """One driver Pod name per resource, whatever the attempt, so that the API server itself refuses a second
    driver.
    """
    attempts = [ATTEMPT.model_copy(update={"id": f"bible-1-{n}", "number": n}) for n in (1, 2, 7)]
    assert {driver(started(), each)["metadata"]["name"] for each in attempts} == {"bible-driver"}


@pytest.mark.parametrize(
    ("code", "stage", "cause"),
    [(1, Stage.FAILED, Cause.STATE_INCOMPATIBLE), (0, Stage.ENDED, Cause.USER_CODE)],
)
def test_a_container_beside_the_drivers_neither_hides_its_end_nor_stands_for_it(
    code: int, stage: Stage, cause: Cause
) -> None:
    """A template adds one: it is listed first and runs on; what counts is how `main` ended."""
    reported = {"exitCode": code, "message": '{"cause": "StateIncompatible", "message": "other rules"}'}
    beside = {"name": "agent", "state": {"running": {}}}
    main = {"name": "main", "state": {"terminated": reported}}
    of = started()
    there = world(of, phase="Running", containerStatuses=[beside, main])
    found = SPARK.job_state(of, there.observed(of, SPARK))
    assert (found.stage, found.cause) == (stage, cause)
