"""Sources and sinks, as `spec.source` and `spec.sink` have them."""

from typing import Annotated, Literal

from pydantic import (
    Field,
)

from wordcount_operator.api import rules
from wordcount_operator.api.v1alpha1.model import Model
from wordcount_operator.api.v1alpha1.types import Path, Secret, Servers, Topic

_PLACE = (
    "under a mounted volume (the state volume is mounted at /data), or s3a://bucket/folder in the store that"
    " keeps the state."
)
_KAFKA_LOGIN = (
    "Secret with username and password (SASL), with ca.crt if no public authority signed Kafka's certificate"
    " (TLS), and with tls.crt and tls.key if Kafka asks for a client certificate. With a Secret the"
    " connection uses TLS."
)


class Socket(Model):
    """Lines from a TCP server. It cannot be read again, so counts are not exact after a crash."""

    host: Annotated[str, Field(max_length=253), rules.HOST] = Field(
        description="Name or address of the server, as the pods resolve it."
    )
    port: int = Field(ge=1, le=65535, description="Port of the server.")


class KafkaSource(Model):
    """Lines from Kafka topics; each record is a line."""

    bootstrap_servers: Servers = Field(description="Addresses of Kafka as host:port, separated by commas.")
    topics: list[Topic] = Field(min_length=1, max_length=64, description="The topics to read.")
    starting_offsets: Literal["earliest", "latest"] = Field(
        "earliest", description="Where a run without state begins to read."
    )
    isolation: Literal["read_committed", "read_uncommitted"] = Field(
        "read_committed",
        description=(
            "Which records of transactions are read: only committed ones, or also open and aborted ones."
        ),
    )
    credentials_secret: Secret | None = Field(None, description=_KAFKA_LOGIN)


class FilesSource(Model):
    """Lines from text files in a folder; new files are read as they come."""

    path: Path = Field(description=f"A folder {_PLACE}")


class RateSource(Model):
    """Generated lines, the same for the same seed."""

    lines_per_second: int = Field(
        100, ge=1, le=10_000_000, description="Lines a second of all tasks together."
    )
    vocabulary: int = Field(1000, ge=1, le=1_000_000, description="Number of distinct words.")
    seed: int = Field(7, ge=0, le=1_000_000_000, description="Another seed gives other lines.")


class Source(Model):
    """Where lines come from: exactly one of the four."""

    socket: Socket | None = None
    kafka: KafkaSource | None = None
    files: FilesSource | None = None
    rate: RateSource | None = None


class ConsoleSink(Model):
    """The most frequent words, printed to the log; with a window, those of the newest closed window."""

    top_n: int = Field(20, ge=1, le=1000, description="How many words are printed.")


class KafkaSink(Model):
    """Counts as upserts: the key is the word, the value `{"word": …, "count": …}`.

    The last record of a key is valid.

    With a window, key and value are JSON, and both have `windowStart` and `windowEnd` too.
    """

    bootstrap_servers: Servers = Field(description="Addresses of Kafka as host:port, separated by commas.")
    topic: Topic = Field(description="The topic to write to; a compacted one fits best.")
    credentials_secret: Secret | None = Field(None, description=_KAFKA_LOGIN)


class FilesSink(Model):
    """Counts of closed windows as files, each row once.

    The columns are word, windowStart, windowEnd and count.
    """

    path: Path = Field(description=f"A folder {_PLACE}")
    format: Literal["parquet", "json"] = Field(
        "parquet",
        description="json: one object a line. In both, instants are texts such as 2026-11-25T10:00:00.000Z.",
    )


class PostgresSink(Model):
    """Counts as upserts into a table with the columns word and count.

    With a window it has window_start and window_end too. The table is created if it does not exist.
    """

    url: Annotated[str, Field(max_length=1024), rules.POSTGRES] = Field(
        description="postgresql://host:5432/database, with ?sslmode=… if the server asks for it."
    )
    table: Annotated[str, Field(max_length=127), rules.TABLE] = Field(
        "word_counts", description="A table, or schema.table."
    )
    credentials_secret: Secret | None = Field(
        None, description="Secret with username and password, such as one of type kubernetes.io/basic-auth."
    )


class Sink(Model):
    """Where counts go: exactly one of the four."""

    console: ConsoleSink | None = None
    kafka: KafkaSink | None = None
    files: FilesSink | None = None
    postgres: PostgresSink | None = None
