"""A job that is killed goes on from its checkpoint with exact counts: nothing lost, nothing counted twice."""

import json
import time
from dataclasses import replace
from pathlib import Path
from subprocess import Popen

from wordcount_jobs.core.options import Console, Files, Options, Rate
from wordcount_jobs.core.rate import line
from wordcount_jobs.core.tokenize import count

from tests.jobs.conftest import running

PATIENCE = 150.0


def wait_for_top(process: "Popen[str]", expected: dict[str, int], log: Path) -> None:
    """Until the job shows exactly these counts. Fails if it ends, or shows more than there is."""
    assert process.stdout
    shown: dict[str, int] = {}
    for said in process.stdout:
        shown = dict(json.loads(said)["top"])
        assert all(shown[word] <= expected.get(word, 0) for word in shown), (shown, expected)
        if shown == expected:
            return
    raise AssertionError(f"ended at {shown}\n{log.read_text()[-3000:]}")


def newest_checkpoint(folder: Path, since: float) -> Path:
    """A finished checkpoint that was begun after `since` (seconds of the epoch); Flink's and Spark's differ."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = [each for each in folder.glob("*/chk-*/_metadata") if each.stat().st_mtime > since]
        if found:
            return max(found, key=lambda each: each.stat().st_mtime).parent
        time.sleep(0.1)
    raise AssertionError(f"no checkpoint under {folder}")


def test_a_killed_job_goes_on_from_its_checkpoint(engine: str, tmp_path: Path) -> None:
    """One file before the kill, one while it is down: each is counted once."""
    source, state = tmp_path / "in", tmp_path / "state"
    source.mkdir()
    before, after = (
        [line(n, Rate(1, 50)) for n in range(200)],
        [line(n, Rate(1, 60)) for n in range(200, 300)],
    )
    options = Options(
        "restart", Files(str(source)), Console(1000), checkpoint_dir=str(state), checkpoint_interval_ms=500
    )
    text, log = options.text, tmp_path / f"{engine}.log"
    (source / "1.txt").write_text("\n".join(before))
    with running(options, engine, tmp_path) as process:
        wait_for_top(process, dict(count(before, text)), log)
        if engine == "flink":
            point = newest_checkpoint(state, time.time())
            options = replace(options, conf={"execution.state-recovery.path": point.as_uri()})
        process.kill()
    (source / "2.txt").write_text("\n".join(after))
    with running(options, engine, tmp_path) as process:
        wait_for_top(process, dict(count(before + after, text)), log)
        process.terminate()
        process.communicate()
        assert engine == "flink" or process.returncode == 0


def test_the_made_up_text_is_the_same_on_both_engines(engine: str, tmp_path: Path) -> None:
    """Counts of the first N lines, for some N, are what plain Python makes of those lines."""
    rate = Rate(100, 20, 3)
    options = Options("rate", rate, Console(1000), checkpoint_interval_ms=500)
    with running(options, engine, tmp_path) as process:
        assert process.stdout
        for said in process.stdout:
            shown = dict(json.loads(said)["top"])
            if shown:
                lines = sum(shown.values()) // 10
                assert shown == dict(count((line(n, rate) for n in range(lines)), options.text))
            if sum(shown.values()) >= 1000:
                return
    raise AssertionError(f"the job ended\n{(tmp_path / f'{engine}.log').read_text()[-3000:]}")
