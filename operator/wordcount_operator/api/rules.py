"""Rules that a resource must satisfy, each once in CEL for the API server and once in Python.

A `Rule` is put into a pydantic field by `Annotated[type, rule]`. Pydantic then refuses a value for which
`holds` is false, and the JSON schema of the field carries the CEL twin as `x-kubernetes-validations`, which
`crd.py` copies.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from wordcount_operator.api import GROUP

_MILLISECONDS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000}
# Six digits in sixteen characters: the longest duration stays below the 292 years that CEL and Go can hold.
_DURATION_PATTERN = r"^([0-9]{1,6}(ms|s|m|h))+$"
_QUANTITY_PATTERN = r"^([0-9]+|[0-9]+\.[0-9]+|\.[0-9]+)(m|k|Ki|M|Mi|G|Gi|T|Ti|P|Pi)?$"
_NAME_PATTERN = "^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$"
_SCALE = {"m": "0.001", "k": "1e3", "M": "1e6", "G": "1e9", "T": "1e12", "P": "1e15"}


@dataclass(frozen=True)
class Rule:
    """One rule: the API server evaluates `cel`, this process `holds`, and both answer with `sentence`.

    `field` is the path below the value that the refusal names, such as `.sink.kafka.topic`.
    A rule about a change (`oldSelf` in its CEL) cannot be checked here, so `holds` stays true.
    """

    cel: str
    sentence: str
    holds: Callable[[Any], bool] = lambda _: True
    field: str = ""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        inner = dict(handler(schema))
        earlier = inner.get("x-kubernetes-validations", [])
        inner["x-kubernetes-validations"] = [*earlier, self.validation]
        return inner

    @property
    def validation(self) -> dict[str, str]:
        """The item of `x-kubernetes-validations`."""
        place = {"fieldPath": self.field} if self.field else {}
        return {"rule": self.cel, "message": self.sentence, **place}

    def _check(self, value: Any) -> Any:
        if not self.holds(value):
            raise PydanticCustomError("rule", "{sentence}", {"sentence": self.sentence, "field": self.field})
        return value


def seconds(duration: str) -> float:
    """Return the seconds of a duration such as `1m30s`. Raise ValueError if it is none."""
    if not re.fullmatch(_DURATION_PATTERN, duration):
        raise ValueError(
            f"{duration!r} is not a duration; write a number and ms, s, m or h, such as 10s or 1m30s"
        )
    return sum(int(n) * _MILLISECONDS[unit] for n, unit in re.findall(r"([0-9]+)(ms|s|m|h)", duration)) / 1000


def amount(quantity: str) -> Decimal:
    """Return a Kubernetes quantity such as `500m` in its base unit. Raise ValueError if it is none."""
    match = re.fullmatch(_QUANTITY_PATTERN, quantity)
    if not match:
        raise ValueError(f"{quantity!r} is not a quantity; write a number with a suffix such as m, Mi or Gi")
    number, suffix = Decimal(match[1]), match[2] or ""
    if suffix.endswith("i"):
        return number * Decimal(1024) ** ("KMGTP".index(suffix[0]) + 1)
    return number * Decimal(_SCALE.get(suffix, "1"))


def one_of(*names: str) -> Rule:
    """Return the rule that exactly one of these sibling fields is set."""
    return Rule(
        cel="[" + ", ".join(f"has(self.{name})" for name in names) + "].filter(set, set).size() == 1",
        sentence=f"write exactly one of {', '.join(names)}",
        holds=lambda model: sum(getattr(model, name) is not None for name in names) == 1,
    )


def immutable(sentence: str) -> Rule:
    """Return the rule that a field keeps its first value."""
    return Rule(cel="self == oldSelf", sentence=sentence)


def matches(pattern: str, sentence: str) -> Rule:
    """Return the rule that a text matches a pattern as a whole, which RE2 (CEL) and Python read alike."""
    return Rule(
        cel=f"self.matches({_cel_text(pattern)})",
        sentence=sentence,
        holds=lambda text: re.fullmatch(pattern, text) is not None,
    )


def _no_dots(path: str) -> bool:
    return not {"..", "."} & set(path.split("/"))


def _cel_text(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


DURATION = matches(
    _DURATION_PATTERN, "write a duration as numbers with the units ms, s, m or h, such as 10s or 1m30s"
)
POSITIVE_DURATION = Rule(
    cel="self.matches('[1-9]')",
    sentence="write a duration longer than zero",
    holds=lambda text: bool(re.search("[1-9]", text)),
)
QUANTITY = matches(
    _QUANTITY_PATTERN,
    "write a Kubernetes quantity, such as 500m for half a core or 1Gi for memory",
)
CPU = Rule(
    cel="!isQuantity(self) || quantity(self).compareTo(quantity('10m')) >= 0",
    sentence="ask for at least 10m (a hundredth of a core)",
    holds=lambda text: amount(text) >= Decimal("0.01"),
)
MEMORY = Rule(
    cel="!isQuantity(self) || quantity(self).compareTo(quantity('1Gi')) >= 0",
    sentence="ask for at least 1Gi; the engines' JVMs do not start reliably with less",
    holds=lambda text: amount(text) >= 1024**3,
)
SIZE = Rule(
    cel="!isQuantity(self) || quantity(self).compareTo(quantity('1Mi')) >= 0",
    sentence="ask for at least 1Mi, such as 1Gi",
    holds=lambda text: amount(text) >= 1024**2,
)
SERVERS = matches(
    r"^[A-Za-z0-9._-]+:[0-9]{1,5}(,[A-Za-z0-9._-]+:[0-9]{1,5})*$",
    "write Kafka's addresses as host:port, several with a comma between them, such as kafka:9092",
)
TOPIC = matches(r"^[A-Za-z0-9._-]{1,249}$", "write a topic name of letters, digits, dot, underscore and dash")
HOST = matches(r"^[A-Za-z0-9._-]+$", "write a host name or an IP address, without scheme or port")
SESSION = matches(
    r"^[a-z]([-a-z0-9]*[a-z0-9])?$",
    "write lower-case letters, digits and dashes, beginning with a letter, because objects are named"
    " after it",
)
_NO_DOTS = "!self.split('/').exists(part, part == '..' || part == '.')"
_OBJECTS = r"s3a://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9_=-][A-Za-z0-9._=-]*)*/?"
FOLDER = Rule(
    cel=f"(self.startsWith('/') && {_NO_DOTS}) || self.matches({_cel_text(f'^{_OBJECTS}$')})",
    sentence="write an absolute path without . or .. in it, such as /data/lines, or s3a://bucket/folder",
    holds=lambda text: (text.startswith("/") and _no_dots(text)) or bool(re.fullmatch(_OBJECTS, text)),
)
POSTGRES = matches(
    r"^postgres(ql)?://[A-Za-z0-9._-]+(:[0-9]{1,5})?/[A-Za-z0-9_-]+(\?[A-Za-z]+=[A-Za-z0-9._-]+(&[A-Za-z]+=[A-Za-z0-9._-]+)*)?$",
    "write postgresql://host:5432/database; user and password belong in credentialsSecret",
)
TABLE = matches(
    r"^[a-z_][a-z0-9_]{0,62}(\.[a-z_][a-z0-9_]{0,62})?$",
    "write the name of a table, or schema.table, in lower-case letters, digits and _",
)
STATE = Rule(
    cel=f"(self.startsWith('/') || self.startsWith('file:/') || self.startsWith('s3a://')) && {_NO_DOTS}",
    sentence=(
        "write the location of a checkpoint or savepoint, as status.checkpoint shows it, such as"
        " /data/state/…"
    ),
    holds=lambda text: text.startswith(("/", "file:/", "s3a://")) and _no_dots(text),
)
BUCKET = matches(
    f"^{_OBJECTS}$",
    "write a bucket and a folder in it as s3a://bucket/folder, with letters, digits, dot, dash, underscore"
    " and =",
)
ENDPOINT = matches(
    r"^https?://[A-Za-z0-9._-]+(:[0-9]{1,5})?/?$",
    "write the store's address as http://host:port or https://host",
)
REGION = matches(r"^[a-z0-9-]+$", "write a region's name, such as eu-central-1")
SECRET = matches(
    r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$", "write the name of a Secret in the resource's namespace"
)
STORAGE = Rule(
    cel="!has(self.volume) || !has(self.s3)",
    sentence="write either volume or s3; without both the operator creates a PersistentVolumeClaim",
    holds=lambda storage: storage.volume is None or storage.s3 is None,
)
NAME = Rule(
    cel=f"self.metadata.name.matches({_cel_text(_NAME_PATTERN)})",
    field=".metadata.name",
    sentence=(
        "write a name of at most 40 lower-case letters, digits and dashes, beginning with a letter, "
        "because pods and Services are named after it"
    ),
    holds=lambda resource: re.fullmatch(_NAME_PATTERN, resource.metadata.name) is not None,
)


def only_with(engine: str) -> Rule:
    """Return the rule that an engine's own block is written only with that engine."""
    return Rule(
        cel=f"!has(self.{engine}) || self.engine == '{engine}'",
        sentence=f"the block is only read with engine: {engine}; remove it or change spec.engine",
        holds=lambda spec: getattr(spec, engine) is None or spec.engine == engine,
        field=f".{engine}",
    )


