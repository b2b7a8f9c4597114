"""Finds the checkpoints that a job process has finished, and waits for a new one."""

import time
from pathlib import Path

CHECKPOINT_TIMEOUT = 150.0


def wait_for_checkpoint(engine: str, state: Path) -> None:
    """Until what has been shown is in a checkpoint: Spark's last batch is finished, or one of Flink's is
    newer.
    """
    deadline, shown = time.monotonic() + CHECKPOINT_TIMEOUT, time.time()
    while not (
        finished(state) if engine == "spark" else any(newer(each, shown) for each in checkpoints(state))
    ):
        assert time.monotonic() < deadline, f"no checkpoint under {state}"
        time.sleep(0.1)


def finished(state: Path) -> bool:
    """Whether Spark has finished every batch that it began."""
    begun, done = ({each.name for each in (state / name).glob("[0-9]*")} for name in ("offsets", "commits"))
    return begun == done


def newer(path: Path, since: float) -> bool:
    """Whether it is there and younger."""
    try:
        return path.stat().st_mtime > since
    except FileNotFoundError:
        return False


def checkpoints(state: Path) -> list[Path]:
    """The finished ones of Flink, the oldest first. They come and go while the job runs."""
    return sorted(
        state.glob("*/chk-*/_metadata"), key=lambda each: int(each.parent.name.removeprefix("chk-"))
    )
