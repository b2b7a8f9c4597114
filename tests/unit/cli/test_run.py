"""From a file to the job's options; the engines themselves run in tests/integration/jobs."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.documents import TO_KAFKA, document
from wordcount_cli.__main__ import main
from wordcount_cli.commands.run import prepare
from wordcount_core.options import Console, Files, KafkaSink, KafkaSource, Options, Rate, Socket, Text, Window
from wordcount_operator.api.validation import read
from wordcount_operator.engines.common.job_options import job_options


def written(folder: Path, *documents: dict[str, Any]) -> str:
    """A file with these documents."""
    file = folder / "wordcount.yaml"
    file.write_text(yaml.safe_dump_all(documents))
    return str(file)


def job(changes: dict[str, Any], checkpoint_dir: str | None = None) -> Options:
    """The options of a changed document."""
    spec = read(document(changes)).spec
    return job_options("bible", spec, checkpoint_dir=checkpoint_dir, conf={"a": "b"}, progress_port=8090)


def test_every_source_and_sink_reaches_the_job() -> None:
    """With the defaults of the resource, not of the job."""
    kafka = KafkaSource("kafka:9092", ("lines",), "earliest")
    assert job({}).source == kafka
    assert job({"spec.source": {"rate": {}}}).source == Rate(100, 1000, 7)
    assert job({"spec.source": {"socket": {"host": "a", "port": 9}}}).source == Socket("a", 9)
    assert job({"spec.source": {"files": {"path": "/data/x"}}}).source == Files("/data/x")
    assert job({}).sink == Console(20)
    assert job(TO_KAFKA).sink == KafkaSink("kafka:9092", "counts")
    assert job(TO_KAFKA | {"spec.latency": "low"}).latency == "low"


def test_the_rest_reaches_the_job() -> None:
    """Text rules, the interval in milliseconds, and what the caller adds."""
    text = {"separator": " ", "lowercase": True, "stripPunctuation": True, "stopWords": ["a"], "minLength": 2}
    made = job(
        {"spec.text": text, "spec.checkpoint.interval": "1m500ms", "spec.parallelism": 3}, "/data/state"
    )
    assert made.text == Text(" ", True, True, ("a",), 2)
    assert (made.checkpoint_interval_ms, made.parallelism) == (60_500, 3)
    assert (made.name, made.checkpoint_dir, made.conf, made.progress_port) == (
        "bible",
        "/data/state",
        {"a": "b"},
        8090,
    )
    assert Options.from_json(made.to_json()) == made


@pytest.mark.parametrize(
    ("written", "made"),
    [
        ({"size": "1m"}, Window(60_000)),
        (
            {"size": "1m", "slide": "20s", "watermark": "500ms", "timestamp": "kafka"},
            Window(60_000, 20_000, None, 500, "kafka"),
        ),
        (
            {"gap": "30s", "timestamp": {"prefix": "iso8601"}},
            Window(gap_ms=30_000, timestamp="prefix"),
        ),
    ],
)
def test_a_window_reaches_the_job(written: dict[str, Any], made: Window) -> None:
    """In milliseconds; without one there is none."""
    found = job({"spec.window": written})
    assert found.window == made
    assert Options.from_json(found.to_json()) == found
    assert job({}).window is None


def test_the_largest_values_of_the_resource_suit_the_job() -> None:
    """What the API server accepts, the job accepts."""
    rate = {"linesPerSecond": 10_000_000, "vocabulary": 1_000_000, "seed": 1_000_000_000}
    assert job({"spec.source": {"rate": rate}, "spec.parallelism": 1024}).source == Rate(*rate.values())


def test_a_local_path_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Relative to where the command is run; also a path that a pod could not have."""
    (tmp_path / "lines").mkdir()
    monkeypatch.chdir(tmp_path)
    for path in ("lines", "./lines", "lines/../lines", str(tmp_path / "lines")):
        file = written(tmp_path, document({"spec.source": {"files": {"path": path}}}))
        made, engine = prepare(file, None, True, Path("counts.json"))
        assert (made.source, engine) == (Files(str(tmp_path / "lines")), "spark")
        assert (made.once, made.counts, made.checkpoint_dir) == (True, str(tmp_path / "counts.json"), None)


def test_another_engine_drops_the_first_ones_block(tmp_path: Path) -> None:
    """--engine runs the same file on the other engine."""
    file = written(tmp_path, document({"spec.spark": {"conf": {"spark.x": "y"}}}))
    assert prepare(file, None, False, None)[0].conf == {"spark.x": "y"}
    made, engine = prepare(file, "flink", False, None)
    assert (made.conf, engine, made.once, made.counts) == ({}, "flink", False, None)


def test_of_several_resources_the_engine_chooses(tmp_path: Path) -> None:
    """The examples hold one resource for each engine."""
    both = [document({"metadata.name": name, "spec.engine": name}) for name in ("spark", "flink")]
    file = written(tmp_path, *both, {"kind": "Service", "apiVersion": "v1"})
    assert [prepare(file, engine, False, None)[0].name for engine in ("spark", "flink")] == ["spark", "flink"]
    with pytest.raises(ValueError, match="choose one of its StreamingWordCounts by --engine"):
        prepare(file, None, False, None)


@pytest.mark.parametrize(
    ("changes", "more", "sentence"),
    [
        (
            {"spec.source": {"files": {"path": "/no/such"}}},
            [],
            "spec.source.files.path: there is no /no/such on this",
        ),
        ({"spec.parallelism": 0}, [], "spec.parallelism: write a number of at least 1"),
        ({"spec": []}, ["--engine", "flink"], "spec: write a block of fields"),
        ({"spec.source": "rate"}, [], "spec.source: write a block of fields"),
        (
            {},
            ["--once", "--counts", "/no/such/counts.json"],
            "--counts: there is no folder /no/such; create it first",
        ),
    ],
)
def test_a_refusal_is_a_sentence(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    changes: dict[str, Any],
    more: list[str],
    sentence: str,
) -> None:
    """On standard error, because standard output is the words'; exit status 1."""
    assert main(["run", written(tmp_path, document(changes)), *more]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert sentence in err
