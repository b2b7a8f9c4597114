"""What a comparison sends and to where."""

from collections import Counter
from typing import Any

import pytest

from tests.support.documents import TO_KAFKA, document
from wordcount_cli.local.documents import Document
from wordcount_compare.count_checker import CountChecker, expected_counts
from wordcount_compare.generated_lines import BURST_LINE_WORDS, GeneratedLines
from wordcount_compare.plan import Plan
from wordcount_compare.trial import Trial, trial
from wordcount_core import tokenizer
from wordcount_core.options import Text
from wordcount_operator.api.validation import read

ENGINES = ("spark", "flink")


def made(engine: str, changes: dict[str, Any] | None = None) -> Trial:
    """The part of one engine in the comparison of a changed document."""
    value = document({**TO_KAFKA, **(changes or {})})
    return trial(Document("file: bible", value), engine, "abc123", 20)


@pytest.mark.parametrize("engine", ENGINES)
def test_both_resources_are_good_and_touch_no_topic_of_the_users(engine: str) -> None:
    """They differ from the file in name, topics, window and the state's fate, and the API server would accept
    them.
    """
    changes = {
        "spec.parallelism": 3,
        "spec.suspend": True,
        "spec.window": {"size": "1h"},
        "spec.checkpoint": {"interval": "7s", "restoreFrom": "/data/state/words/bible/1/g1"},
    }
    wanted = made(engine, changes)
    for value, topics in ((wanted.totals, wanted.plan.totals), (wanted.windowed, wanted.plan.windows)):
        spec = read(value).spec
        assert spec.source.kafka is not None
        assert spec.sink.kafka is not None
        assert (spec.source.kafka.topics, spec.sink.kafka.topic) == ([topics.lines], topics.counts)
        assert "abc123" in topics.lines
        assert (spec.engine, spec.parallelism, spec.suspend) == (engine, 3, False)
        assert spec.checkpoint.interval == "7s"
        assert (spec.checkpoint.on_delete, spec.checkpoint.restore_from) == ("Delete", None)
    assert read(wanted.totals).spec.window is None
    assert read(wanted.windowed).spec.window is not None
    assert len(set(wanted.plan.topics)) == 4


def test_each_flink_resource_has_a_session_of_its_own() -> None:
    """So that its pods use nothing for others; and another engine's block is dropped."""
    value = read(made("flink", {"spec.spark": {"conf": {"spark.x": "y"}}}).totals)
    assert value.spec.flink is not None
    assert value.spec.flink.session is not None
    assert value.spec.flink.session.name == value.metadata.name
    assert value.spec.spark is None


def test_the_examples_name_bears_one_engine_only() -> None:
    """`book-spark` on Flink is `book-compare-flink`."""
    assert made("flink", {"metadata.name": "book-spark"}).totals["metadata"]["name"] == "book-compare-flink"


def test_a_long_name_stays_one_that_the_api_server_takes() -> None:
    """At most 40 characters, whatever the file's."""
    wanted = made("flink", {"metadata.name": "a" * 40})
    assert all(read(value).metadata.name.startswith("aaa") for value in (wanted.totals, wanted.windowed))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"spec.source": {"rate": {}}}, "spec.source: write kafka"),
        ({"spec.sink": {"console": {}}}, "spec.sink: write kafka"),
        ({"spec.text": {"separator": "0"}}, "spec.text: these rules change the words"),
        ({"spec.restart.policy": "Never"}, "spec.restart.policy: write Always"),
        (
            {"spec.sink": {"kafka": {"bootstrapServers": "other:9092", "topic": "counts"}}},
            "spec.sink.kafka.bootstrapServers: write the same as in spec.source.kafka",
        ),
    ],
)
def test_what_cannot_be_compared_is_a_sentence(changes: dict[str, Any], sentence: str) -> None:
    """The field and what to write."""
    with pytest.raises(ValueError, match=f"file: bible: {sentence}"):
        made("spark", changes)


def test_a_plan_survives_its_way_to_the_probe() -> None:
    """As one line of JSON, with the text rules."""
    plan = made("spark", {"spec.text": {"separator": "|", "stopWords": ["a", "b"]}}).plan
    assert "\n" not in plan.to_json()
    assert Plan.from_json(plan.to_json()) == plan
    assert Plan.from_json(plan.for_cleanup().to_json()).task == "clean"


@pytest.mark.parametrize(
    "text",
    [
        Text(),
        Text(lowercase=True, strip_punctuation=True, stop_words=("the",), min_length=4),
        Text(separator=" "),
        Text(separator="||", min_length=30),
    ],
)
def test_generated_words_pass_the_rules_unchanged(text: Text) -> None:
    """So that a mark is the key of its count, and a line has as many words as it was made of."""
    generated = GeneratedLines(text)
    marks = set()
    for n in range(300):
        line, mark = generated.marked(n)
        assert mark in tokenizer.words(line, text)
        assert len(tokenizer.words(line, text)) == 10
        marks.add(mark)
    assert len(marks) == 300
    lines = list(generated.burst(5 * BURST_LINE_WORDS))
    assert [len(tokenizer.words(line, text)) for line in lines] == [BURST_LINE_WORDS] * 5
    assert lines == list(GeneratedLines(text).burst(5 * BURST_LINE_WORDS))


@pytest.mark.parametrize("text", [Text(separator="0"), Text(stop_words=("m000001",))])
def test_rules_that_change_generated_words_are_refused(text: Text) -> None:
    """They would be measured as lost."""
    with pytest.raises(ValueError, match=r"spec\.text: these rules change the words"):
        GeneratedLines(text)


def test_the_checker_finds_what_is_lost_and_what_is_doubled() -> None:
    """What is written again adds nothing.

    A count that falls back is lost, one that ever was too high is doubled.
    """
    expected = expected_counts(Counter({"a b": 2}), Text())
    assert expected == {"a": 2, "b": 2}
    checker = CountChecker()
    for word, count in (("a", 1), ("a", 2), ("a", 2), ("b", 2)):
        checker.add(word, count)
    assert checker.words == 4
    assert checker.verdict(expected) == {"words": 4, "distinct": 2, "lost": 0, "doubled": 0}
    for word, count in (("a", 1), ("b", 5), ("b", 2), ("c", 1)):
        checker.add(word, count)
    assert checker.verdict(expected) == {"words": 4, "distinct": 2, "lost": 1, "doubled": 4}
