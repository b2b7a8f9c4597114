"""Starts and ends a Kafka broker (KRaft, one node) as a process of this machine."""

import hashlib
import shutil
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools.cluster.paths import CHECKOUT
from tools.cluster.terminal import run
from tools.testbed.servers.certificates import authority, certificate
from wordcount_cli.local.engine_envs import cache

USER, PASSWORD = "words", "it's $ecret {really}: 100%"
"""What comes in; the password has what a careless program would take for syntax."""
LISTENERS = ("plain", "secure", "expired", "mutual")
LOG = "broker.log"
_JAVA = (
    "-Xmx400m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
)
_POM = CHECKOUT / "docker" / "kafka" / "pom.xml"
_HOST = "DNS:localhost"


@dataclass
class Process:
    """A broker that can die and be started again on the same addresses, with what it had."""

    command: tuple[object, ...]
    log: Path
    addresses: dict[str, str]
    running: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        """Returns perhaps before it answers."""
        with self.log.open("a") as log:
            self.running = subprocess.Popen([str(word) for word in self.command], stdout=log, stderr=log)

    def kill(self) -> None:
        """It is gone when this returns."""
        if self.running:
            self.running.kill()
            self.running.wait()


@contextmanager
def process(folder: Path, secure: bool) -> Iterator[Process]:
    """A broker that was started, perhaps before it answers; it is gone afterwards."""
    folder.mkdir(parents=True, exist_ok=True)
    names = LISTENERS if secure else LISTENERS[:1]
    with ExitStack() as stack:  # all at once, so that no port is given twice
        free = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in (*names, "controller")]
        *ports, controller = (each.getsockname()[1] for each in free)
    addresses = {name: f"localhost:{port}" for name, port in zip(names, ports, strict=True)}
    settings = _settings(folder, addresses, f"localhost:{controller}") | (_safety(folder) if secure else {})
    properties = folder / "server.properties"
    properties.write_text("".join(f"{key}={value}\n" for key, value in settings.items()))
    java = ("java", *_JAVA, "-cp", f"{jars()}/*")
    user = f'=[name={USER},password="{PASSWORD}"]'
    scram = [word for each in ("256", "512") for word in ("--add-scram", f"SCRAM-SHA-{each}{user}")]
    tool = ("kafka.tools.StorageTool", "format", "--standalone", "--cluster-id", "wordcountwordcountwordA")
    run(*java, *tool, "--config", properties, *(scram if secure else ()))
    broker = Process((*java, "kafka.Kafka", properties), folder / LOG, addresses)
    broker.start()
    try:
        yield broker
    finally:
        broker.kill()


def jars() -> Path:
    """The folder with Kafka's jars, fetched by Maven once."""
    home = cache() / "kafka" / hashlib.sha256(_POM.read_bytes()).hexdigest()[:16]
    if not home.exists():
        fetched = home.with_suffix(".part")
        shutil.rmtree(fetched, ignore_errors=True)
        copy = ("dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={fetched}")
        run("mvn", "-q", "-B", "-f", _POM, *copy)
        fetched.rename(home)
    return home


def _settings(folder: Path, addresses: Mapping[str, str], controller: str) -> dict[str, str]:
    listeners = ",".join(f"{name}://{address}" for name, address in addresses.items())
    protocols = (f"{name}:{'PLAINTEXT' if name == 'plain' else _protocol(name)}" for name in addresses)
    alone = ("offsets.topic", "transaction.state.log", "share.coordinator.state.topic")
    return {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.bootstrap.servers": controller,
        "controller.listener.names": "CONTROLLER",
        "listeners": f"{listeners},CONTROLLER://{controller}",
        "advertised.listeners": listeners,
        "inter.broker.listener.name": "plain",
        "listener.security.protocol.map": ",".join([*protocols, "CONTROLLER:PLAINTEXT"]),
        "log.dirs": str(folder / "data"),
        "auto.create.topics.enable": "false",
        "group.initial.rebalance.delay.ms": "0",
        "offsets.topic.num.partitions": "1",
        "transaction.state.log.num.partitions": "1",
        **{f"{each}.replication.factor": "1" for each in alone},
        **{f"{each}.min.isr": "1" for each in alone[1:]},
    }


def _protocol(listener: str) -> str:
    return "SSL" if listener == "mutual" else "SASL_SSL"


def _safety(folder: Path) -> dict[str, str]:
    """Certificates of an own authority, and who may come in."""
    authority(folder)
    certificate(folder, "server", _HOST)
    certificate(folder, "expired", _HOST, days=-1)
    certificate(folder, "client")
    own = {
        "secure": {**_shows(folder, "server"), **_login()},
        "expired": {**_shows(folder, "expired"), **_login()},
        "mutual": {
            **_shows(folder, "server"),
            "ssl.client.auth": "required",
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(folder / "ca.crt"),
        },
    }
    return {f"listener.name.{name}.{key}": value for name, each in own.items() for key, value in each.items()}


def _shows(folder: Path, name: str) -> dict[str, str]:
    both = folder / f"{name}.pem"
    both.write_text((folder / f"{name}.key").read_text() + (folder / f"{name}.crt").read_text())
    return {"ssl.keystore.type": "PEM", "ssl.keystore.location": str(both)}


def _login() -> dict[str, str]:
    module = "org.apache.kafka.common.security.{}LoginModule required{};"
    scram = module.format("scram.Scram", "")
    return {
        "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
        "plain.sasl.jaas.config": module.format("plain.Plain", f' user_{USER}="{PASSWORD}"'),
        "scram-sha-256.sasl.jaas.config": scram,
        "scram-sha-512.sasl.jaas.config": scram,
    }
