"""The contract of arguments: what goes in comes out, and what is wrong is named."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordcount_core.options import (
    Console,
    Files,
    KafkaSink,
    KafkaSource,
    Options,
    Rate,
    Socket,
    Text,
    Window,
)
from wordcount_jobs.common.command_line import options_from_args

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=5)
sources = st.one_of(
    st.builds(Socket, texts, st.integers(1, 65535)),
    st.builds(KafkaSource, texts, st.lists(texts, min_size=1, max_size=3).map(tuple), st.just("latest")),
    st.builds(Files, texts.map(lambda name: f"/{name}")),
    st.builds(Rate, st.integers(1, 10**6), st.integers(1, 10**6), st.integers(0, 10**9)),
)
sinks = st.one_of(st.builds(Console, st.integers(1, 1000)), st.builds(KafkaSink, texts, texts))
rules = st.builds(
    Text, texts, st.booleans(), st.booleans(), st.lists(st.text("ab")).map(tuple), st.integers(1)
)
windows = st.one_of(
    st.none(),
    st.builds(Window, st.just(60_000), st.sampled_from([None, 20_000]), st.none(), st.integers(0, 60_000)),
    st.builds(Window, gap_ms=st.integers(1, 10**6), timestamp=st.just("prefix")),
)
MINIMAL = {"name": "bible", "source": {"files": {"path": "/data/lines"}}}


@given(sources, sinks, rules, st.dictionaries(texts, texts), windows)
def test_options_survive_the_way_through_json(
    source: Any, sink: Any, text: Text, conf: dict[str, str], window: Window | None
) -> None:
    """`from_json` undoes `to_json`, and `main_args` are what `options_from_args` reads."""
    prefixed = window is not None and window.timestamp == "prefix"
    source = Files("/lines") if prefixed and isinstance(source, Rate) else source
    options = Options("bible", source, sink, text, "/data/state", 500, 2, conf, 8090, True, "out.json")
    options = replace(options, window=window)
    assert Options.from_json(options.to_json()) == options
    assert options_from_args(options.main_args()) == options


def test_a_run_that_counts_once_has_no_latency() -> None:
    """Nobody looks at its counts before the end, and Spark's real-time mode has none."""
    job = Options("bible", Rate(1), KafkaSink("k:1", "counts"), latency="low", parallelism=3)
    assert (job.low, replace(job, once=True).low) == (True, False)
    assert job.slots > replace(job, once=True).slots == 3
    assert Options.from_json(job.to_json()) == job


def test_what_is_not_said_has_its_default() -> None:
    """Only the name and the source are needed."""
    assert Options.from_json(json.dumps(MINIMAL)) == Options(
        "bible", Files("/data/lines"), Console(20), Text()
    )


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": ""}, "name: must be a text that is not empty"),
        ({"latency": "none"}, "latency: must be one of throughput, low"),
        ({"latency": "low"}, "latency: must be throughput where the sink is not kafka"),
        ({"name": 3}, "name: must be a text"),
        ({"surprise": 1}, "surprise: there is no such field"),
        ({"source": {}}, "source: must be an object with exactly one of socket, kafka, files, rate"),
        (
            {"source": {"files": {"path": "/a"}, "rate": {"linesPerSecond": 1}}},
            "source: must be an object with",
        ),
        ({"source": {"files": {"path": "lines"}}}, "source.files.path: must be an absolute path or a URI"),
        ({"source": {"files": {}}}, "source.files.path: is missing"),
        ({"source": {"socket": {"host": "h", "port": 0}}}, "source.socket.port: must be at least 1"),
        ({"source": {"socket": {"host": "h", "port": 65536}}}, "source.socket.port: must be at most 65535"),
        ({"source": {"socket": {"host": "h", "port": "9"}}}, "source.socket.port: must be a whole number"),
        (
            {"source": {"rate": {"linesPerSecond": True}}},
            "source.rate.linesPerSecond: must be a whole number",
        ),
        (
            {"source": {"kafka": {"bootstrapServers": "k:9", "topics": []}}},
            "source.kafka.topics: must be a list",
        ),
        (
            {"source": {"kafka": {"bootstrapServers": "k:9", "topics": ["t"], "startingOffsets": "now"}}},
            "source.kafka.startingOffsets: must be one of earliest, latest",
        ),
        ({"text": {"minLength": -1}}, "text.minLength: must be at least 1"),
        ({"text": {"separator": ""}}, "text.separator: must be a text that is not empty"),
        ({"text": {"separator": "\ud800"}}, "text.separator: must be a text without halves of characters"),
        ({"text": {"stopWords": ["a", 1]}}, "text.stopWords[1]: must be a text"),
        ({"text": []}, "text: must be an object"),
        ({"checkpointDir": "state"}, "checkpointDir: must be an absolute path or a URI"),
        ({"conf": {"a": 1}}, "conf.a: must be a text"),
        ({"sink": {"console": {"topN": 0}}}, "sink.console.topN: must be at least 1"),
        ({"window": {}}, "window: must be an object with exactly one of sizeMs, gapMs"),
        (
            {"window": {"sizeMs": 1, "gapMs": 1}},
            "window: must be an object with exactly one of sizeMs, gapMs",
        ),
        ({"window": {"sizeMs": 0}}, "window.sizeMs: must be at least 1"),
        ({"window": {"gapMs": 10**10}}, "window.gapMs: must be at most 2592000000"),
        ({"window": {"sizeMs": 10, "slideMs": 4}}, "window.slideMs: must go into window.sizeMs"),
        ({"window": {"gapMs": 10, "slideMs": 5}}, "window.slideMs: must go into window.sizeMs"),
        ({"window": {"sizeMs": 10, "watermarkMs": 11}}, "window.watermarkMs: must be at most window.sizeMs"),
        ({"window": {"sizeMs": 10, "timestamp": "kafka"}}, "window.timestamp: must be ingest or prefix"),
        (
            {"window": {"sizeMs": 10, "timestamp": "prefix"}, "source": {"rate": {"linesPerSecond": 1}}},
            "window.timestamp: must be ingest where the source is rate",
        ),
    ],
)
def test_a_wrong_document_is_named_by_its_field(change: dict[str, Any], sentence: str) -> None:
    """Each refusal begins with the field's path as in the document."""
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}"):
        Options.from_json(json.dumps(MINIMAL | change))


@pytest.mark.parametrize("document", ["", "{", "[]", "null", "3"])
def test_what_is_no_object_is_refused(document: str) -> None:
    """Not JSON, or JSON of another kind."""
    with pytest.raises(ValueError, match=r"^options: must be "):
        Options.from_json(document)
