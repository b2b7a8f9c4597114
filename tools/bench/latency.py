"""How soon a line of Kafka is in a count in Kafka, on each engine and with each latency.

`python -m tools.bench.latency [--json FILE]`. A real broker, producer, consumer and the embedded job share
the machine; `checkpoint.interval` is the default.
"""

import argparse
import json
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from statistics import quantiles
from typing import Any

from rich.console import Console as Terminal
from rich.table import Table

from tools.bench.traffic import RATE, Times, traffic
from tools.cluster.terminal import step
from tools.testbed import ENGINES
from tools.testbed.job_process import started
from tools.testbed.servers.kafka import Kafka, kafka
from wordcount_cli.local.run import prepare
from wordcount_core.options import KafkaSink, KafkaSource, Options

MODES = ("throughput", "low")
GOALS = {"spark": (50, 350), "flink": (75, 110)}
"""Milliseconds, p50 and p95, with latency: low."""
WARM, MEASURED = 5.0, 20.0
"""Seconds from the first count, which are left out, and then those that count."""
SETTLE_TIMEOUT = 60.0


def measure() -> dict[str, Any]:
    """Engine → mode → p50 and p95 in milliseconds, and the goals."""
    figures: dict[str, Any] = {"lines_per_second": RATE}
    with tempfile.TemporaryDirectory(prefix="wordcount-bench-") as folder, kafka(Path(folder)) as broker:
        for engine in ENGINES:
            figures[engine] = {mode: _delays(engine, mode, broker, Path(folder)) for mode in MODES}
            figures[engine]["low"] |= dict(zip(("goal_p50_ms", "goal_p95_ms"), GOALS[engine], strict=True))
    return figures


def _delays(engine: str, latency: Any, broker: Kafka, folder: Path) -> dict[str, float]:
    lines, counts = f"{engine}-{latency}-lines", f"{engine}-{latency}-counts"
    broker.create(lines, counts, partitions=2)
    state, source, sink = (
        str(folder / lines),
        KafkaSource(broker.plain, (lines,)),
        KafkaSink(broker.plain, counts),
    )
    job = Options("latency", source, sink, checkpoint_dir=state, parallelism=2, latency=latency)
    # `prepare` makes intervals short for a person who looks on.
    job = replace(prepare(job, engine), checkpoint_interval_ms=job.checkpoint_interval_ms)
    with (
        step(f"{engine}: {latency} latency, Kafka → Kafka"),
        started(job, engine, folder),
        traffic(broker.plain, lines, counts) as times,
    ):
        begin = _first(times, folder / f"{engine}.log") + WARM
        time.sleep(max(0.0, begin + MEASURED - time.monotonic()))
        _settled(times)
        cuts = quantiles(times.delays(begin, begin + MEASURED), n=100)
    return {"p50_ms": round(cuts[49]), "p95_ms": round(cuts[94])}


def _first(times: Times, log: Path) -> float:
    deadline = time.monotonic() + SETTLE_TIMEOUT
    while (first := times.first()) is None:
        if time.monotonic() > deadline:
            raise RuntimeError(f"nothing was counted:\n{log.read_text()[-2000:]}")
        time.sleep(0.1)
    return first


def _settled(times: Times) -> None:
    """Until all lines so far are counted, or PATIENCE is over."""
    lines, deadline = set(times.written), time.monotonic() + SETTLE_TIMEOUT
    while lines - times.seen.keys() and time.monotonic() < deadline:
        time.sleep(0.1)


def main() -> None:
    """Measures, shows a table, and writes JSON where asked."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.bench.latency", description="Measure the jobs' latency."
    )
    parser.add_argument("--json", type=Path, help="write the figures into this file")
    wanted = parser.parse_args()
    figures = measure()
    if wanted.json:
        wanted.json.write_text(json.dumps(figures, indent=2) + "\n")
    table = Table("engine", "latency", "p50", "p95", "goal", title="Kafka → Kafka, milliseconds")
    for engine in ENGINES:
        for mode in MODES:
            measured = figures[engine][mode]
            goal = "{} / {}".format(*GOALS[engine]) if mode == "low" else ""
            table.add_row(engine, mode, str(measured["p50_ms"]), str(measured["p95_ms"]), goal)
    Terminal().print(table)


if __name__ == "__main__":
    main()
