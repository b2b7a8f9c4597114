"""One real Kafka broker on this machine for as long as a block runs; never one that keeps anything."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.cluster.places import CACHE, CHECKOUT
from tests.cluster.processes import answers, last_words
from tests.e2e.kube import until

PARTS = CHECKOUT / "docker" / "kafka"
JARS = CACHE / "kafka"
COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
JAVA = ("java", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-Xmx400m", "-XX:+UseSerialGC")


@contextmanager
def kafka(folder: Path) -> Iterator[str]:
    """A broker whose data and log lie in the folder; its address."""
    broker, other, controller = _ports(3)
    settings = (PARTS / "server.properties").read_text().replace("/data/kafka", str(folder / "kafka"))
    for before, after in {"9092": broker, "9093": controller, "9094": other}.items():
        settings = settings.replace(f":{before}", f":{after}")
    settings = settings.replace("://:", "://127.0.0.1:").replace("://kafka:", "://127.0.0.1:")
    (folder / "server.properties").write_text(settings)
    program = (*JAVA, "-cp", f"{_jars()}/*")
    stored = ("--cluster-id", "wordcountwordcountwordA", "--config", folder / "server.properties")
    subprocess.run((*program, "kafka.tools.StorageTool", "format", *stored), check=True, capture_output=True)
    log = folder / "kafka.log"
    with (
        log.open("wb") as said,
        subprocess.Popen(
            (*program, "kafka.Kafka", folder / "server.properties"), stdout=said, stderr=said
        ) as server,
    ):
        try:
            until(lambda: answers("127.0.0.1", broker) or server.poll() is not None, 60, "Kafka answers")
            assert server.poll() is None, last_words(log)
            yield f"127.0.0.1:{broker}"
        finally:
            server.kill()


def _jars() -> Path:
    """The folder with the broker's jars, fetched by Maven once."""
    whole = JARS / ".whole"
    wanted = (PARTS / "pom.xml").read_text()
    if not whole.exists() or whole.read_text() != wanted:
        pom = ("-f", PARTS / "pom.xml", "-DincludeScope=runtime", f"-DoutputDirectory={JARS}")
        subprocess.run(("mvn", "-B", "-q", COPY, *pom), check=True)
        whole.write_text(wanted)
    return JARS


def _ports(number: int) -> list[int]:
    """Ports that were free a moment ago, all of them different."""
    taken = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [each.getsockname()[1] for each in taken]
    for each in taken:
        each.close()
    return ports
