"""Writes the conditions of the status."""

from datetime import datetime
from typing import NamedTuple

from wordcount_operator.api.rules import seconds
from wordcount_operator.api.v1alpha1 import Attempt, Condition, Spec
from wordcount_operator.model.timestamps import seconds_since, to_rfc3339
from wordcount_operator.planning.context import Context
from wordcount_operator.planning.phases import Phase

CHECKPOINT_OLD_AFTER = 60.0
"""Seconds without a checkpoint that are never too many, however short the interval is."""


class Verdict(NamedTuple):
    """A condition without its times."""

    type: str
    holds: bool
    reason: str
    message: str = ""


def kstatus(result: Phase, reason: str, message: str) -> list[Verdict]:
    """Return the three conditions that kstatus knows."""
    return [
        Verdict("Ready", result.ready, reason, message),
        Verdict("Reconciling", result.reconciling, reason, message if result.reconciling else ""),
        Verdict("Stalled", result.stalled, reason, message if result.stalled else ""),
    ]


def checkpoint_fresh(context: Context, attempt: Attempt | None) -> Verdict:
    """Return whether a running job has finished a checkpoint, or waited for lines, within three intervals."""
    if attempt is None or attempt.intent != "Running":
        return Verdict("CheckpointFresh", True, "NothingRuns")
    last = max(context.status.progress.last_heartbeat_time, attempt.first_progress_time)
    limit = max(CHECKPOINT_OLD_AFTER, 3 * seconds(context.spec.checkpoint.interval))
    if seconds_since(last, context.now) < limit:
        return Verdict("CheckpointFresh", True, "InTime")
    return Verdict("CheckpointFresh", False, "CheckpointOld", f"no checkpoint was finished since {last}")


def exactly_once(spec: Spec) -> Verdict:
    """Return the guarantee of this source and sink, as docs/reference/guarantees.md lists it."""
    if spec.source.socket is not None:
        sentence = (
            "spec.source.socket: a socket cannot be read again, so a crash loses the lines that were in"
            " flight"
        )
        return Verdict("ExactlyOnce", False, "SourceNotReplayable", sentence)
    if spec.sink.kafka is not None or spec.sink.postgres is not None:
        sentence = "a crash may write a count again; the last one of each key is exact"
        return Verdict("ExactlyOnce", True, "Upserts", sentence)
    return Verdict("ExactlyOnce", True, "Replayable")


def fenced(unfenced: str) -> Verdict:
    """Return whether no other pod may still write; `unfenced` is a sentence about one that may."""
    return Verdict("Fenced", not unfenced, "WriterNotGone" if unfenced else "OneWriter", unfenced)


def merge(
    before: list[Condition], verdicts: list[Verdict], generation: int, now: datetime
) -> list[Condition]:
    """Return the conditions; the time of a transition is kept while the condition's status stays."""
    times: dict[tuple[str, str], str | None] = {
        (condition.type, condition.status): condition.last_transition_time for condition in before
    }
    result = []
    for verdict in verdicts:
        status = "True" if verdict.holds else "False"
        result.append(
            Condition(
                type=verdict.type,
                status=status,
                reason=verdict.reason,
                message=verdict.message,
                observed_generation=generation,
                last_transition_time=times.get((verdict.type, status), to_rfc3339(now)),
            )
        )
    return result
