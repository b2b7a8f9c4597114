"""A job that is killed goes on from its checkpoint with exact counts."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.checkpoints import checkpoints, wait_for_checkpoint
from tests.support.job_counts import tops, wait_for_top
from tools.testbed.job_process import kill, running, started
from tools.testbed.text_server import text_server
from wordcount_core.failure_codes import FailureCode
from wordcount_core.generated_text import line
from wordcount_core.options import Console, Files, Options, Rate, Socket
from wordcount_core.tokenizer import count


def test_a_killed_job_goes_on_from_its_checkpoint(engine: str, tmp_path: Path) -> None:
    """One file before the kill, one while it is down: each is counted once."""
    source, state = tmp_path / "in", tmp_path / "state"
    source.mkdir()
    before, after = (
        [line(n, Rate(1, 50)) for n in range(200)],
        [line(n, Rate(1, 60)) for n in range(200, 300)],
    )
    # Flink's JSON comes out of a collecting sink that cannot be restored; its table does not.
    console = Console(1000, "json" if engine == "spark" else "table")
    options = Options(
        "restart",
        Files(str(source)),
        console,
        checkpoint_dir=str(state),
        checkpoint_interval_ms=500,
        conf={"execution.checkpointing.num-retained": "3"} if engine == "flink" else {},
    )
    text, log = options.text, tmp_path / f"{engine}.log"
    (source / "1.txt").write_text("\n".join(before))
    with started(options, engine, tmp_path) as process:
        wait_for_top(process, dict(count(before, text)), log)
        if engine == "flink":
            wait_for_checkpoint(engine, state)
        kill(process)
    if engine == "flink":
        newest = checkpoints(state)[-1].parent
        options = replace(options, conf={"execution.state-recovery.path": newest.as_uri()})
    (source / "2.txt").write_text("\n".join(after))
    with started(options, engine, tmp_path) as process:
        wait_for_top(process, dict(count(before + after, text)), log)
        process.terminate()
        process.communicate()
        assert engine == "flink" or process.returncode == 0, log.read_text()[-3000:]


@pytest.mark.nightly
def test_a_socket_is_read_on_with_the_counts_so_far(engine: str, tmp_path: Path) -> None:
    """What another connection sends is added to what the first one sent, though no line can be asked for
    again.
    """
    state, log = tmp_path / "state", tmp_path / f"{engine}.log"
    first, second = {"a": 300, "b": 300}, {"a": 500, "b": 300, "c": 200}
    options = Options(
        "socket",
        Socket("127.0.0.1", 1),
        Console(10, "json" if engine == "spark" else "table"),
        checkpoint_dir=str(state),
        checkpoint_interval_ms=500,
    )
    with text_server(b"a b\n" * 300, hang_up=False) as port:
        job = replace(options, source=Socket("127.0.0.1", port))
        with started(job, engine, tmp_path) as process:
            wait_for_top(process, first, log)
            wait_for_checkpoint(engine, state)
            kill(process)
    if engine == "flink":
        options = replace(
            options, conf={"execution.state-recovery.path": checkpoints(state)[-1].parent.as_uri()}
        )
    with text_server(b"a c\n" * 200, hang_up=False) as port:
        job = replace(options, source=Socket("127.0.0.1", port))
        with started(job, engine, tmp_path) as process:
            wait_for_top(process, second, log)


def test_the_made_up_text_is_the_same_on_both_engines(engine: str, tmp_path: Path) -> None:
    """Counts of the first N lines, for some N, are what plain Python makes of those lines."""
    rate = Rate(100, 20, 3)
    options = Options("rate", rate, Console(1000), checkpoint_interval_ms=500)
    with running(options, engine, tmp_path) as process:
        for shown in tops(process):
            lines = sum(shown.values()) // 10
            assert shown == dict(count((line(n, rate) for n in range(lines)), options.text))
            if sum(shown.values()) >= 1000:
                return
    raise AssertionError(f"the job ended\n{(tmp_path / f'{engine}.log').read_text()[-3000:]}")


def test_a_state_that_is_gone_is_no_empty_state(engine: str, tmp_path: Path) -> None:
    """Missing state never silently starts from zero: the program ends with StateUnavailable and the choices,
    and not with 0.
    """
    state = tmp_path / "state"
    job = Options("gone", Rate(10, 20, 3), Console(5), checkpoint_dir=str(state), checkpoint_interval_ms=500)
    known = {
        "spark": replace(job, continues=True),
        "flink": replace(job, resume_from=f"{state}/savepoints/{'0' * 32}"),
    }
    with started(known[engine], engine, tmp_path) as process:
        process.communicate()
    said = (tmp_path / f"{engine}.log").read_text()
    assert process.returncode == (1 if engine == "spark" else FailureCode.STATE_LOST.exit_status), said[
        -3000:
    ]
    assert "StateUnavailable: spec.checkpoint.storage: the state at" in said
    assert "stateless" in said


def test_a_stop_of_spark_comes_between_two_micro_batches(tmp_path: Path) -> None:
    """SIGTERM is a clean stop: the batch that runs is finished, also where one follows the other without a
    pause.

    So every batch that reached the sink is finished, it takes no longer than a batch, and the exit status is
    0.
    """
    state = tmp_path / "state"
    console = Console(10, "json")
    job = Options("stop", Rate(100, 20, 3), console, checkpoint_dir=str(state), checkpoint_interval_ms=200)
    with started(job, "spark", tmp_path) as process:
        shown = tops(process)
        next(shown)
        process.terminate()
        asked = time.monotonic()
        batches = 1 + len(list(shown))
        process.wait()
    assert process.returncode == 0, (tmp_path / "spark.log").read_text()[-3000:]
    assert time.monotonic() - asked < 20
    assert len(list((state / "commits").glob("[0-9]*"))) == batches
