"""Documents for the API server's tests, as changes of one good document."""

import copy
from typing import Any

Document = dict[str, Any]
ABSENT = ...  # its name in a test id is the same in every process
KAFKA = {"bootstrapServers": "kafka:9092", "topics": ["lines"]}


def document(changes: dict[str, Any] | None = None) -> Document:
    """A good document, with a value at each of these dotted paths; `ABSENT` removes what is there."""
    result: Document = {
        "apiVersion": "streaming.wordcount.dev/v1alpha1",
        "kind": "StreamingWordCount",
        "metadata": {"name": "bible", "namespace": "default"},
        "spec": {"engine": "spark", "source": {"kafka": KAFKA}, "sink": {"console": {}}},
    }
    result = copy.deepcopy(result)
    for path, value in (changes or {}).items():
        *blocks, last = path.split(".")
        node = result
        for name in blocks:
            node = node.setdefault(name, {})
        if value is ABSENT:
            del node[last]
        else:
            node[last] = copy.deepcopy(value)
    return result


TO_KAFKA = {"spec.sink": {"kafka": {"bootstrapServers": "kafka:9092", "topic": "counts"}}}
LOW = {"spec.latency": "low"}
VOLUME = "spec.checkpoint.storage.volume"
S3 = "spec.checkpoint.storage.s3"
BUCKET = {f"{S3}.uri": "s3a://bucket/state"}
TEMPLATE = "spec.spark.podTemplate"

URL = "spec.sink.postgres.url"
TO_TABLE = {"spec.sink": {"postgres": {"url": "postgresql://db:5432/words"}}}
TO_FILES = {"spec.sink": {"files": {"path": "/data/counts"}}}
BY_MINUTE = {"spec.window": {"size": "1m"}}

