"""State and counts in a bucket, on a real S3 server in the cluster."""

import tarfile
from base64 import b64decode
from collections import Counter
from collections.abc import Iterator
from functools import partial
from io import BytesIO
from pathlib import Path

import pytest

from tests.support.conditions import wait_for_cause
from tests.support.guarantees.sinks import Files
from tools.testbed import ENGINES, deployment, expected_counts
from tools.testbed.kube import SWC, Object, Space, until, wordcount
from tools.testbed.pair import resource
from wordcount_core.top_words import most_frequent

RATE = {"linesPerSecond": 10, "vocabulary": 1000, "seed": 7}
STORE = {"endpoint": "http://s3:7070", "pathStyle": True, "credentialsSecret": "s3"}


def checkpoint(uri: str = "s3a://wordcount/state", **more: object) -> Object:
    """State below that URI in the cluster's S3 server."""
    return {"interval": "2s", "storage": {"s3": {"uri": uri, **STORE, **more}}}


def shell(space: Space, *words: str) -> str:
    """What a command said beside the S3 server, where buckets are folders."""
    return space.kubectl("exec", "deploy/s3", "-c", "shell", "--", *words)


@pytest.fixture(scope="module")
def store(words: Space) -> Iterator[Space]:
    """The namespace with the S3 server in it."""
    words.apply(deployment.S3)
    words.kubectl("wait", "pod", "-l", "app=s3", "--for=condition=Ready", "--timeout=60s")
    yield words
    words.kubectl("delete", "-f", deployment.S3, "--ignore-not-found")


FORMATS = {"spark": "json", "flink": "parquet"}


def prefix(space: Space, engine: str, folder: Path) -> bool:
    """Whether the files of the bucket hold the first lines of the source, each once.

    They are copied here to be read.
    """
    files_of_the_sink = f"cd /data/wordcount/out-{engine} && find . -type f ! -path '*/.*'"
    pack = f"{files_of_the_sink} -exec tar cf - {{}} + | base64 || true"
    packed = b64decode(shell(space, "sh", "-c", pack))
    if not packed:
        return False
    with tarfile.open(fileobj=BytesIO(packed)) as files:
        files.extractall(folder, filter="data")
    totals: Counter[str] = Counter()
    for (_, word), number in Files(folder, FORMATS[engine]).rows().items():
        totals[word] += number
    return expected_counts.is_prefix(most_frequent(totals.items(), 20), RATE)


WRONG = {
    "spark": (checkpoint("s3a://nobody-made-it/state"), "uri: there is no bucket nobody-made-it"),
    "flink": (
        checkpoint(credentialsSecret="wrong"),
        "credentialsSecret: the store refuses these credentials",
    ),
}
RIGHT = {"AWS_ACCESS_KEY_ID": "wordcount", "AWS_SECRET_ACCESS_KEY": "only-for-tests"}


def secret(**keys: str) -> Object:
    """The Secret `wrong` with these keys."""
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "wrong"}, "stringData": keys}


@pytest.mark.nightly
def test_a_bucket_is_named_where_it_is_wrong_used_where_it_is_right_and_emptied_when_asked(
    store: Space, tmp_path: Path
) -> None:
    """A missing bucket and wrong keys: Stalled with the field, and it begins once they are right.

    Then savepoints, and onDelete.

    That counts kept there are exact through every crash is what the chaos test shows; what both engines'
    programs do where the store is wrong in which way, tests/integration/jobs/test_storage.py.
    """
    store.apply(secret(**RIGHT | {"AWS_SECRET_ACCESS_KEY": "no"}))
    quick = {"backoff": {"initial": "2s", "max": "5s"}}
    made = {
        engine: resource(
            f"bucket-{engine}",
            engine,
            checkpoint={**WRONG[engine][0], "onDelete": "Delete"},
            restart=quick,
            window={"size": "2s"},
            parallelism=1,  # so that lines are numbered in the order of their instants
            sink={"files": {"path": f"s3a://wordcount/out-{engine}", "format": FORMATS[engine]}},
        )
        for engine in ENGINES
    }
    try:
        for each in made.values():
            store.apply(each)
        for engine in ENGINES:
            wait_for_cause(store, f"bucket-{engine}", "StateUnavailable", WRONG[engine][1], kind="Stalled")
        shell(store, "mkdir", "/data/nobody-made-it")
        store.apply(secret(**RIGHT))
        for engine, each in made.items():
            store.wait_phase(f"bucket-{engine}", "Running")
            until(partial(prefix, store, engine, tmp_path / engine), 60, f"the files of {engine} are right")
            place = wordcount("savepoint", f"bucket-{engine}", "-n", store.name).strip()
            where = each["spec"]["checkpoint"]["storage"]["s3"]["uri"]
            assert place.startswith(f"{where}/{store.name}/bucket-{engine}/")
            assert "savepoint-" in place
    finally:
        for engine in ENGINES:
            store.kubectl("delete", SWC, f"bucket-{engine}", "--ignore-not-found", "--timeout=60s")
    left = shell(store, "sh", "-c", f"find /data -type f -path '*/{store.name}/bucket-*'")
    assert not left.split(), f"state that nobody needs: {left}"
