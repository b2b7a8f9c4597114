"""Reads the counts that a job process shows or writes, and compares them with the expected ones."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from subprocess import Popen

from tools.testbed.job_process import running
from wordcount_core.options import Options

ROW = re.compile(r" *\d+ +(\d+)  (\w+)$")


def tops(process: "Popen[str]") -> Iterator[dict[str, int]]:
    """Yield the counts that the job shows: JSON lines, or the tables of Flink's console."""
    assert process.stdout
    rows: dict[str, int] = {}
    for said in process.stdout:
        if said.startswith('{"top"'):
            yield dict(json.loads(said)["top"])
        elif row := ROW.match(said):
            rows[row[2]] = int(row[1])
        elif rows:
            yield rows
            rows = {}


def wait_for_top(process: "Popen[str]", expected: dict[str, int], log: Path) -> None:
    """Wait until the job shows exactly these counts; fail if it ends, or shows more than there is."""
    shown: dict[str, int] = {}
    for shown in tops(process):
        assert all(shown[word] <= expected.get(word, 0) for word in shown), (shown, expected)
        if shown == expected:
            return
    raise AssertionError(f"ended at {shown}\n{log.read_text()[-3000:]}")


def count_once(options: Options, engine: str, folder: Path) -> dict[str, int]:
    """Run a job with `once`, and return its counts."""
    with running(options, engine, folder) as process:
        process.communicate()
    assert process.returncode == 0, (folder / f"{engine}.log").read_text()[-3000:]
    counts: dict[str, int] = json.loads(Path(str(options.counts)).read_text())
    return counts


def different(found: dict[str, int], expected: dict[str, int]) -> dict[str, tuple[int | None, int | None]]:
    """Return the first words with a wrong count, each with (found, expected)."""
    words = sorted(word for word in found.keys() | expected.keys() if found.get(word) != expected.get(word))
    return {ascii(word)[:80]: (found.get(word), expected.get(word)) for word in words[:20]}
