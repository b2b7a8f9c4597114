"""Derives what is compared: two resources for each engine, and the plan of the probe."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic.alias_generators import to_camel

from wordcount_cli.local.documents import Document
from wordcount_cli.local.this_machine import for_this_machine
from wordcount_compare.generated_lines import GeneratedLines
from wordcount_compare.plan import Plan, Topics
from wordcount_core.options import Text
from wordcount_operator.api.v1alpha1 import KafkaSource, Spec
from wordcount_operator.api.validation import read
from wordcount_operator.engines.common.job_options import job_options

_WINDOW = {"size": "1m", "watermark": "10s", "timestamp": {"prefix": "iso8601"}}
"""`plan.WINDOW` as the spec of the second resource has it."""
_NOT_COMPARED = ("suspend", "restartNonce")
"""Fields of the spec that a comparison ignores."""


@dataclass(frozen=True)
class Trial:
    """One engine's part of a comparison: what the probe does, and the two resources that are measured."""

    engine: str
    plan: Plan
    totals: dict[str, Any]
    windowed: dict[str, Any]


def trial(document: Document, engine: str, run: str, seconds: float) -> Trial:
    """Return one engine's part. Raises ValueError if the resource cannot be compared."""
    value = for_this_machine(document, engine).value
    spec = read(value).spec
    job = job_options(read(value).metadata.name, spec, checkpoint_dir=None, conf={}, progress_port=None)
    kafka = _check(document.place, spec, job.text)
    name = f"{base(job.name)[:18].rstrip('-')}-compare-{engine}"
    topics = Topics(f"{name}-{run}-lines", f"{name}-{run}-counts")
    windows = Topics(f"{name}-{run}-window-lines", f"{name}-{run}-window-counts")
    secret = kafka.credentials_secret
    plan = Plan(kafka.bootstrap_servers, topics, windows, job.text, job.parallelism, seconds, secret)
    return Trial(
        engine,
        plan,
        _variant(value, name, topics, lambda spec: spec.pop("window", None)),
        _variant(value, f"{name}-windows", windows, lambda spec: spec.update(window=_WINDOW)),
    )


def _check(place: str, spec: Spec, text: Text) -> KafkaSource:
    """Return the source, which says how Kafka is reached. Raises ValueError with the field and the remedy."""
    source, sink = spec.source.kafka, spec.sink.kafka
    if source is None or sink is None:
        raise ValueError(
            f"{place}: spec.{'sink' if source else 'source'}: write kafka; "
            "compare sends generated lines through your Kafka, in topics of its own"
        )
    for field in ("bootstrap_servers", "credentials_secret"):
        if getattr(source, field) != getattr(sink, field):
            raise ValueError(
                f"{place}: spec.sink.kafka.{to_camel(field)}: write the same as in spec.source.kafka; "
                "compare reads and writes on one Kafka"
            )
    if spec.restart.policy == "Never":
        raise ValueError(
            f"{place}: spec.restart.policy: write Always; "
            "compare kills the engine once, to measure the recovery"
        )
    try:
        GeneratedLines(text)
    except ValueError as error:
        raise ValueError(f"{place}: {error}") from None
    return source


def base(name: str) -> str:
    """Return the name without an engine's name at its end."""
    return re.sub(r"-(spark|flink)$", "", name)


def _variant(
    document: dict[str, Any], name: str, topics: Topics, change: Callable[[dict[str, Any]], Any]
) -> dict[str, Any]:
    """Return the resource with another name, these topics, and a state and session of its own."""
    value: dict[str, Any] = json.loads(json.dumps(document))
    value["metadata"] = {"name": name}
    spec = value["spec"]
    for field in _NOT_COMPARED:
        spec.pop(field, None)
    spec["source"]["kafka"] |= {"topics": [topics.lines], "startingOffsets": "earliest"}
    spec["sink"]["kafka"] |= {"topic": topics.counts}
    spec["checkpoint"] = {**spec.get("checkpoint", {}), "onDelete": "Delete"}
    spec["checkpoint"].pop("restoreFrom", None)
    if spec["engine"] == "flink":
        spec["flink"] = {**spec.get("flink", {}), "session": {"name": name}}
    change(spec)
    return value