RULES: list[tuple[dict[str, Any], str, str]] = [
    # changes of the good document · the field that is named · words of the sentence
    ({"metadata.name": "a" * 41}, "metadata.name", "at most 40 lower-case letters"),
    ({"metadata.name": "a.b"}, "metadata.name", "at most 40 lower-case letters"),
    ({"metadata.name": "1a"}, "metadata.name", "beginning with a letter"),
    ({"spec.source.rate": {}}, "spec.source", "exactly one of socket, kafka, files, rate"),
    ({"spec.source": {}}, "spec.source", "exactly one of socket, kafka, files, rate"),
    ({"spec.sink": {}}, "spec.sink", "exactly one of console, kafka"),
    ({**TO_KAFKA, "spec.sink.console": {}}, "spec.sink", "exactly one of console, kafka"),
    ({"spec.flink": {}}, "spec.flink", "only read with engine: flink"),
    ({"spec.engine": "flink", "spec.spark": {}}, "spec.spark", "only read with engine: spark"),
    (
        {**TO_KAFKA, "spec.sink.kafka.topic": "lines"},
        "spec.sink.kafka.topic",
        "not among spec.source.kafka.topics",
    ),
    (
        {"spec.source": {"socket": {"host": "http://x", "port": 9}}},
        "spec.source.socket.host",
        "without scheme",
    ),
    ({"spec.source.kafka.bootstrapServers": "kafka"}, "spec.source.kafka.bootstrapServers", "host:port"),
    ({"spec.source.kafka.bootstrapServers": "a:1,"}, "spec.source.kafka.bootstrapServers", "host:port"),
    ({"spec.source.kafka.topics": ["ok", "a b"]}, "spec.source.kafka.topics[1]", "topic name of letters"),
    ({**TO_KAFKA, "spec.sink.kafka.topic": "a/b"}, "spec.sink.kafka.topic", "topic name of letters"),
    (
        {"spec.source.kafka.credentialsSecret": "Kafka User"},
        "spec.source.kafka.credentialsSecret",
        "the name of a Secret in the resource's namespace",
    ),
    (
        {**TO_KAFKA, "spec.sink.kafka.credentialsSecret": ""},
        "spec.sink.kafka.credentialsSecret",
        "the name of a Secret in the resource's namespace",
    ),
    ({"spec.source": {"files": {"path": "lines"}}}, "spec.source.files.path", "absolute path"),
    ({"spec.source": {"files": {"path": "/data/../etc"}}}, "spec.source.files.path", "without . or .."),
    ({"spec.source": {"files": {"path": "/data/."}}}, "spec.source.files.path", "without . or .."),
    ({"spec.source": {"files": {"path": "s3a://lines/in"}}}, S3, "has the endpoint and credentials"),
    (TO_FILES, "spec.sink.files", "only the counts of a closed window are final"),
    ({**TO_FILES, **BY_MINUTE, "spec.sink.files.path": "counts"}, "spec.sink.files.path", "absolute path"),
    (
        {**TO_FILES, **BY_MINUTE, "spec.sink.files.path": "s3://out/x"},
        "spec.sink.files.path",
        "s3a://bucket/folder",
    ),
    (
        {**TO_FILES, **BY_MINUTE, "spec.sink.files.path": "s3a://out/x"},
        S3,
        "has the endpoint and credentials",
    ),
    (
        {
            **TO_FILES,
            **BY_MINUTE,
            **BUCKET,
            "spec.engine": "flink",
            "spec.sink.files": {"path": "s3a://out/x", "format": "json"},
        },
        "spec.sink.files.format",
        "JSON lines to volumes only",
    ),
    ({**TO_TABLE, URL: "jdbc:postgresql://db/words"}, URL, "write postgresql://host:5432/database"),
    ({**TO_TABLE, URL: "postgresql://me:secret@db/words"}, URL, "belong in credentialsSecret"),
    (
        {**TO_TABLE, "spec.sink.postgres.table": "Counts; DROP"},
        "spec.sink.postgres.table",
        "lower-case letters",
    ),
    (
        {**TO_TABLE, "spec.sink.postgres.credentialsSecret": "A_B"},
        "spec.sink.postgres.credentialsSecret",
        "name of a Secret",
    ),
    ({"spec.checkpoint.interval": "-5s"}, "spec.checkpoint.interval", "write a duration as numbers"),
    ({"spec.checkpoint.interval": "10"}, "spec.checkpoint.interval", "write a duration as numbers"),
    ({"spec.checkpoint.interval": "10s\n"}, "spec.checkpoint.interval", "write a duration as numbers"),
    ({"spec.checkpoint.interval": "9999999h"}, "spec.checkpoint.interval", "write a duration as numbers"),
    ({"spec.checkpoint.interval": "0s"}, "spec.checkpoint.interval", "longer than zero"),
    ({"spec.restart.backoff.initial": "6m"}, "spec.restart.backoff.initial", "not longer than max"),
    ({"spec.restart.backoff.max": "1s"}, "spec.restart.backoff.initial", "not longer than max"),
    ({"spec.restart.backoff.resetAfter": "soon"}, "spec.restart.backoff.resetAfter", "such as 10s or 1m30s"),
    (
        {"spec.engine": "flink", "spec.checkpoint.interval": "6m"},
        "spec.restart.stalledAfter",
        "longer than spec.checkpoint.interval",
    ),
    (
        {"spec.checkpoint.restoreFrom": "chk-1"},
        "spec.checkpoint.restoreFrom",
        "write the location of a checkpoint",
    ),
    ({"spec.upgrade.progressDeadline": "late"}, "spec.upgrade.progressDeadline", "such as 10s or 1m30s"),
    ({"spec.resources.driver.cpu": "one"}, "spec.resources.driver.cpu", "Kubernetes quantity"),
    ({"spec.resources.driver.cpu": "9m"}, "spec.resources.driver.cpu", "at least 10m"),
    ({"spec.resources.worker.memory": "1023Mi"}, "spec.resources.worker.memory", "at least 1Gi"),
    ({"spec.resources.worker.memory": "1Gb"}, "spec.resources.worker.memory", "Kubernetes quantity"),
    ({"spec.resources.worker.memory": "-1Gi"}, "spec.resources.worker.memory", "Kubernetes quantity"),
    (
        {f"{TEMPLATE}.metadata.labels": {"ok": "a", "streaming.wordcount.dev/uid": "b"}},
        f"{TEMPLATE}.metadata.labels",
        "write other labels",
    ),
    ({"spec.window": {}}, "spec.window", "exactly one of size, gap"),
    ({"spec.window": {"size": "1m", "gap": "1m"}}, "spec.window", "exactly one of size, gap"),
    ({"spec.window": {"size": "soon"}}, "spec.window.size", "write a duration as numbers"),
    ({"spec.window": {"size": "0m"}}, "spec.window.size", "longer than zero"),
    ({"spec.window": {"gap": "721h"}}, "spec.window.gap", "at most 720h"),
    (
        {"spec.window": {"size": "1m", "slide": "25s"}},
        "spec.window.slide",
        "goes into size without a remainder",
    ),
    (
        {"spec.window": {"size": "1m", "slide": "2m"}},
        "spec.window.slide",
        "goes into size without a remainder",
    ),
    ({"spec.window": {"gap": "1m", "slide": "1m"}}, "spec.window.slide", "have no slide"),
    ({"spec.window": {"size": "1m", "watermark": "61s"}}, "spec.window.watermark", "not longer than size"),
    (LOW, "spec.latency", "low needs spec.sink.kafka"),
    ({**LOW, "spec.engine": "flink"}, "spec.latency", "low needs spec.sink.kafka"),
    ({**LOW, **TO_KAFKA, "spec.source": {"rate": {}}}, "spec.latency", "with spec.source.kafka"),
    ({**LOW, **TO_KAFKA, "spec.window": {"size": "1m"}}, "spec.latency", "without spec.window"),
    ({**LOW, **TO_KAFKA, "spec.checkpoint.interval": "4999ms"}, "spec.checkpoint.interval", "at least 5s"),
    (
        {**LOW, **TO_KAFKA, "spec.checkpoint.interval": "5m"},
        "spec.restart.stalledAfter",
        "longer than spec.checkpoint.interval",
    ),
    ({f"{VOLUME}.size": "1Ki"}, f"{VOLUME}.size", "at least 1Mi"),
    (
        {f"{VOLUME}.claimName": "old", f"{VOLUME}.size": "1Gi"},
        f"{VOLUME}.claimName",
        "write either claimName",
    ),
    (
        {f"{VOLUME}.claimName": "old", f"{VOLUME}.storageClassName": ""},
        f"{VOLUME}.claimName",
        "either claimName",
    ),
    ({**BUCKET, VOLUME: {}}, "spec.checkpoint.storage", "write either volume or s3"),
    ({f"{S3}.uri": "s3://bucket/state"}, f"{S3}.uri", "s3a://bucket/folder"),
    ({f"{S3}.uri": "s3a://bucket/a/../b"}, f"{S3}.uri", "s3a://bucket/folder"),
    ({**BUCKET, f"{S3}.endpoint": "s3:7070"}, f"{S3}.endpoint", "http://host:port"),
    ({**BUCKET, f"{S3}.region": "Frankfurt am Main"}, f"{S3}.region", "a region's name"),
    ({**BUCKET, f"{S3}.credentialsSecret": "My_Keys"}, f"{S3}.credentialsSecret", "the name of a Secret"),
]
"""Documents that a rule refuses."""

