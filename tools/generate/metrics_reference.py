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
"""Those of the engines' own metrics that the dashboard shows, and what each means; the engines have many more."""
_SERIES = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}

_ENGINES_PART = """\
## The engines' own

Spark's driver tells at `/metrics/executors/prometheus` on port 4040 how it and its executors do; Flink's JobManager and TaskManagers
tell at `/metrics` on port 9249 (in an image with the plugin `metrics-prometheus`, as the default one). Their pods, and the operator's,
have the annotations by which Prometheus is commonly told what to scrape; `spec.spark.podTemplate` or `spec.flink.podTemplate` takes
them back by `metadata.annotations: {prometheus.io/scrape: "false"}`. A job that heeds them, and gives each series the labels that the
dashboard asks for:

```yaml
- job_name: pods
  honor_labels: true
  kubernetes_sd_configs: [{role: pod}]
  relabel_configs:
    - {source_labels: [__meta_kubernetes_pod_annotation_prometheus_io_scrape], action: keep, regex: "true"}
    # A pod is a target once for each port of each container: what is left is one address, and so one target.
    - source_labels: [__meta_kubernetes_pod_ip, __meta_kubernetes_pod_annotation_prometheus_io_port]
      separator: ":"
      target_label: __address__
    - {source_labels: [__meta_kubernetes_pod_annotation_prometheus_io_path], target_label: __metrics_path__}
    - {source_labels: [__meta_kubernetes_namespace], target_label: namespace}
    - {source_labels: [__meta_kubernetes_pod_name], target_label: pod}
    - {source_labels: [__meta_kubernetes_pod_phase], action: drop, regex: Pending|Succeeded|Failed}
```

Spark's have the labels `application_name` (the resource's name) and `executor_id`; Flink's `job_name` (the resource's name), and where
they are of one task `task_name` and `subtask_index`. Of the many that there are, the dashboard shows these:

| name | meaning |
|---|---|""".splitlines()


def _rows() -> Iterator[tuple[list[str], str, str, str]]:
    """Names of its series, kind, labels and meaning of each metric, in the order in which they stand in the code."""
    for metric in vars(metrics).values():
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
            f"<!-- Generated from operator/wordcount_operator/metrics.py by `{COMMAND}`; do not edit. -->",
            "",
            "# Metrics",
            "",
            "At `/metrics` on port 8080 of each operator pod. Only the replica that acts shows resources; `namespace` and `name` are the",
            "resource's, so scrape with `honorLabels: true` (the chart's `metrics.monitor` does). What belongs to a resource goes when it goes;",
            "a metric that a source or a window does not have is absent, not 0. The client library adds its own `process_*`, `python_*`, and",
            "`*_created`. Alerts on them: `charts/streaming-wordcount-operator/files/alerts.yaml`; what to do then: [runbook](runbook.md).",
            "A dashboard for Grafana: `deploy/grafana/dashboard.json`, or the chart's `metrics.grafanaDashboard`.",
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
    """Print the page, or with `--write` bring the checked-in file up to date."""
    if sys.argv[1:] == ["--write"]:
        (CHECKOUT / PATH).write_text(page(), encoding="utf-8")
    else:
        sys.stdout.write(page())


if __name__ == "__main__":
    main()
