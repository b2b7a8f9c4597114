"""Turns an engine's counters into the counts and rates of the status."""

from datetime import datetime

from wordcount_operator.api.v1alpha1 import Progress
from wordcount_operator.model.job import Counters, JobState
from wordcount_operator.model.timestamps import seconds_since, to_rfc3339

SAMPLE_EVERY = 5.0
"""Seconds between two samples of progress: often enough to look live without loading the API server."""


def progress(before: Progress, job: JobState, now: datetime) -> Progress:
    """Return counts and rates from two samples at least `SAMPLE_EVERY` seconds apart."""
    before = _with_heartbeat(before, job, now)
    if job.counters is None:
        return before.model_copy(update={"lines_per_second": 0, "words_per_second": 0})
    if seconds_since(before.sample_time, now) < SAMPLE_EVERY:
        return before
    return _sample(before, job.counters, now)


def _with_heartbeat(before: Progress, job: JobState, now: datetime) -> Progress:
    if not job.heartbeat:
        return before
    newer_by = seconds_since(before.last_heartbeat_time, now) - seconds_since(job.heartbeat, now)
    return (
        before.model_copy(update={"last_heartbeat_time": job.heartbeat})
        if newer_by >= SAMPLE_EVERY
        else before
    )


def _sample(before: Progress, counters: Counters, now: datetime) -> Progress:
    age = seconds_since(before.sample_time, now)
    lines, words = _grown(before.lines, counters.lines), _grown(before.words, counters.words)
    first = not before.sample_time
    moved = lines > 0 or not before.last_progress_time
    known = counters.distinct_words is not None
    return Progress(
        lines=counters.lines,
        words=counters.words,
        lines_per_second=0 if first else round(lines / age, 1),
        words_per_second=0 if first else round(words / age, 1),
        distinct_words=counters.distinct_words if known else before.distinct_words,
        lag_records=counters.lag_records,
        late_lines=counters.late_lines,
        bad_lines=counters.bad_lines,
        bad_sample=list(counters.bad_sample),
        last_progress_time=to_rfc3339(now) if moved else before.last_progress_time,
        last_heartbeat_time=before.last_heartbeat_time,
        sample_time=to_rfc3339(now),
    )


def _grown(before: int, now: int) -> int:
    """Return by how much a counter grew; one that fell has started from zero again."""
    return now - before if now >= before else now