SCHEMA: list[tuple[dict[str, Any], str, str]] = [
    ({"spec": ABSENT}, "spec", "write this field"),
    ({"spec.engine": ABSENT}, "spec.engine", "write this field"),
    ({"spec.source": ABSENT}, "spec.source", "write this field"),
    ({"spec.sink": None}, "spec.sink", "write this field"),
    ({"spec.source": {"socket": {"host": "a"}}}, "spec.source.socket.port", "write this field"),
    ({f"{TEMPLATE}.spec.containers": [{}]}, f"{TEMPLATE}.spec.containers[0].name", "write this field"),
    ({"spec.engine": "storm"}, "spec.engine", "write spark or flink, not 'storm'"),
    (
        {"spec.source.kafka.isolation": "committed"},
        "spec.source.kafka.isolation",
        "write read_committed or read_uncommitted",
    ),
    ({"spec.engine": "Spark"}, "spec.engine", "write spark or flink"),
    ({"spec.restart.policy": "always"}, "spec.restart.policy", "write Always, OnFailure or Never"),
    ({f"{VOLUME}.accessModes": ["RWO"]}, f"{VOLUME}.accessModes[0]", "write ReadWriteOnce"),
    ({f"{VOLUME}.accessModes": ["ReadWriteOncePod"]}, f"{VOLUME}.accessModes[0]", "write ReadWriteOnce"),
    ({"spec.latency": "lowest"}, "spec.latency", "write throughput or low, not 'lowest'"),
    ({"spec.parallelism": 0}, "spec.parallelism", "at least 1, not 0"),
    ({"spec.parallelism": 1025}, "spec.parallelism", "at most 1024"),
    ({"spec.parallelism": "2"}, "spec.parallelism", "a whole number, not '2'"),
    ({"spec.parallelism": 2.5}, "spec.parallelism", "a whole number, not 2.5"),
    ({"spec.parallelism": True}, "spec.parallelism", "a whole number, not true"),
    ({"spec.suspend": "yes"}, "spec.suspend", "true or false"),
    ({"spec.suspend": 1}, "spec.suspend", "true or false"),
    ({"spec.resources.driver.cpu": 1}, "spec.resources.driver.cpu", 'put it in quotes: "1"'),
    ({"spec.source": {"socket": {"host": "a", "port": 65536}}}, "spec.source.socket.port", "at most 65535"),
    ({"spec.source": {"socket": {"host": 1, "port": 1}}}, "spec.source.socket.host", "in quotes"),
    ({"spec.source": "rate"}, "spec.source", "a block of fields (socket, kafka, files, rate)"),
    (
        {"spec.sink": ["console"]},
        "spec.sink",
        "a block of fields (console, kafka, files, postgres), not a list",
    ),
    ({"spec.source.kafka.topics": "lines"}, "spec.source.kafka.topics", "write a list"),
    ({"spec.source.kafka.topics": []}, "spec.source.kafka.topics", "at least 1 item"),
    ({"spec.source.kafka.topics": ["a"] * 65}, "spec.source.kafka.topics", "at most 64 items"),
    ({"spec.source.kafka.topics": [None]}, "spec.source.kafka.topics[0]", "write a text"),
    (
        {"spec.window": {"size": "1m", "timestamp": "now"}},
        "spec.window.timestamp",
        "ingest, kafka or {prefix",
    ),
    (
        {"spec.window": {"size": "1m", "timestamp": {"prefix": "unix"}}},
        "spec.window.timestamp",
        "ingest, kafka or {prefix",
    ),
    ({"spec.window": {"size": "1m", "timestamp": {}}}, "spec.window.timestamp", "ingest, kafka or {prefix"),
    ({"spec.window": "1m"}, "spec.window", "a block of fields (size, slide, gap, watermark, timestamp)"),
    ({"spec.text.separator": ""}, "spec.text.separator", "at least 1 character"),
    ({"spec.text.separator": "é" * 17}, "spec.text.separator", "at most 16 characters"),
    ({"spec.text.stopWords": ["a", 1]}, "spec.text.stopWords[1]", "in quotes"),
    ({"spec.spark.conf": {"a": True}}, "spec.spark.conf.a", 'in quotes: "true"'),
    ({"spec.spark.conf": ["a=b"]}, "spec.spark.conf", "write a block of fields"),
    ({TEMPLATE: "pod"}, TEMPLATE, "a block of fields (metadata, spec)"),
    ({f"{TEMPLATE}.spec": []}, f"{TEMPLATE}.spec", "write a block of fields"),
    ({f"{TEMPLATE}.metadata.labels": {"a": 1}}, f"{TEMPLATE}.metadata.labels.a", "in quotes"),
]
"""Documents that the schema refuses."""

