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
    """Return whether Spark has finished every batch that it began."""
    begun, done = ({each.name for each in (state / name).glob("[0-9]*")} for name in ("offsets", "commits"))
    return begun == done


def newer(path: Path, since: float) -> bool:
    """Return whether the file is there and newer than that time."""
    try:
        return path.stat().st_mtime > since
    except FileNotFoundError:
        return False


def checkpoints(state: Path) -> list[Path]:
    """Return Flink's finished checkpoints, the oldest first; they come and go while the job runs."""
    return sorted(
        state.glob("*/chk-*/_metadata"), key=lambda each: int(each.parent.name.removeprefix("chk-"))
    )
