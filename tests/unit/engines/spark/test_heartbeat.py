"""The heartbeat on a driver's progress page, also of a driver of release 0.2.0."""

import pytest

from wordcount_operator.engines.spark.states import heartbeat

NOW, BEFORE = "2026-11-22T12:00:00Z", "2026-11-22T11:59:00Z"


@pytest.mark.parametrize(
    ("progress", "found"),
    [
        ({"heartbeat": NOW, "beat": BEFORE}, NOW),
        ({"beat": BEFORE}, BEFORE),
        ({"heartbeat": ""}, ""),
        ({}, ""),
    ],
)
def test_the_heartbeat_has_a_new_name_and_an_old_one(progress: dict[str, str], found: str) -> None:
    """Drivers of 0.2.0 keep running while the operator is upgraded."""
    assert heartbeat(progress) == found
