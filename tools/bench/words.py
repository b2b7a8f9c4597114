"""Words per CPU-second of our jobs and of the article's programs, on the same text.

`python -m tools.bench.words [--json FILE] [--words N]`. The text is Zipf's: exponent 1.05, 100,000 different
words, ten a line. CPU-seconds are those of all processes of a run, JVM starts included. Ours read the text as
a file. So does the article's Spark program here, its socket exchanged for the file: Spark's socket source
takes quadratic time for the lines of a batch (Scala's ListBuffer by index), which is no matter of the
program. The article's Flink program reads a socket; it is too slow for the whole text, so it is stopped after
FLINK_SECONDS, and the words that it printed count.
"""

import argparse
import itertools
import json
import os
import random
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from rich.console import Console as Terminal
from rich.table import Table

from tools.cluster.terminal import step
from tools.testbed.text_server import text_server
from wordcount_cli.local.engine_envs import python
from wordcount_cli.local.run import prepare, start
from wordcount_core.options import Files, Options

WORDS = 10_000_000
FLINK_SECONDS = 90.0
SPARK_SHOWN = b"only showing top 20 rows"
"""The end of the first batch, which holds the whole text."""
SPARK_SOCKET = '.format("socket").option("host", "localhost").option("port", 9999).load()'
ARTICLE = Path(__file__).parents[2] / "examples" / "00-article"
TICK = os.sysconf("SC_CLK_TCK")


def text(words: int) -> bytes:
    """The same bytes for the same number of words, a multiple of 10."""
    chance = random.Random(1)
    vocabulary = [f"w{n}" for n in range(100_000)]
    weights = list(itertools.accumulate((n + 1) ** -1.05 for n in range(len(vocabulary))))
    lines = (" ".join(chance.choices(vocabulary, cum_weights=weights, k=10)) for _ in range(words // 10))
    return ("\n".join(lines) + "\n").encode()


class Cpu:
    """CPU-seconds of all processes of one session, also of those that have ended since the last look."""

    def __init__(self, session: int) -> None:
        """`session` is the process id of the process that began it."""
        self._session = session
        self._seen: dict[str, float] = {}

    def seconds(self) -> float:
        """Look now."""
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with suppress(OSError):
                    fields = (entry / "stat").read_text().rpartition(")")[2].split()
                    if int(fields[3]) == self._session:
                        self._seen[entry.name] = (int(fields[11]) + int(fields[12])) / TICK
        return sum(self._seen.values())


def spent(process: "subprocess.Popen[Any]", over: Callable[[], bool]) -> float:
    """CPU-seconds of a run, until it ends by itself or is `over`.

    Then, and however we leave, it is killed.
    """
    cpu = Cpu(process.pid)
    try:
        while process.poll() is None and not over():
            cpu.seconds()
            time.sleep(0.1)
        return cpu.seconds()
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def ours(engine: str, words: int, file: Path) -> float:
    """Million words per CPU-second of our job."""
    options = prepare(Options("bench", Files(str(file)), once=True, parallelism=2), engine)
    process = start(python(engine), options, engine, file.parents[1] / f"{engine}.log")
    used = spent(process, lambda: False)
    if process.returncode:
        raise RuntimeError((file.parents[1] / f"{engine}.log").read_text()[-2000:])
    return words / used / 1e6


def article(engine: str, words: int, file: Path) -> float:
    """Million words per CPU-second of the article's program, with another port or, for Spark, a file as its
    input.
    """
    printed = file.parents[1] / f"article-{engine}.out"
    deadline = time.monotonic() + FLINK_SECONDS
    with text_server(file.read_bytes()) as port, printed.open("wb") as out:
        program = file.parents[1] / f"article-{engine}.py"
        source = (ARTICLE / f"{engine}.py").read_text()
        source = source.replace(SPARK_SOCKET, f'.text("{file.parent}")')
        program.write_text(source.replace("9999", str(port)))
        environment = os.environ | {"PATH": f"{python(engine).parent}{os.pathsep}{os.environ['PATH']}"}
        process = subprocess.Popen(
            [python(engine), program],
            cwd=file.parents[1],
            env=environment,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        used = spent(
            process,
            lambda: SPARK_SHOWN in printed.read_bytes() if engine == "spark" else time.monotonic() > deadline,
        )
    if engine == "flink":
        words = sum(line.startswith(b"(") or b"> (" in line for line in printed.read_bytes().splitlines())
    if not words or b"Traceback" in printed.read_bytes():
        raise RuntimeError(printed.read_text()[-2000:])
    return words / used / 1e6


def measure(words: int = WORDS) -> dict[str, Any]:
    """Both engines: `ours` and `article` in million words per CPU-second, and how many times the article's
    ours is.
    """
    figures: dict[str, Any] = {"words": words}
    with tempfile.TemporaryDirectory(prefix="wordcount-bench-") as folder:
        file = Path(folder) / "in" / "text.txt"
        file.parent.mkdir()
        file.write_bytes(text(words))
        for engine in ("spark", "flink"):
            with step(f"{engine}: our job, then the article's program, on {words:,} words"):
                mine, theirs = ours(engine, words, file), article(engine, words, file)
            figures[engine] = {
                "ours": round(mine, 4),
                "article": round(theirs, 4),
                "times": round(mine / theirs, 2),
            }
    return figures


def main() -> None:
    """Measures, shows a table, and writes JSON where asked."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.bench.words", description="Measure the jobs' throughput."
    )
    parser.add_argument("--json", type=Path, help="write the figures into this file")
    parser.add_argument("--words", type=int, default=WORDS, help="length of the text")
    wanted = parser.parse_args()
    figures = measure(wanted.words)
    if wanted.json:
        wanted.json.write_text(json.dumps(figures, indent=2) + "\n")
    table = Table("engine", "ours", "article's", "times", title="million words per CPU-second")
    for engine in ("spark", "flink"):
        table.add_row(engine, *(str(figures[engine][key]) for key in ("ours", "article", "times")))
    Terminal().print(table)


if __name__ == "__main__":
    main()
