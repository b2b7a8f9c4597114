"""Sources and sinks, as `spec.source` and `spec.sink` have them."""

from typing import Annotated, Literal

from pydantic import (
    Field,
)

from wordcount_operator.api import rules
from wordcount_operator.api.v1alpha1.model import Model
from wordcount_operator.api.v1alpha1.types import Path, Secret, Servers, Topic

_PLACE = "under a mounted volume (the state volume is mounted at /data), or s3a://bucket/folder in the store that keeps the state."
_KAFKA_LOGIN = (
    "Secret with username and password (SASL), ca.crt where Kafka's certificate is not of a public authority (TLS), and "
    "tls.crt and tls.key where Kafka wants the client's certificate. With a Secret, TLS is spoken."
)


class Socket(Model):
    """Lines from a TCP server; it cannot be replayed, so counts are not exact after a crash."""

    host: Annotated[str, Field(max_length=253), rules.HOST] = Field(
        description="Name or address of the server, as the pods resolve it."
    )
    port: int = Field(ge=1, le=65535, description="Its port.")


class KafkaSource(Model):
    """Lines from Kafka topics, one record a line."""

    bootstrap_servers: Servers = Field(description="Kafka's addresses, host:port with a comma between them.")
    topics: list[Topic] = Field(min_length=1, max_length=64, description="The topics to read, all of them.")
    starting_offsets: Literal["earliest", "latest"] = Field(
        "earliest", description="Where a run without state begins to read."
    )
    isolation: Literal["read_committed", "read_uncommitted"] = Field(
        "read_committed",
        description="What is read of transactions: only what was committed, or also what is open or was taken back.",
    )
    credentials_secret: Secret | None = Field(None, description=_KAFKA_LOGIN)


class FilesSource(Model):
    """Lines from text files in a folder; new files are picked up."""

    path: Path = Field(description=f"A folder {_PLACE}")


class RateSource(Model):
    """Synthetic lines, the same for the same seed."""

    lines_per_second: int = Field(100, ge=1, le=10_000_000, description="In all, not for each task.")
    vocabulary: int = Field(1000, ge=1, le=1_000_000, description="How many distinct words there are.")
    seed: int = Field(7, ge=0, le=1_000_000_000, description="Another seed gives other lines.")


class Source(Model):
    """Where lines come from: exactly one of the four."""

    socket: Socket | None = None
    kafka: KafkaSource | None = None
    files: FilesSource | None = None
    rate: RateSource | None = None


class ConsoleSink(Model):
    """The most frequent words, printed to the log; with a window, those of the newest that was closed."""

    top_n: int = Field(20, ge=1, le=1000, description="How many words are printed.")


class KafkaSink(Model):
    """Counts as upserts: key the word, value `{"word": …, "count": …}`; the last record of a key is the truth.

    With a window, key and value are JSON, and both hold `windowStart` and `windowEnd` too.
    """

    bootstrap_servers: Servers = Field(description="Kafka's addresses, host:port with a comma between them.")
    topic: Topic = Field(description="The topic to write; best a compacted one.")
    credentials_secret: Secret | None = Field(None, description=_KAFKA_LOGIN)


class FilesSink(Model):
    """Counts of closed windows as files of the rows word, windowStart, windowEnd and count; each row in one file, once."""

    path: Path = Field(description=f"A folder {_PLACE}")
    format: Literal["parquet", "json"] = Field(
        "parquet",
        description="json: one object a line. Instants are texts, 2026-11-25T10:00:00.000Z, in both.",
    )


class PostgresSink(Model):
    """Counts as upserts into a table with the columns word and count; with a window also window_start and window_end.

    The table is made where there is none.
    """

    url: Annotated[str, Field(max_length=1024), rules.POSTGRES] = Field(
        description="postgresql://host:5432/database, with ?sslmode=… where the server wants it."
    )
    table: Annotated[str, Field(max_length=127), rules.TABLE] = Field(
        "word_counts", description="A table, or schema.table."
    )
    credentials_secret: Secret | None = Field(
        None, description="Secret with username and password, as type kubernetes.io/basic-auth has them."
    )


class Sink(Model):
    """Where counts go: exactly one of the four."""

    console: ConsoleSink | None = None
    kafka: KafkaSink | None = None
    files: FilesSink | None = None
    postgres: PostgresSink | None = None
