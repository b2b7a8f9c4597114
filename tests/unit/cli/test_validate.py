"""`wordcount validate` on files that are wrong as files; what is wrong in a spec is tried in tests/unit/api."""

import io
import sys
from pathlib import Path

import pytest

from tests.support.documents import document
from wordcount_cli.__main__ import main

EXAMPLES = sorted((Path(__file__).parents[3] / "examples").glob("*/wordcount*.yaml"))
GOOD = """
apiVersion: streaming.wordcount.dev/v1alpha1
kind: StreamingWordCount
metadata: {name: bible}
spec: {engine: spark, source: {rate: {}}, sink: {console: {}}}
"""
SERVICE = "---\napiVersion: v1\nkind: Service\nmetadata: {name: text-source}\n"

BAD_FILES = {
    "": "is empty; write a StreamingWordCount",
    "---\n---\n": "is empty; write a StreamingWordCount",
    "a: [": "is not YAML: line 1",
    "a: b: c": "is not YAML: line 1",
    "\tengine: spark": "is not YAML: line 1",
    "a: \x07": "is not YAML",
    "? [a]\n: b": "is not YAML",
    "a: !!python/object:os.system b": "is not YAML",
    "a: 1\nb: 2\na: 3": "line 3: the field a is written twice; remove one",
    "&a [*a]": "values that JSON does not know",
    "a: !!set {b}": "values that JSON does not know",
    "[" * 5000: "values that JSON does not know",
    "- a": "document 1: write a block of fields",
    "just words": "document 1: write a block of fields",
    SERVICE: "there is no StreamingWordCount in it",
    "kind: StreamingWordCount": "document 1: apiVersion: write streaming.wordcount.dev/v1alpha1, not None",
    "apiVersion: streaming.wordcount.dev/v1alpha1": "document 1: kind: write StreamingWordCount, not None",
    GOOD.replace(
        "v1alpha1", "v1"
    ): "bible: apiVersion: write streaming.wordcount.dev/v1alpha1, not 'streaming.",
    GOOD.replace("WordCount", "Wordcount"): "bible: kind: write StreamingWordCount, not 'StreamingWordcount'",
    GOOD.replace("metadata: {name: bible}", "metadata: {}"): "document 1: metadata.name: write this field",
    GOOD.replace("metadata: {name: bible}", ""): "document 1: metadata: write this field",
    GOOD.replace("metadata: {name: bible}", "metadata: bible"): "metadata: write a block of fields",
}


def check(path: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, list[str]]:
    """The exit status and the printed lines; nothing may go to the other stream."""
    status = main(["validate", str(path)])
    out, err = capsys.readouterr()
    assert err == ""
    return status, out.splitlines()


@pytest.mark.parametrize(("text", "sentence"), BAD_FILES.items(), ids=lambda value: repr(value)[:40])
def test_a_bad_file_is_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, sentence: str
) -> None:
    """Whatever is in the file, the answer is one line with the file's name, and exit status 1."""
    file = tmp_path / "wordcount.yaml"
    file.write_text(text)
    status, lines = check(file, capsys)
    assert status == 1
    assert lines[-1].startswith(f"{file}: ")
    assert sentence in lines[-1]


def test_a_missing_file_a_folder_and_bytes_are_sentences(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What cannot be read at all is said by name."""
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe\x00")
    for path, words in (
        (tmp_path / "no", "there is no such file"),
        (tmp_path, "cannot be read"),
        (binary, "UTF-8"),
    ):
        status, lines = check(path, capsys)
        assert (status, len(lines)) == (1, 1)
        assert words in lines[0]


def test_each_problem_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """FILE: name: field: sentence, so that an editor can jump to it."""
    file = tmp_path / "wordcount.yaml"
    file.write_text(GOOD.replace("engine: spark", "engine: storm, paralelism: 2"))
    assert check(file, capsys) == (
        1,
        [
            f"{file}: bible: spec.engine: write spark or flink, not 'storm'",
            f"{file}: bible: spec.paralelism: there is no such field; did you mean parallelism?",
        ],
    )


def test_other_kinds_are_ignored_with_a_word(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file may hold what belongs to the resource, such as its source's Service."""
    file = tmp_path / "all.yaml"
    file.write_text(GOOD + SERVICE)
    assert check(file, capsys) == (
        0,
        [f"{file}: bible: good", f"{file}: text-source: ignored, it is a Service"],
    )


def test_standard_input_is_a_file(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`-` reads what is piped in."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(GOOD.encode())))
    assert main(["validate", "-"]) == 0
    assert capsys.readouterr().out == "standard input: bible: good\n"


def test_one_bad_file_among_good_ones_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All files are looked at, and the exit status tells of any."""
    good = tmp_path / "good.yaml"
    good.write_text(GOOD)
    assert main(["validate", str(tmp_path / "no"), str(good)]) == 1
    assert len(capsys.readouterr().out.splitlines()) == 2


@pytest.mark.parametrize("engine", ["spark", "flink"])
def test_what_the_engine_cannot_work_with_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], engine: str
) -> None:
    """A path that no pod would see is wrong without a cluster too."""
    file = tmp_path / "wordcount.yaml"
    file.write_text(
        GOOD.replace("engine: spark", f"engine: {engine}").replace("rate: {}", "files: {path: /lines}")
    )
    status, lines = check(file, capsys)
    assert status == 1
    assert lines[0].startswith(f"{file}: bible: spec.source.files.path: /lines is on no volume")


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda path: path.parent.name)
def test_the_examples_are_good(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What people copy from works."""
    status, lines = check(file, capsys)
    assert status == 0, lines


def test_there_are_examples() -> None:
    """The test above looks at something."""
    assert len(EXAMPLES) >= 4


def test_a_merged_block_may_be_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`<<` is YAML that kubectl knows, and is no key written twice."""
    file = tmp_path / "wordcount.yaml"
    text = (
        "checkpoint: {<<: &c {interval: 1s}, interval: 2s}, restart: {backoff: {<<: {initial: 1s}, max: 2s}}"
    )
    file.write_text(GOOD.replace("sink:", f"{text}, sink:"))
    assert check(file, capsys)[0] == 0


def test_a_date_is_a_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As for kubectl, a word that looks like a date is a word."""
    file = tmp_path / "wordcount.yaml"
    file.write_text(GOOD.replace("sink:", "text: {stopWords: [2020-01-01]}, sink:"))
    assert check(file, capsys)[0] == 0


@pytest.mark.parametrize(
    "words", [[], ["valid"], ["validate"], ["version", "x"], ["run", "f", "--counts", "c"]]
)
def test_wrong_usage_is_2(capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    """A script can tell a wrong call from a bad file."""
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code == 2
    assert "usage: wordcount" in capsys.readouterr().err


def test_the_version_names_the_resource_too(capsys: pytest.CaptureFixture[str]) -> None:
    """One line for a bug report."""
    assert main(["version"]) == 0
    assert str(document()["apiVersion"]) in capsys.readouterr().out
