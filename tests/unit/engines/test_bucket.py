"""State in a bucket: no PVC, the address as configuration, the keys by the Secret's name."""

import json

import pytest
import yaml

from tests.support.builders import NOW, resource
from wordcount_cli.local.dry_run import dry_run
from wordcount_core.causes import Cause
from wordcount_operator.engines import ENGINES
from wordcount_operator.engines.common import pod_status
from wordcount_operator.engines.common.cleanup_pod import cleanup_pod
from wordcount_operator.model.actions import Create, HttpRequest
from wordcount_operator.model.objects import Manifest, Ref
from wordcount_operator.model.reads import Observed
from wordcount_operator.model.resource import WordCount

S3 = {
    "uri": "s3a://bucket/team/",
    "endpoint": "http://s3:7070",
    "region": "eu-central-1",
    "pathStyle": True,
    "credentialsSecret": "keys",
}
ROOT = "s3a://bucket/team/words/bible/uid-bible"
ENVIRONMENT = {
    "AWS_REGION": "eu-central-1",
    "S3_PATH_STYLE": "true",
    "AWS_ENDPOINT_URL_S3": "http://s3:7070",
    "AWS_ACCESS_KEY_ID": "keys/AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY": "keys/AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN": "keys/AWS_SESSION_TOKEN",
}


def of(engine: str) -> WordCount:
    """A resource whose state is kept in a bucket."""
    return resource(engine, checkpoint={"storage": {"s3": S3}})


def made(engine: str) -> list[Manifest]:
    """All objects until a run is under way, and the pods that are written in ConfigMaps."""
    actions, _ = dry_run(of(engine), ENGINES[engine], NOW)
    found = [action.manifest for action in actions if isinstance(action, Create)]
    texts = [text for each in found for name, text in each.get("data", {}).items() if "pod-template" in name]
    texts += [each["data"]["executor.yaml"] for each in found if "executor.yaml" in each.get("data", {})]
    return [*found, *map(yaml.safe_load, texts)]


def pod_specs(engine: str) -> list[Manifest]:
    """The specs of all pods among them."""
    specs = [each["spec"] for each in made(engine) if each["kind"] in ("Pod", "Deployment")]
    return [spec.get("template", {"spec": spec})["spec"] for spec in specs]


def environment(container: Manifest) -> dict[str, str]:
    """Its variables; one from a Secret as `secret/key`."""
    found = {}
    for each in container["env"]:
        reference = each.get("valueFrom", {}).get("secretKeyRef")
        found[each["name"]] = (
            f"{reference['name']}/{reference['key']}" if reference else each.get("value", "")
        )
    return found


@pytest.mark.parametrize("engine", ENGINES)
def test_no_claim_is_made_or_mounted_and_every_container_can_reach_the_store(engine: str) -> None:
    """Driver and executor template, JobManager with its first look, and TaskManager template."""
    assert "PersistentVolumeClaim" not in {each["kind"] for each in made(engine)}
    specs = pod_specs(engine)
    assert len(specs) == 2
    for spec in specs:
        assert not [each for each in spec["volumes"] if "persistentVolumeClaim" in each]
        for container in (*spec["containers"], *spec.get("initContainers", [])):
            assert ENVIRONMENT.items() <= environment(container).items()
            assert "/data" not in {mount["mountPath"] for mount in container["volumeMounts"]}


def test_spark_is_told_the_store_and_keeps_its_checkpoint_there() -> None:
    """The place is the resource's own; no key is in the arguments."""
    driver = next(each for each in made("spark") if each["kind"] == "Pod" and "args" in str(each))
    options = json.loads(driver["spec"]["containers"][0]["args"][-1])
    assert options["checkpointDir"] == f"{ROOT}/g1"
    assert options["conf"]["spark.hadoop.fs.s3a.endpoint"] == "http://s3:7070"
    assert options["conf"]["spark.hadoop.fs.s3a.path.style.access"] == "true"
    assert not [key for key in options["conf"] if "persistentVolumeClaim" in key]


