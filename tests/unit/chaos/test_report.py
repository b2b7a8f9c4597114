"""The report is plain JSON, and pods belong to a target by their names."""

import json
import re

import pytest

from tools.chaos.faults import PODS
from tools.chaos.figures import Sample
from tools.chaos.report import InjectedFault, Report, tables
from tools.chaos.schedule import Fault


def test_a_run_becomes_json_and_tables() -> None:
    """Recovery is reported by fault, and summed up by target."""
    report = Report(7, "volume")
    report.samples = [Sample(float(at), 10 * at, {"spark": 10 * at - 5, "flink": 0}) for at in range(1, 9)]
    report.struck = [InjectedFault(2.5, Fault(2.4, "driver", "kill"), "SIGKILL to a pod")]
    report.absent = [Fault(3, "executor", "pause", lasts=2)]
    report.verdicts = {"spark": {"words": 80, "lost": 0, "doubled": 0}}
    document = json.loads(json.dumps(report.document()))
    assert document["exact"] is True
    assert document["faults"][0]["recovery_s"] == {"spark": 0.5, "flink": None}
    assert document["recovery"]["driver"] == {"spark": {"median_s": 0.5, "max_s": 0.5}, "flink": {}}
    assert document["samples"]["rows"][0] == [1, 10, 5, 0]
    assert [table.row_count for table in tables(document)] == [1, 1]


def test_a_run_that_failed_at_once_is_a_report_too() -> None:
    """It says so."""
    document = Report(7, "s3", problem="nobody counts").document()
    assert document["exact"] is False
    assert document["problem"] == "nobody counts"
    assert [table.row_count for table in tables(document)] == [0, 0]


@pytest.mark.parametrize(
    ("pod", "target"),
    [
        ("chaos-spark-driver", "driver"),
        ("chaos-spark-12-exec-1", "executor"),
        ("flink-0a1b2c3d4e-6d5f7c9b8d-x2x4z", "JobManager"),
        ("flink-0a1b2c3d4e-taskmanager-1-12", "TaskManager"),
        ("kafka-7c9b8d6d5f-abcde", "Kafka"),
        ("s3-7c9b8d6d5f-abcde", "S3"),
        ("s3", "S3"),
        ("kafka-client", None),
        ("producer", None),
        ("chaos-spark-cleaner", None),
        ("chaos-flink-cleaner", None),
    ],
)
def test_a_pods_name_tells_its_target(pod: str, target: str | None) -> None:
    """No pod is two targets, and what measures is none."""
    assert [name for name, pattern in PODS.items() if re.fullmatch(pattern, pod)] == (
        [target] if target else []
    )
