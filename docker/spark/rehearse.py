"""Plays small streaming jobs while the image is built, so that the JVMs of driver and executor leave shared class archives.

Must never be part of a running container. Leaves /opt/spark/driver.jsa and /opt/spark/executor.jsa.
"""

# ruff: noqa: S108 - it is alone in a container

import os
from pathlib import Path

import stand_in
from pyspark.sql import SparkSession

LINES = Path("/tmp/lines")


def main() -> None:
    """Driver and executor as in a cluster, until both have ended and written."""
    # A build has no name in any DNS.
    os.environ.update(SPARK_LOCAL_IP="127.0.0.1", SPARK_LOCAL_HOSTNAME="localhost")
    for role in ("driver", "executor"):
        os.environ[f"SHARED_CLASSES_{role.upper()}"] = f"-XX:ArchiveClassesAtExit=/opt/spark/{role}.jsa"
    with stand_in.api() as address:
        spark = session(address)
        jvm = spark.sparkContext._gateway.proc
        count(spark, "text", path=str(LINES))
        count(spark, "rate", rowsPerSecond="50")
        write_to_kafka(spark)
        spark.stop()
        jvm.stdin.close()
        jvm.wait(120)


def session(api: str) -> SparkSession:
    """A driver in client mode, as the operator starts it, with one executor."""
    stand_in.OBJECTS["/api/v1/namespaces/default/pods/driver"] = {
        "kind": "Pod",
        "apiVersion": "v1",
        "metadata": {"name": "driver", "uid": "0"},
    }
    stand_in.ENTRY.append("/opt/spark/entrypoint.sh")
    settings = {
        "spark.master": f"k8s://{api}",
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
    return builder.getOrCreate()


def count(spark: SparkSession, source: str, **options: str) -> None:
    """A streaming word count like ours, for at least one batch with lines."""
    LINES.mkdir(exist_ok=True)
    (LINES / "one.txt").write_text("to be or not to be\n" * 100)
    lines = spark.readStream.format(source).options(**options).load()
    words = lines.selectExpr("explode(regexp_extract_all(cast(value as string), r'(\\S+)', 1)) word")
    counts = words.groupBy("word").count().writeStream.outputMode("update").format("console")
    query = counts.option("checkpointLocation", f"/tmp/state/{source}").start()
    while not any(progress["numInputRows"] for progress in query.recentProgress):
        query.awaitTermination(0.5)
    query.stop()


def write_to_kafka(spark: SparkSession) -> None:
    """Kafka's producer starts, finds no broker, and fails: its classes are what matters."""
    nowhere = {"kafka.bootstrap.servers": "127.0.0.1:9", "topic": "none", "kafka.max.block.ms": "500"}
    try:
        spark.sql("select 'a' key, 'b' value").write.format("kafka").options(**nowhere).save()
    except Exception as expected:
        print("as expected:", type(expected).__name__)


main()