def unless_stateless(path: str, why: str, same: str = "") -> Rule:
    """Return the rule that a field of the spec keeps its value, unless counts begin from zero.

    `same` is CEL for two values that differ and mean the same.
    """
    alike = f" || ({same})" if same else ""
    return Rule(
        cel=f"self.{path} == oldSelf.{path} || self.upgrade.mode == 'stateless'{alike}",
        field=f".{path}",
        sentence=(
            f"spec.{path} cannot change, because {why}; make a new resource, or write spec.upgrade.mode:"
            " stateless to count from zero"
        ),
    )


def _default_storage_cel(spec: str) -> str:
    """Return CEL for the default storage: an empty volume block, or none."""
    storage = f"{spec}.checkpoint.storage"
    written = (
        f"has({storage}.volume.{name})" for name in ("size", "storageClassName", "accessModes", "claimName")
    )
    return f"!has({storage}.s3) && (!has({storage}.volume) || !({' || '.join(written)}))"


SAME_STORAGE = f"{_default_storage_cel('self')} && {_default_storage_cel('oldSelf')}"
SAME_SOURCE = "has(self.source.kafka) && has(oldSelf.source.kafka) && " + " && ".join(
    f"self.source.kafka.{name} == oldSelf.source.kafka.{name}"
    for name in ("bootstrapServers", "topics", "startingOffsets")
)
"""CEL for the same records; the credentials may differ."""
STALL = Rule(
    cel=(
        "(self.engine != 'flink' && self.latency != 'low') ||"
        f" !self.restart.stalledAfter.matches({_cel_text(_DURATION_PATTERN)}) ||"
        f" !self.checkpoint.interval.matches({_cel_text(_DURATION_PATTERN)}) ||"
        " duration(self.restart.stalledAfter) > duration(self.checkpoint.interval)"
    ),
    field=".restart.stalledAfter",
    sentence=(
        "write a time longer than spec.checkpoint.interval; a checkpoint shows that a run is not stalled"
    ),
    holds=lambda spec: (
        (spec.engine != "flink" and spec.latency != "low")
        or seconds(spec.restart.stalled_after) > seconds(spec.checkpoint.interval)
    ),
)
LOW_SINK = Rule(
    cel="self.latency != 'low' || has(self.sink.kafka)",
    field=".latency",
    sentence=(
        "low needs spec.sink.kafka; write that, or latency: throughput, which prints about once a second or"
        " slower"
    ),
    holds=lambda spec: spec.latency != "low" or spec.sink.kafka is not None,
)
LOW_SOURCE = Rule(
    cel="self.engine != 'spark' || self.latency != 'low' || (has(self.source.kafka) && !has(self.window))",
    field=".latency",
    sentence=(
        "low works on Spark with spec.source.kafka and without spec.window; write it so, or latency:"
        " throughput, or engine: flink, which takes every source, and windows"
    ),
    holds=lambda spec: (
        spec.engine != "spark"
        or spec.latency != "low"
        or (spec.source.kafka is not None and spec.window is None)
    ),
)
LOW_BATCH = Rule(
    cel=(
        "self.engine != 'spark' || self.latency != 'low' "
        f"|| !self.checkpoint.interval.matches({_cel_text(_DURATION_PATTERN)}) "
        "|| duration(self.checkpoint.interval) >= duration('5s')"
    ),
    field=".checkpoint.interval",
    sentence=(
        "write at least 5s with latency: low on Spark, which pauses for some tenths of a second at each"
        " checkpoint"
    ),
    holds=lambda spec: (
        spec.engine != "spark" or spec.latency != "low" or seconds(spec.checkpoint.interval) >= 5
    ),
)
NO_LOOP = Rule(
    cel=(
        "!has(self.source.kafka) || !has(self.sink.kafka) || !(self.sink.kafka.topic in"
        " self.source.kafka.topics) || self.source.kafka.bootstrapServers != self.sink.kafka.bootstrapServers"
    ),
    field=".sink.kafka.topic",
    sentence="write a topic that is not among spec.source.kafka.topics; counts would be counted again",
    holds=lambda spec: (
        spec.source.kafka is None
        or spec.sink.kafka is None
        or spec.sink.kafka.topic not in spec.source.kafka.topics
        or spec.source.kafka.bootstrap_servers != spec.sink.kafka.bootstrap_servers
    ),
)
ONLY_WINDOWS = Rule(
    cel="!has(self.sink.files) || has(self.window)",
    field=".sink.files",
    sentence=(
        "write spec.window too, because only the counts of a closed window are final, and a file is written"
        " once; running totals go to kafka, postgres or console"
    ),
    holds=lambda spec: spec.sink.files is None or spec.window is not None,
)
PARQUET = Rule(
    cel=(
        "self.engine != 'flink' || !has(self.sink.files) || self.sink.files.path.startsWith('/') ||"
        " self.sink.files.format == 'parquet'"
    ),
    field=".sink.files.format",
    sentence="write parquet, or a path under /data; engine: flink writes JSON lines to volumes only",
    holds=lambda spec: (
        spec.engine != "flink"
        or spec.sink.files is None
        or spec.sink.files.path.startswith("/")
        or spec.sink.files.format == "parquet"
    ),
)
SAME_STORE = Rule(
    cel=(
        "has(self.checkpoint.storage.s3) || ((!has(self.sink.files) || self.sink.files.path.startsWith('/')) "
        "&& (!has(self.source.files) || self.source.files.path.startsWith('/')))"
    ),
    field=".checkpoint.storage.s3",
    sentence=(
        "write this block too, because it has the endpoint and credentials for files in a bucket; or write"
        " paths under /data, the state volume"
    ),
    holds=lambda spec: (
        spec.checkpoint.storage.s3 is not None
        or all(each is None or each.path.startswith("/") for each in (spec.sink.files, spec.source.files))
    ),
)
LENGTH = Rule(
    cel=f"!self.matches({_cel_text(_DURATION_PATTERN)}) || duration(self) <= duration('720h')",
    sentence="write at most 720h; each word of an open window is kept in the state",
    holds=lambda text: seconds(text) <= 720 * 3600,
)


