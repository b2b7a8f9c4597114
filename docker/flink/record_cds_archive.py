"""Record the class-data archives of JobManager and TaskManager while the image is built.

The JVMs run small SQL jobs and write /opt/flink/jobmanager.jsa and /opt/flink/taskmanager.jsa when they end.
Called with `job` it is the program that is submitted.
"""

# ruff: noqa: S108, S310, S608 - it is alone in a container, and all that it is given is written here

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import fake_kube_api

CONFIGURATION = """\
kubernetes.cluster-id: recording
kubernetes.entry.path: /usr/bin/env
kubernetes.container.image.ref: this
kubernetes.flink.conf.dir: /opt/flink/conf
kubernetes.taskmanager.cpu.amount: 1
jobmanager.rpc.address: 127.0.0.1
jobmanager.memory.process.size: 1024m
jobmanager.scheduler: Adaptive
taskmanager.memory.process.size: 1024m
taskmanager.memory.jvm-metaspace.size: 160m
taskmanager.host: 127.0.0.1
taskmanager.rpc.port: 16122
taskmanager.numberOfTaskSlots: 4
rest.address: 127.0.0.1
rest.port: 18081
web.upload.dir: /tmp/flink-web
execution.checkpointing.dir: file:///tmp/state
execution.checkpointing.interval: 1s
"""
LOGGING = """\
rootLogger.level = WARN
rootLogger.appenderRef.console.ref = console
appender.console.name = console
appender.console.type = CONSOLE
appender.console.layout.type = PatternLayout
"""
REST = "http://127.0.0.1:18081"
KAFKA = "'properties.bootstrap.servers' = '127.0.0.1:9', 'topic' = 'none'"


def main() -> None:
    """JobManager and TaskManager as in a cluster, until both have ended and written."""
    folder = Path("/opt/flink/conf")
    folder.mkdir()
    (folder / "config.yaml").write_text(CONFIGURATION)
    (folder / "log4j-console.properties").write_text(LOGGING)
    fake_kube_api.OBJECTS["/apis/apps/v1/namespaces/default/deployments/recording"] = {
        "kind": "Deployment",
        "apiVersion": "apps/v1",
        "metadata": {"name": "recording", "uid": "0"},
    }
    # A build has no name in any DNS, and Java asks for the address of its own.
    Path("/tmp/hosts").write_text(f"127.0.0.1 localhost {socket.gethostname()}\n")
    os.environ.update(
        _POD_IP_ADDRESS="127.0.0.1", JVM_ARGS="-XX:MaxMetaspaceSize=256m -Djdk.net.hosts.file=/tmp/hosts"
    )
    with fake_kube_api.api() as address:
        os.environ["KUBERNETES_MASTER"] = address
        os.environ["SHARED_CLASSES"] = "-XX:ArchiveClassesAtExit=/opt/flink/jobmanager.jsa"
        fake_kube_api.WORKERS.append(subprocess.Popen(["kubernetes-jobmanager.sh", "kubernetes-session"]))
        os.environ["SHARED_CLASSES"] = "-XX:ArchiveClassesAtExit=/opt/flink/taskmanager.jsa"
        count()


def count() -> None:
    """Two jobs, one that counts and one that waits for Kafka; both cancelled in the end."""
    until(lambda: ask("/overview"))
    counting = submit("console")
    until(lambda: ask(f"/jobs/{counting}/checkpoints")["counts"]["completed"])
    kafka = submit("kafka")
    time.sleep(5)
    for job in (counting, kafka):
        ask(f"/jobs/{job}?mode=cancel", "PATCH")
    until(lambda: ask(f"/jobs/{counting}")["state"] == "CANCELED")


def ask(path: str, method: str = "GET", body: object = None) -> dict:
    """The answer of the JobManager's REST API, as a document."""
    data = json.dumps(body).encode() if body else None
    request = urllib.request.Request(REST + path, data, {"Content-Type": "application/json"}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise RuntimeError(error.read().decode()) from error


def until(holds) -> None:
    """Wait for an answer that is true; the build fails if none comes in time."""
    deadline = time.monotonic() + 90
    while True:
        try:
            if holds():
                return
        except (RuntimeError, OSError):
            pass
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.5)


def submit(sink: str) -> str:
    """Send this file as a session job; returns its id."""
    program = ["-pyclientexec", sys.executable, "-py", __file__, "job", sink]
    body = {"entryClass": "org.apache.flink.client.python.PythonDriver", "programArgsList": program}
    return ask("/jars/wordcount.jar/run", "POST", body)["jobid"]


def job(sink: str) -> None:
    """Count words: of generated lines onto the console, or from Kafka to Kafka, which is not there."""
    from pyflink.table import EnvironmentSettings, TableEnvironment  # noqa: PLC0415 - slow, and only the program needs it

    tables = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
    tables.get_config().set("table.exec.mini-batch.enabled", "true")
    tables.get_config().set("table.exec.mini-batch.allow-latency", "1 s")
    tables.get_config().set("table.exec.mini-batch.size", "1000")
    tables.execute_sql(
        "CREATE TABLE made (line STRING) WITH ('connector' = 'datagen', 'rows-per-second' = '50')"
    )
    tables.execute_sql(
        f"CREATE TABLE read (line STRING) WITH ('connector' = 'kafka', {KAFKA}, 'format' = 'raw', 'scan.startup.mode' = 'earliest-offset')"
    )
    tables.execute_sql("CREATE TABLE console (word STRING, n BIGINT) WITH ('connector' = 'print')")
    tables.execute_sql(
        f"CREATE TABLE kafka (word STRING, n BIGINT, PRIMARY KEY (word) NOT ENFORCED) WITH ('connector' = 'upsert-kafka', {KAFKA}, 'key.format' = 'raw', 'value.format' = 'json')"
    )
    source = {"console": "made", "kafka": "read"}[sink]
    tables.execute_sql(
        f"INSERT INTO {sink} SELECT word, COUNT(*) FROM {source}"
        " CROSS JOIN UNNEST(REGEXP_EXTRACT_ALL(line, '[^ ]+', 0)) AS t(word) GROUP BY word"
    )


if sys.argv[1:2] == ["job"]:
    job(sys.argv[2])
else:
    main()
