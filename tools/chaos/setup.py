"""Sets up what chaos runs against, and removes it: cluster, operator, Kafka and both engines."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tools.cluster.paths import CHECKOUT
from tools.cluster.terminal import step
from tools.testbed import ENGINES, deployment
from tools.testbed.kube import Object, Space
from tools.testbed.pair import TOPIC, resource, topic

SPACE = Space("wordcount-chaos")
HERE = Path(__file__).parent
S3 = CHECKOUT / "examples" / "servers" / "s3.yaml"
STORAGE: dict[str, Object] = {
    "volume": {"volume": {}},
    "s3": {
        "s3": {
            "uri": "s3a://wordcount/state",
            "endpoint": "http://s3:7070",
            "region": "us-east-1",
            "pathStyle": True,
            "credentialsSecret": "s3",
        }
    },
}
USUAL = "s3" if S3.exists() else "volume"
LINES = 1000
"""Lines of the book that are sent over and over.

With more, the ConfigMap would be too large for kubectl apply.
"""


@contextmanager
def installed() -> Iterator[None]:
    """Cluster, images, an operator of two replicas.

    And all of it gone again, but for a cluster that was there before.
    """
    with deployment.cluster():
        try:
            with step("helm install"):
                deployment.install(replicas=2)
            yield
        finally:
            deployment.uninstall()


@contextmanager
def prepared(storage: str) -> Iterator[Space]:
    """The namespace in which both engines count what is produced; removed after it."""
    deployment.remove(SPACE)
    try:
        with step("Kafka, a producer, and both engines counting"):
            _prepare(storage)
        yield SPACE
    finally:
        deployment.remove(SPACE)


def _prepare(storage: str) -> None:
    deployment.namespace(SPACE)
    servers = [deployment.KAFKA, *([S3] if storage == "s3" else [])]
    for each in (*servers, deployment.KAFKA_CLIENT):
        SPACE.apply(each)
    apps = f"app in (kafka-client, {', '.join(file.stem for file in servers)})"
    SPACE.kubectl("wait", "pod", "-l", apps, "--for=condition=Ready", "--timeout=120s")
    SPACE.apply(_lines())
    SPACE.apply(HERE / "producer.yaml")
    for engine in ENGINES:
        SPACE.apply(counting(engine, storage))
    for engine in ENGINES:
        SPACE.wait_phase(f"chaos-{engine}", "Running")


def _lines() -> Object:
    """Return the ConfigMap with the producer's program and the lines that it sends."""
    data = {"producer.py": (HERE / "producer.py").read_text(), "lines": "\n".join(deployment.book()[:LINES])}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "producer"}, "data": data}


def counting(engine: str, storage: str) -> Object:
    """The resource `chaos-<engine>`: it tries again at once, since the next fault is never far."""
    spec: dict[str, Any] = {
        "source": topic(TOPIC),
        "sink": topic(f"counts-{engine}"),
        "checkpoint": {"interval": "2s", "storage": STORAGE[storage]},
        "restart": {"backoff": {"initial": "1s", "max": "5s"}, "stalledAfter": "60s"},
    }
    return resource(f"chaos-{engine}", engine, **spec)