UNKNOWN: list[tuple[dict[str, Any], str, str]] = [
    ({"spac": {}}, "spac", "did you mean spec?"),
    ({"metadata.label": {}}, "metadata.label", "did you mean labels?"),
    ({"spec.paralelism": 2}, "spec.paralelism", "did you mean parallelism?"),
    (
        {"spec.source.kafka": {"bootstrap_servers": "a:1", "topics": ["a"]}},
        "spec.source.kafka.bootstrap_servers",
        "did you mean bootstrapServers?",
    ),
    ({"spec.delay": "low"}, "spec.delay", "there are engine, suspend"),
    ({"spec.window": {"sise": "1m", "gap": "1m"}}, "spec.window.sise", "did you mean size?"),
    ({"spec.source.kafka.startingOffset": "latest"}, "spec.source.kafka.startingOffset", "startingOffsets?"),
    ({f"{TEMPLATE}.metadata.name": "x"}, f"{TEMPLATE}.metadata.name", "there are labels, annotations"),
]
"""Documents with a field that does not exist."""

GOOD: list[dict[str, Any]] = [
    {},
    TO_KAFKA,
    {"metadata.name": "a" * 40},
    {"metadata.labels": {"a": "b"}, "metadata.annotations": {"a": "b"}, "metadata.finalizers": ["a/b"]},
    {"spec.source": {"socket": {"host": "10.0.0.1", "port": 1}}},
    {"spec.source": {"files": {"path": "/data/lines..txt/.hidden"}}},
    {**TO_FILES, **BY_MINUTE},
    {**TO_FILES, **BY_MINUTE, **BUCKET, "spec.sink.files": {"path": "s3a://out/x", "format": "json"}},
    TO_TABLE,
    {
        **TO_TABLE,
        URL: "postgresql://db/words?sslmode=verify-full",
        "spec.sink.postgres.table": "stats.word_counts",
    },
    {"spec.source": {"rate": {}}, "spec.engine": "flink", "spec.flink": {"session": {"name": "shared"}}},
    {"spec.source.kafka.topics": ["lines"], **TO_KAFKA, "spec.sink.kafka.bootstrapServers": "other:1,b:2"},
    {**TO_KAFKA, "spec.sink.kafka": {"bootstrapServers": "other:9092", "topic": "lines"}},
    {
        "spec.suspend": None,
        "spec.text": None,
        "spec.spark": {"conf": {"a": None, "b": "c"}, "podTemplate": None},
    },
    {"spec.text.separator": "é" * 16, "spec.text.stopWords": ["", "the"]},
    {"spec.checkpoint.interval": "1m30s", "spec.restart.backoff": {"initial": "300s", "max": "5m"}},
    {"spec.restart.backoff": {"initial": "100ms200ms", "max": "300ms"}},
    {"spec.restart.backoff.max": "999999h999999h1h"},
    {**LOW, **TO_KAFKA, "spec.checkpoint.interval": "5s"},
    {
        **LOW,
        **TO_KAFKA,
        "spec.engine": "flink",
        "spec.source": {"rate": {}},
        "spec.window": {"size": "1m"},
        "spec.checkpoint.interval": "1s",
    },
    {"spec.latency": "throughput", "spec.checkpoint.interval": "5m"},
    {"spec.resources.driver": {"cpu": ".5", "memory": "1073741824"}},
    {"spec.resources.worker": {"cpu": "1000m", "memory": "1.5Gi", "replicas": 1000}},
    {"spec.window": {"size": "1m", "slide": "20s", "watermark": "1m", "timestamp": "kafka"}},
    {"spec.window": {"gap": "720h", "watermark": "720h", "timestamp": {"prefix": "iso8601"}}},
    {"spec.window": {"size": "500ms", "timestamp": None}},
    {f"{VOLUME}": {"size": "1G", "storageClassName": "", "accessModes": ["ReadWriteMany"]}},
    {f"{VOLUME}.claimName": "old"},
    {f"{TEMPLATE}.spec": {"hostAliases": [], "containers": [{"name": "main", "env": [{"name": "A"}]}]}},
    {f"{TEMPLATE}.metadata": {"labels": {"a": "b"}, "annotations": {"c": "d"}}},
]
"""Documents with which nothing is wrong."""
