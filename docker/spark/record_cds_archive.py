"""Record the class-data archives of driver and executor while the image is built.

The JVMs run small streaming jobs and write /opt/spark/driver.jsa and /opt/spark/executor.jsa when they end.
"""

# ruff: noqa: S108 - it is alone in a container

import os
from pathlib import Path

import fake_kube_api
from pyspark.sql import SparkSession

LINES = Path("/tmp/lines")


def main() -> None:
    """Driver and executor as in a cluster, until both have ended and written."""
    # A build has no name in any DNS.
    os.environ.update(SPARK_LOCAL_IP="127.0.0.1", SPARK_LOCAL_HOSTNAME="localhost")
    for role in ("driver", "executor"):
        os.environ[f"SHARED_CLASSES_{role.upper()}"] = f"-XX:ArchiveClassesAtExit=/opt/spark/{role}.jsa"
    with fake_kube_api.api() as address:
        spark = session(address)
        jvm = spark.sparkContext._gateway.proc
        count(spark, "text", path=str(LINES))
        count(spark, "rate", rowsPerSecond="50")
        write_to_kafka(spark)
        write_parquet(spark)
        spark.stop()
        jvm.stdin.close()
        jvm.wait(120)


def session(api: str) -> SparkSession:
    """A driver in client mode, as the operator starts it, with one executor."""
    fake_kube_api.OBJECTS["/api/v1/namespaces/default/pods/driver"] = {
        "kind": "Pod",
        "apiVersion": "v1",
        "metadata": {"name": "driver", "uid": "0"},
    }
    fake_kube_api.ENTRY.append("/opt/spark/entrypoint.sh")
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


def write_parquet(spark: SparkSession) -> None:
    """Write and read what the sink `files` writes by default; a class that prune.sh removed ends the
    build.
    """
    spark.sql("select 'a' word").write.parquet("/tmp/parquet")
    if spark.read.parquet("/tmp/parquet").count() != 1:
        raise RuntimeError("Parquet is not read back")


main()
