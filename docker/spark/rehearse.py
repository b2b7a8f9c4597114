"""Plays one small streaming job while the image is built, so that the JVMs of driver and executor leave shared class archives.

Stands in for the Kubernetes API just enough for Spark to ask for an executor and for us to start one here, by the image's own
entry point. Must never reach anything but this machine, nor be part of a running container.
"""

import json
import os
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from pyspark.sql import SparkSession

EXECUTORS: list[subprocess.Popen[bytes]] = []


def start_executor(pod: dict) -> None:
    """Run the pod's one container as a process of this build; its address is this machine's."""
    given = {entry["name"]: entry.get("value", "127.0.0.1") for entry in pod["spec"]["containers"][0]["env"]}
    EXECUTORS.append(subprocess.Popen(["/opt/spark/entrypoint.sh", "executor"], env={**os.environ, **given}))


class Kubernetes(BaseHTTPRequestHandler):
    """Every object that is created exists at once, every list is empty, every watch is silent."""

    def answer(self, document: dict) -> None:
        body = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        if self.path.split("?")[0].endswith("/driver"):
            self.answer({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "driver", "uid": "0"}})
        else:
            self.answer({"kind": "PodList", "apiVersion": "v1", "metadata": {"resourceVersion": "1"}, "items": []})

    def do_POST(self) -> None:
        document = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if document["kind"] == "Pod":
            start_executor(document)
        document["metadata"]["uid"] = "1"
        self.answer(document)

    def do_DELETE(self) -> None:
        self.answer({"kind": "Status", "apiVersion": "v1", "status": "Success"})

    do_PATCH = do_PUT = do_DELETE

    def log_message(self, *_: object) -> None:
        """Say nothing: the build's log is long enough."""


def count_words(spark: SparkSession) -> None:
    """A job like ours: text files and a rate as lines, split into words, counted, shown; then a try at Kafka, which is not there."""
    os.makedirs("/tmp/lines")
    with open("/tmp/lines/one.txt", "w") as lines:
        lines.write("to be or not to be\n" * 100)
    for form, options in (("text", {"path": "/tmp/lines"}), ("rate", {"rowsPerSecond": "50"})):
        source = spark.readStream.format(form).options(**options).load()
        words = source.selectExpr("explode(regexp_extract_all(cast(value as string), r'(\\S+)', 1)) word")
        counts = words.groupBy("word").count()
        writer = counts.writeStream.outputMode("update").format("console").option("checkpointLocation", f"/tmp/state/{form}")
        query = writer.start()
        while (query.lastProgress or {"batchId": 0})["batchId"] < 1 and not query.awaitTermination(1):
            if form == "text":
                query.processAllAvailable()
                break
        query.stop()
    unreachable = {"kafka.bootstrap.servers": "127.0.0.1:9", "topic": "none", "kafka.max.block.ms": "500"}
    try:
        spark.sql("select 'a' key, 'b' value").write.format("kafka").options(**unreachable).save()
    except Exception as expected:
        print("as expected:", type(expected).__name__)


def main() -> None:
    """Leave /opt/spark/driver.jsa and /opt/spark/executor.jsa."""
    api = ThreadingHTTPServer(("127.0.0.1", 0), Kubernetes)
    threading.Thread(target=api.serve_forever, daemon=True).start()
    os.environ.update(SPARK_LOCAL_IP="127.0.0.1", SPARK_LOCAL_HOSTNAME="localhost")  # a build has no name in any DNS
    os.environ["SHARED_CLASSES_DRIVER"] = "-XX:ArchiveClassesAtExit=/opt/spark/driver.jsa"
    os.environ["SHARED_CLASSES_EXECUTOR"] = "-XX:ArchiveClassesAtExit=/opt/spark/executor.jsa"
    settings = {
        "spark.master": f"k8s://http://127.0.0.1:{api.server_port}",
        "spark.kubernetes.container.image": "this",
        "spark.kubernetes.driver.pod.name": "driver",
        "spark.driver.host": "127.0.0.1",
        "spark.executor.instances": "1",
        "spark.executor.memory": "512m",
        "spark.sql.shuffle.partitions": "2",
    }
    builder = SparkSession.builder
    for key, value in settings.items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    count_words(spark)
    jvm = spark.sparkContext._gateway.proc
    spark.stop()
    jvm.stdin.close()
    for process in (*EXECUTORS, jvm):
        process.wait(120)


main()
