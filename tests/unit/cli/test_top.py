"""`wordcount top`: tables in logs, counts of a topic's records, the picture, and the notes."""

import json
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from tests.support.builders import NOW
from tests.support.fake_api import SWC, Answers
from tests.support.recorded_status import recorded
from wordcount_cli.__main__ import main
from wordcount_cli.kube.api_errors import UnreachableError
from wordcount_cli.kube.topic_top import top_lines
from wordcount_cli.kube.word_source import parsed
from wordcount_cli.views.top import History, picture, sparks
from wordcount_core import top_words
from wordcount_operator.api.v1alpha1 import Status

Printed = pytest.CaptureFixture[str]
TOP: top_words.Top = [("the", 64309), ("\x1b[2J", 1234), ("", 7)]


def shown(found: dict[str, Any], words: top_words.Top, history: History) -> str:
    """The picture as a terminal of a hundred columns shows it."""
    screen = Console(width=100, record=True, file=StringIO(), highlight=False)
    screen.print(picture(found, words, "no words", history, NOW))
    return screen.export_text()


@pytest.mark.parametrize("form", ["table", "json"])
def test_what_a_program_printed_is_found_again(form: str) -> None:
    """Among other lines, the newest last; a table that is not ended yet is not whole."""
    printed = [top_words.render([("a", n), ("b c", n)], form, "batch 1") for n in (1, 1234)]
    lines = ["INFO begun", *"\n".join(printed).splitlines(), "INFO ended", "    1             9  a"]
    assert list(top_words.printed_tops(lines)) == [[("a", 1), ("b c", 1)], [("a", 1234), ("b c", 1234)]]


def test_flinks_tables_are_read_too() -> None:
    """Their counts have no commas, and a line of a parallel task its number."""
    lines = ["", "   1 64309  the", "   2 51313  and", "", "2> ", "    1  70000  the", ""]
    assert list(top_words.printed_tops(lines)) == [[("the", 64309), ("and", 51313)], [("the", 70000)]]


def test_the_newest_record_of_a_word_counts_and_the_newest_window() -> None:
    """As the topic's contract says."""
    totals = [[b'{"word": "a", "count": 1}', b'{"word": "b", "count": 2}'], [b'{"word": "a", "count": 3}']]
    assert [json.loads(each)["top"] for each in top_lines(totals, 1)] == [[["b", 2]], [["a", 3]]]
    spans = [
        json.dumps({"word": word, "count": n, "windowStart": f"2026-11-25T10:0{at}:00.000Z"}).encode()
        for word, n, at in (("a", 9, 1), ("b", 5, 2), ("a", 7, 1), ("c", 1, 2))
    ]
    (found,) = top_lines([spans], 9)
    assert json.loads(found) == {"top": [["b", 5], ["c", 1]], "window": "2026-11-25T10:02:00.000Z"}


def test_a_picture_has_rates_words_bars_and_growth() -> None:
    """And no word can disturb the terminal."""
    found, history = recorded("Running")["resource"], History()
    first = shown(found, TOP, history)
    assert first.startswith("words/bible on flink: Running")
    assert "7,714 words/s █   812 lines/s   lag 1,520   4s ago" in " ".join(first.split(" ")).replace(
        "    ", "   "
    )
    assert "1  64,309  the" in first
    assert "\x1b" not in first
    assert "+" not in first
    second = shown(found, [("the", 64400), ("new", 3)], history)
    assert "+91" in second


def test_rates_are_drawn_once_a_sample_and_forgotten_in_time() -> None:
    """Two looks within ten seconds see one sample."""
    history = History()
    for second in (*range(40), 39):
        progress = {"sampleTime": f"2026-11-25T10:00:{second:02}Z", "wordsPerSecond": second}
        history.sample(Status.model_validate({"progress": progress}))
    assert list(history.rates.values()) == list(range(10, 40))
    assert sparks([0, 50, 100]) == "▁▅█"
    assert sparks([0]) == "▁"


@pytest.mark.parametrize(
    ("sink", "said"),
    [
        (
            {"postgres": {"url": "postgresql://db/x", "table": "counts"}},
            "SELECT word, count FROM counts ORDER BY",
        ),
        ({"files": {"path": "/data/out"}}, "the counts are in the files of /data/out"),
    ],
)
def test_where_it_does_not_read_it_says_where_the_counts_are(
    answers: Answers, capsys: Printed, sink: dict[str, Any], said: str
) -> None:
    """At once, and with the rates."""
    resource = recorded("Running")["resource"]
    resource["spec"]["sink"] = sink
    answers.known[f"GET {SWC}/bible"] = (200, resource)
    assert main(["top", "bible"]) == 0
    printed = capsys.readouterr().out
    assert said in printed
    assert "7,714 words/s" in printed


def test_the_console_sinks_words_come_from_the_log(answers: Answers, capsys: Printed) -> None:
    """Of the pods that the resource has."""
    resource = recorded("Running")["resource"]
    resource["spec"]["sink"] = {"console": {"topN": 20}}
    resource["status"]["session"] = "bible"
    answers.known[f"GET {SWC}/bible"] = (200, resource)
    spec = {"containers": [{"name": "flink-main-container"}]}
    pod = {"metadata": {"name": "bible-taskmanager"}, "spec": spec, "status": {"phase": "Running"}}
    answers.known["GET /api/v1/namespaces/words/pods"] = (200, {"items": [pod]})
    said = "".join(
        f"2026-11-25T10:00:0{n}.000000000Z {line}\n"
        for n, line in enumerate(["", "   1 64309  the", "   2 51313  and", ""])
    )
    answers.known["GET /api/v1/namespaces/words/pods/bible-taskmanager/log"] = (200, said)
    assert main(["top", "bible", "--words", "1"]) == 0
    printed = capsys.readouterr().out
    assert "1  64,309  the" in printed
    assert "and" not in printed.split("the", 1)[1]


def test_a_suspended_resource_has_no_log(answers: Answers, capsys: Printed) -> None:
    """It is said at once, instead of waiting for words."""
    resource = recorded("Suspended")["resource"]
    resource["spec"]["sink"] = {"console": {"topN": 20}}
    answers.known[f"GET {SWC}/bible"] = (200, resource)
    assert main(["top", "bible"]) == 0
    assert "it does not run now, so there is no log" in capsys.readouterr().out


def test_a_topics_reader_needs_the_operators_image(answers: Answers, capsys: Printed) -> None:
    """Where its Deployment may not be seen, the flag is named; where pods may not be made, the right."""
    resource = recorded("Running")["resource"]
    resource["spec"]["sink"] = {"kafka": {"bootstrapServers": "kafka:9092", "topic": "counts"}}
    answers.known[f"GET {SWC}/bible"] = (200, resource)
    assert main(["top", "bible"]) == 1
    assert "--image" in capsys.readouterr().err
    answers.refuse("POST", "/api/v1/namespaces/words/pods", 403)
    assert main(["top", "bible", "--image", "operator:1"]) == 1
    assert "you do not have permission to create pods in namespace words" in capsys.readouterr().err


def test_what_the_reader_says_instead_of_words_is_told() -> None:
    """Its last line is the client's own sentence."""
    with pytest.raises(
        UnreachableError, match=r"spec.sink.kafka: the topic cannot be read: NoBrokersAvailable"
    ):
        parsed(["NoBrokersAvailable"])
