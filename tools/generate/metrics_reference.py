"""Writes the reference page of the metrics.

`python -m tools.generate.metrics_reference` prints it; with `--write` it goes into the checkout.
"""

import sys
from collections.abc import Iterator

from prometheus_client.metrics import MetricWrapperBase

from tools.cluster.paths import CHECKOUT
from wordcount_operator import metrics
from wordcount_operator.engines import ENGINES

COMMAND = "python -m tools.generate.metrics_reference --write"
PATH = "docs/reference/metrics.md"
ENGINES_METRICS = {
    name: f"{engine.info.title}: {meaning}"
    for engine in ENGINES.values()
    for name, meaning in engine.info.dashboard_metrics.items()
}
"""The engines' own metrics that the dashboard shows, with what each means."""
_SERIES = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}

_ENGINES_PART = """\
## The engines' own

Spark's driver reports metrics of itself and its executors at `/metrics/executors/prometheus` on port 4040.
Flink's JobManager and TaskManagers report at `/metrics` on port 9249, in an image with the plugin
`metrics-prometheus`, such as the default one. The pods of engines and operator have the usual
`prometheus.io/…` annotations. To remove them, write `metadata.annotations: {prometheus.io/scrape: "false"}`
into `spec.spark.podTemplate` or `spec.flink.podTemplate`. This scrape job follows the annotations and gives
each series the labels that the dashboard needs:

```yaml
- job_name: pods
  honor_labels: true
  kubernetes_sd_configs: [{role: pod}]
  relabel_configs:
    - {source_labels: [__meta_kubernetes_pod_annotation_prometheus_io_scrape], action: keep, regex: "true"}
    # A pod is a target once for each port of each container; with one address, one target is left.
    - source_labels: [__meta_kubernetes_pod_ip, __meta_kubernetes_pod_annotation_prometheus_io_port]
      separator: ":"
      target_label: __address__
    - {source_labels: [__meta_kubernetes_pod_annotation_prometheus_io_path], target_label: __metrics_path__}
    - {source_labels: [__meta_kubernetes_namespace], target_label: namespace}
    - {source_labels: [__meta_kubernetes_pod_name], target_label: pod}
    - {source_labels: [__meta_kubernetes_pod_phase], action: drop, regex: Pending|Succeeded|Failed}
```

Spark's metrics have the labels `application_name` (the resource's name) and `executor_id`. Flink's have
`job_name` (the resource's name), and for one task `task_name` and `subtask_index`. The dashboard shows
these:

| name | meaning |
|---|---|""".splitlines()


def _rows() -> Iterator[tuple[list[str], str, str, str]]:
    """Yield the series' names, kind, labels and meaning of each metric, in the order of the code."""
    for metric in vars(metrics).values():
        if isinstance(metric, MetricWrapperBase):
            (described,) = metric.describe()
            names = [f"{described.name}{end}" for end in _SERIES[described.type]]
            yield names, described.type, ", ".join(metric._labelnames), described.documentation


def names() -> list[str]:
    """Return all names that a query can use."""
    return [name for row in _rows() for name in row[0]]


def page() -> str:
    """Return the page in Markdown."""
    rows = [
        f"| {', '.join(f'`{name}`' for name in names)} | {kind} | {labels} | {meaning} |"
        for names, kind, labels, meaning in _rows()
    ]
    return "\n".join(
        [
            f"<!-- Generated from operator/wordcount_operator/metrics.py by `{COMMAND}`; do not edit. -->",
            "",
            "# Metrics",
            "",
            "Each operator pod reports metrics at `/metrics` on port 8080. Only the leader reports",
            "resources; the labels `namespace` and `name` are the resource's, so scrape with",
            "`honorLabels: true`, as the chart's `metrics.monitor` does. The series of a resource end",
            "when it is deleted. A metric that a source or a window does not have is absent, not 0. The",
            "client library adds `process_*`, `python_*` and `*_created`.",
            "",
            "Alerts are in `charts/streaming-wordcount-operator/files/alerts.yaml`; the",
            "[runbook](runbook.md) says what to do. A dashboard for Grafana is in",
            "`deploy/grafana/dashboard.json`, or by the chart's `metrics.grafanaDashboard`.",
            "",
            "| name | kind | labels | meaning |",
            "|---|---|---|---|",
            *rows,
            "",
            *_ENGINES_PART,
            *(f"| `{name}` | {meaning} |" for name, meaning in ENGINES_METRICS.items()),
            "",
        ]
    )


def main() -> None:
    """Print the page, or with `--write` update the checked-in file."""
    if sys.argv[1:] == ["--write"]:
        (CHECKOUT / PATH).write_text(page(), encoding="utf-8")
    else:
        sys.stdout.write(page())


if __name__ == "__main__":
    main()
