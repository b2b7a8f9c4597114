"""The reference page of the metrics, from `telemetry`; `--write` puts it where it is checked in. Never a metric of its own.

`python -m wordcount_operator.exported` prints it; with `--write` it goes into the checkout.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from prometheus_client.metrics import MetricWrapperBase

from wordcount_operator import telemetry

COMMAND = "python -m wordcount_operator.exported --write"
PATH = "docs/reference/metrics.md"
_SERIES = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}


def _rows() -> Iterator[tuple[list[str], str, str, str]]:
    """Names of its series, kind, labels and meaning of each metric, in the order in which they stand in the code."""
    for metric in vars(telemetry).values():
        if isinstance(metric, MetricWrapperBase):
            (told,) = metric.describe()
            names = [f"{told.name}{end}" for end in _SERIES[told.type]]
            yield names, told.type, ", ".join(metric._labelnames), told.documentation


def names() -> list[str]:
    """All names by which a query can ask."""
    return [name for row in _rows() for name in row[0]]


def page() -> str:
    """The page in Markdown."""
    rows = [
        f"| {', '.join(f'`{name}`' for name in names)} | {kind} | {labels} | {meaning} |"
        for names, kind, labels, meaning in _rows()
    ]
    return "\n".join(
        [
            f"<!-- Generated from operator/wordcount_operator/telemetry.py by `{COMMAND}`; do not edit. -->",
            "",
            "# Metrics",
            "",
            "At `/metrics` on port 8080 of each operator pod. Only the replica that acts shows resources; `namespace` and `name` are the",
            "resource's, so scrape with `honorLabels: true` (the chart's `metrics.monitor` does). What belongs to a resource goes when it goes;",
            "a metric that a source or a window does not have is absent, not 0. The client library adds its own `process_*`, `python_*`, and",
            "`*_created`. Alerts on them: `charts/streaming-wordcount-operator/files/alerts.yaml`; what to do then: [runbook](runbook.md).",
            "",
            "| name | kind | labels | meaning |",
            "|---|---|---|---|",
            *rows,
            "",
        ]
    )


def main() -> None:
    """Print the page, or with `--write` bring the checked-in file up to date."""
    if sys.argv[1:] == ["--write"]:
        (Path(__file__).parents[2] / PATH).write_text(page(), encoding="utf-8")
    else:
        sys.stdout.write(page())


if __name__ == "__main__":
    main()