def test_flink_keeps_checkpoints_and_its_own_records_there() -> None:
    """The session's high availability, the job's checkpoints and its savepoints."""
    config = next(each for each in made("flink") if "config.yaml" in each.get("data", {}))
    keys = yaml.safe_load(config["data"]["config.yaml"])
    assert keys["high-availability.storageDir"].startswith("s3a://bucket/team/ha/words/flink-")
    assert keys["s3.endpoint"] == "http://s3:7070"
    assert keys["s3.path-style-access"] == "true"
    actions, _ = dry_run(of("flink"), ENGINES["flink"], NOW)
    (submit,) = [action for action in actions if isinstance(action, HttpRequest)]
    assert submit.body["flinkConfiguration"]["execution.checkpointing.dir"] == f"{ROOT}/g1"
    assert (
        submit.body["flinkConfiguration"]["execution.checkpointing.savepoint-dir"] == f"{ROOT}/g1/savepoints"
    )


@pytest.mark.parametrize("engine", ENGINES)
def test_the_cleaner_needs_no_claim_to_be_there(engine: str) -> None:
    """On a volume, no claim means that no state is left; in a bucket it is always looked."""
    claim = Ref("v1", "PersistentVolumeClaim", "words", "bible-state")
    pod = cleanup_pod(of(engine), claim, Observed({}), ())
    assert pod is not None
    assert pod["spec"]["containers"][0]["command"][-1] == ROOT
    assert ENVIRONMENT.items() <= environment(pod["spec"]["containers"][0]).items()


def test_what_the_first_look_at_the_store_says_is_the_session_s_obstacle() -> None:
    """A JobManager that cannot begin says so in the words of the look, and a missing Secret names
    its field.
    """
    words = "spec.checkpoint.storage.s3.uri: there is no bucket bucket; create it, or correct the uri"
    reported = json.dumps({"cause": "StateUnavailable", "message": words})
    waits = {"waiting": {"reason": "CrashLoopBackOff"}}
    looked = {"state": waits, "lastState": {"terminated": {"message": reported}}}
    just = {"state": {"terminated": {"message": reported, "exitCode": 1}}}
    for each in (looked, just):
        observed = [{"status": {"initContainerStatuses": [each]}}]
        assert pod_status.startup_problem(observed) == (Cause.STATE_UNAVAILABLE, words)
    assert pod_status.startup_problem([{"status": {"containerStatuses": [just]}}]) is None
    missing = {"reason": "CreateContainerConfigError", "message": 'secret "keys" not found'}
    status = {"initContainerStatuses": [{"state": {"waiting": missing}}]}
    reference = {"secretKeyRef": {"name": "keys", "key": "AWS_ACCESS_KEY_ID"}}
    spec = {"initContainers": [{"env": [{"name": "AWS_ACCESS_KEY_ID", "valueFrom": reference}]}]}
    found = pod_status.startup_problem([{"spec": spec, "status": status}])
    stranger = pod_status.startup_problem([{"status": status}])
    assert stranger is not None
    assert stranger[0] is Cause.USER_CODE
    assert found is not None
    assert found[0] is Cause.STATE_UNAVAILABLE
    assert found[1].startswith("spec.checkpoint.storage.s3.credentialsSecret: ")


@pytest.mark.parametrize("engine", ENGINES)
def test_an_empty_volume_block_says_nothing(engine: str) -> None:
    """Written or not, it is the same spec: nothing restarts, and no session is another one."""
    silent, empty = resource(engine), resource(engine, checkpoint={"storage": {"volume": {}}})
    assert silent.spec_hash == empty.spec_hash
    assert ENGINES[engine].identify(silent, 1) == ENGINES[engine].identify(empty, 1)
    assert of(engine).spec_hash != silent.spec_hash
