"""Tests the arithmetic on offsets; the end-to-end tests ask Kafka itself."""

from wordcount_jobs.spark.kafka_offsets import counted_offsets, lag_records, records_behind


def test_the_end_of_a_batch_is_read_from_its_progress() -> None:
    """Spark writes it as JSON in JSON: topic, then partition."""
    progress = {"sources": [{"endOffset": '{"lines": {"0": 5, "1": 7}, "more": {"0": 0}}'}]}
    assert counted_offsets(progress) == {("lines", 0): 5, ("lines", 1): 7, ("more", 0): 0}


def test_the_lag_is_what_no_batch_holds() -> None:
    """Also where a topic was made anew, or has partitions that the query does not know yet."""
    assert records_behind({("lines", 0): 5, ("lines", 1): 7}, {("lines", 0): 15, ("lines", 1): 7}) == 10
    assert records_behind({("lines", 0): 5}, {("lines", 0): 2, ("lines", 1): 9}) == 0


def test_in_real_time_mode_a_batch_tells_what_it_left() -> None:
    """Spark says how far behind a partition was at the end, on average; before it does, nothing is known."""
    source = {"endOffset": '{"lines": {"0": 5, "1": 7}}', "metrics": {"avgOffsetsBehindLatest": "3.5"}}
    assert lag_records({"sources": [source]}) == 7
    assert lag_records({"sources": [{**source, "metrics": {}}]}) is None