def _readable(*names: str) -> str:
    """Return CEL that is true if one of these durations cannot be read; another rule refuses it."""
    return " || ".join(f"!self.{name}.matches({_cel_text(_DURATION_PATTERN)})" for name in names)


SLIDE = Rule(
    cel=(
        f"!has(self.slide) || (has(self.size) && ({_readable('size', 'slide')} "
        "|| duration(self.slide) <= duration('0s') "
        "|| duration(self.size).getMilliseconds() % duration(self.slide).getMilliseconds() == 0))"
    ),
    field=".slide",
    sentence=(
        "write a duration that goes into size without a remainder, so that each line is in equally many"
        " windows; sessions (gap) have no slide"
    ),
    holds=lambda window: (
        window.slide is None
        or (
            window.size is not None
            and round(1000 * seconds(window.size)) % round(1000 * seconds(window.slide)) == 0
        )
    ),
)
WATERMARK = Rule(
    cel=(
        f"!has(self.size) || {_readable('size', 'watermark')} || duration(self.watermark) <="
        " duration(self.size)"
    ),
    field=".watermark",
    sentence=(
        "write a watermark that is not longer than size; a window is published one watermark after its end"
    ),
    holds=lambda window: window.size is None or seconds(window.watermark) <= seconds(window.size),
)
CLAIM = Rule(
    cel="!has(self.claimName) || (!has(self.size) && !has(self.storageClassName) && !has(self.accessModes))",
    field=".claimName",
    sentence=(
        "write either claimName (an existing PersistentVolumeClaim) or size, storageClassName and accessModes"
        " (a new one)"
    ),
    holds=lambda volume: (
        volume.claim_name is None
        or (volume.size is None and volume.storage_class_name is None and volume.access_modes is None)
    ),
)
BACKOFF = Rule(
    cel=(
        f"!self.initial.matches({_cel_text(_DURATION_PATTERN)}) ||"
        f" !self.max.matches({_cel_text(_DURATION_PATTERN)}) || duration(self.initial) <= duration(self.max)"
    ),
    field=".initial",
    sentence="write an initial delay that is not longer than max",
    holds=lambda backoff: seconds(backoff.initial) <= seconds(backoff.max),
)
OWN_LABELS = Rule(
    cel=f"self.all(key, !key.startsWith('{GROUP}/'))",
    sentence=f"write other labels; the operator finds its pods by those that begin with {GROUP}/",
    holds=lambda labels: not any(key.startswith(f"{GROUP}/") for key in labels),
)
