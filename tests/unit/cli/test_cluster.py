"""The verbs that read a cluster: what is printed, which flags hold, what a refusal says."""

import json
from pathlib import Path
from threading import Timer

import pytest
import yaml

from tests.support.fake_api import SWC, Answers, kubeconfig
from tests.support.recorded_status import recorded
from wordcount_cli.__main__ import main

EVENTS = "/api/v1/namespaces/words/events"
Printed = pytest.CaptureFixture[str]


@pytest.fixture
def book(answers: Answers) -> Answers:
    """A cluster with one resource that counts."""
    resource = recorded("Running")["resource"]
    whole = {"kind": "StreamingWordCountList", "metadata": {"resourceVersion": "5"}, "items": [resource]}
    answers.known |= {
        f"GET {SWC}": (200, whole),
        f"GET {SWC.replace('/namespaces/words', '')}": (200, whole),
        f"GET {SWC}/bible": (200, resource),
        f"GET {EVENTS}": (200, {"kind": "EventList", "metadata": {}, "items": []}),
    }
    return answers


def test_the_list_has_a_line_for_each(book: Answers, capsys: Printed) -> None:
    """In the namespace of the context."""
    assert main(["list"]) == 0
    head, line = capsys.readouterr().out.splitlines()
    assert head.split()[:4] == ["namespace", "name", "engine", "phase"]
    assert line.split()[:7] == ["words", "bible", "flink", "Running", "7,714", "1,520", "0"]


@pytest.mark.parametrize(
    ("flags", "path"),
    [
        (["-A"], SWC.replace("/namespaces/words", "")),
        (["-n", "other"], SWC.replace("words/", "other/")),
        (["--context", "away"], SWC.replace("words/", "elsewhere/")),
    ],
)
def test_the_usual_flags_name_the_place(book: Answers, flags: list[str], path: str) -> None:
    """A context brings its own namespace, not the current one's."""
    book.known[f"GET {path}"] = book.known[f"GET {SWC}"]
    assert main(["list", *flags]) == 0
    assert book.asked == [(f"GET {path}", None)]


def test_documents_are_for_programs(book: Answers, capsys: Printed) -> None:
    """-o json and -o yaml print what the API server gave."""
    assert main(["status", "bible", "-o", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == recorded("Running")["resource"]
    assert main(["list", "-o", "yaml"]) == 0
    assert yaml.safe_load(capsys.readouterr().out)["items"] == [recorded("Running")["resource"]]


def test_what_could_be_begun_from_is_listed_newest_first(book: Answers, capsys: Printed) -> None:
    """For people, and for programs with everything that was recorded."""
    assert main(["checkpoints", "bible"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[-1].rsplit("/", 1)[1] for line in lines[1:]] == ["chk-412", "savepoint-a1b2"]
    assert main(["checkpoints", "bible", "-o", "json"]) == 0
    newest, savepoint = json.loads(capsys.readouterr().out)
    latest = recorded("Running")["resource"]["status"]["checkpoint"]["latest"]
    assert newest == {**latest, "at": latest["completionTime"]}  # release 0.2.0's name goes with 0.4.0
    assert savepoint["origin"] == "manual"


def test_an_empty_list_is_a_sentence(book: Answers, capsys: Printed) -> None:
    """With the next step."""
    book.known[f"GET {SWC}"] = (200, {"metadata": {}, "items": []})
    assert main(["list"]) == 0
    assert "wordcount list -A" in capsys.readouterr().out


def test_a_page_without_events_is_still_a_page(book: Answers, capsys: Printed) -> None:
    """The right that is missing is named beside it."""
    book.refuse("GET", EVENTS, 403)
    assert main(["status", "bible"]) == 0
    printed = capsys.readouterr()
    assert "words/bible on flink: Running" in printed.out
    assert "you do not have permission to list events in namespace words" in printed.err


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (401, "wordcount status: the cluster does not accept your credentials; log in again"),
        (403, "kubectl auth can-i get streamingwordcounts.streaming.wordcount.dev -n words"),
        (404, "there is no streamingwordcounts bible in namespace words"),
        (500, "the cluster refused to get streamingwordcounts bible: refused with 500"),
    ],
)
def test_a_refusal_is_one_sentence(answers: Answers, capsys: Printed, status: int, sentence: str) -> None:
    """It names the verb, and the right or the thing that is missing."""
    answers.refuse("GET", f"{SWC}/bible", status)
    assert main(["status", "bible"]) == 1
    printed = capsys.readouterr().err
    assert sentence in printed
    assert printed.count("\n") == 1


def test_a_cluster_without_the_operator_is_told_from_a_missing_resource(
    answers: Answers, capsys: Printed
) -> None:
    """The API server does not know the path."""
    assert main(["list"]) == 1
    assert "install the operator's chart" in capsys.readouterr().err


def test_nobody_at_home_is_a_sentence(tmp_path: Path, capsys: Printed) -> None:
    """With the flags that would name another cluster; and a missing kubeconfig has a sentence of its own."""
    file = tmp_path / "config"
    assert main(["list", "--kubeconfig", str(file)]) == 1
    assert "the kubeconfig cannot be used" in capsys.readouterr().err
    file.write_text(yaml.safe_dump(kubeconfig("http://127.0.0.1:9")))
    assert main(["list", "--kubeconfig", str(file)]) == 1
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("wordcount list: the cluster does not answer: ")
    assert "--kubeconfig" in last


@pytest.mark.parametrize("form", ["table", "json"])
def test_watching_goes_on_with_each_change(book: Answers, capsys: Printed, form: str) -> None:
    """Below the list, until the right is taken away, which ends it with its sentence."""
    changed = recorded("Failed")["resource"]
    book.known[f"WATCH {SWC}"] = (200, json.dumps({"type": "MODIFIED", "object": changed}) + "\n")
    Timer(1.0, book.refuse, ("WATCH", SWC, 403)).start()
    assert main(["list", "-w", "-o", form]) == 1
    printed = capsys.readouterr()
    assert "Running" in printed.out.split("Failed")[0]
    assert "Failed" in printed.out
    assert "you do not have permission to watch streamingwordcounts in namespace words" in printed.err
    watched = next(path for path, _ in book.asked if "watch=" in path)
    assert "resourceVersion=5" in watched
