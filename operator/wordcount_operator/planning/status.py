"""Writes the status from what was decided and seen; never decides what happens next."""

from datetime import datetime

from wordcount_operator.api.rules import seconds
from wordcount_operator.api.v1alpha1 import (
    Attempt,
    CheckpointStatus,
    Condition,
    Links,
    Progress,
    Restarts,
    Status,
)
from wordcount_operator.model.job import JobState, Stage
from wordcount_operator.model.resource import WordCount
from wordcount_operator.planning.phases import Facts, Phase, phase
from wordcount_operator.planning.step import Step
from wordcount_operator.planning.timestamps import seconds_since, to_rfc3339

SAMPLE_EVERY = 5.0
"""Seconds between two samples of progress: often enough to look live, seldom enough to spare the API server."""


def status(
    resource: WordCount,
    state: JobState,
    step: Step,
    now: datetime,
    unfenced: str = "",
) -> Status:
    """The whole status as it should be after this pass; `unfenced` names a pod that may still write, though it should not."""
    result = phase(
        Facts(
            state,
            step.attempt,
            step.restarts,
            step.problem,
            resource.spec.suspend,
            resource.deleting,
            resource.rolled_back,
        )
    )
    message = unfenced or _message(result, state, step)
    reason = step.problem.reason if step.problem else _reason(result, state, step.restarts)
    return Status(
        observed_generation=resource.generation,
        phase=result.name,
        message=message,
        conditions=_merge(
            resource.status.conditions,
            [
                *_kstatus(result, reason, message),
                _checkpoint_fresh(resource, step.attempt, now),
                _exactly_once(resource),
                _fenced(unfenced),
            ],
            resource.generation,
            now,
        ),
        engine=resource.spec.engine,
        attempt=step.attempt,
        restarts=step.restarts,
        checkpoint=step.checkpoint,
        upgrade=step.upgrade,
        progress=progress(resource.status.progress, state, now),
        session=step.session,
        links=Links(ui=state.ui),
    )


def checkpoint(resource: WordCount, state: JobState) -> CheckpointStatus:
    """The record of the state, with the newest checkpoint that the engine told of."""
    kept = resource.status.checkpoint
    if state.latest is None or resource.status.attempt is None or state.latest == kept.latest:
        return kept
    if state.latest.origin == "periodic":
        return kept.model_copy(update={"latest": state.latest})
    return kept.model_copy(update={"latest": state.latest, "savepoints": [*kept.savepoints, state.latest]})


def progress(before: Progress, state: JobState, now: datetime) -> Progress:
    """Counts and rates from two samples at least `SAMPLE` seconds apart; a counter that fell began anew at zero."""
    counters = state.counters
    if (
        state.heartbeat
        and seconds_since(before.last_heartbeat_time, now) - seconds_since(state.heartbeat, now)
        >= SAMPLE_EVERY
    ):
        before = before.model_copy(update={"last_heartbeat_time": state.heartbeat})
    if counters is None:
        return before.model_copy(update={"lines_per_second": 0, "words_per_second": 0})
    age = seconds_since(before.sample_time, now)
    if age < SAMPLE_EVERY:
        return before
    lines, words = (
        new - old if new >= old else new
        for new, old in ((counters.lines, before.lines), (counters.words, before.words))
    )
    moved = lines > 0 or not before.last_progress_time
    first = not before.sample_time
    return Progress(
        lines=counters.lines,
        words=counters.words,
        lines_per_second=0 if first else round(lines / age, 1),
        words_per_second=0 if first else round(words / age, 1),
        distinct_words=counters.distinct_words
        if counters.distinct_words is not None
        else before.distinct_words,
        lag_records=counters.lag_records,
        late_lines=counters.late_lines,
        bad_lines=counters.bad_lines,
        bad_sample=list(counters.bad_sample),
        last_progress_time=to_rfc3339(now) if moved else before.last_progress_time,
        last_heartbeat_time=before.last_heartbeat_time,
        sample_time=to_rfc3339(now),
    )


def _message(result: Phase, state: JobState, step: Step) -> str:
    restarts, kept = step.restarts, step.checkpoint
    if step.problem:
        return step.problem.sentence
    if restarts.next_attempt_time and result.name in ("BackingOff", "Stalled"):
        return (
            f"{restarts.last_reason}: {restarts.last_message}; next attempt at {restarts.next_attempt_time}"
        )
    if result.name == "Failed":
        return f"{restarts.last_reason}: {restarts.last_message}; not tried again until the spec changes"
    if result.name == "RolledBack":
        return step.upgrade.message
    if result.name == "Suspended":
        return f"{result.meaning} at {kept.location}" if kept.location else result.meaning
    if result.name == "Deleting":
        waiting = state.message and state.stage in (Stage.UNKNOWN, Stage.STARTING, Stage.STOPPING)
        return f"{result.meaning}: {state.message}" if waiting else result.meaning
    if result.name == "Running":
        return result.meaning
    if state.stage is Stage.ABSENT:
        return result.meaning
    return f"{state.cause}: {state.message}" if state.cause else state.message or result.meaning


def _reason(result: Phase, state: JobState, restarts: Restarts) -> str:
    if result.name == "Failed" or (restarts.next_attempt_time and result.name in ("BackingOff", "Stalled")):
        return restarts.last_reason
    if state.cause and not result.ready:
        return state.cause.value
    return result.name


def _kstatus(result: Phase, reason: str, message: str) -> list[tuple[str, bool, str, str]]:
    """The three kstatus conditions as type, whether it holds, reason, message."""
    return [
        ("Ready", result.ready, reason, message),
        ("Reconciling", result.reconciling, reason, message if result.reconciling else ""),
        ("Stalled", result.stalled, reason, message if result.stalled else ""),
    ]


CHECKPOINT_OLD_AFTER = 60.0
"""Seconds without a checkpoint that are never too many, however short the interval."""


def _checkpoint_fresh(
    resource: WordCount, attempt: Attempt | None, now: datetime
) -> tuple[str, bool, str, str]:
    """Whether a run that counts has finished a checkpoint, or waited for lines, within three intervals."""
    if attempt is None or attempt.intent != "Running":
        return "CheckpointFresh", True, "NothingRuns", ""
    last = max(resource.status.progress.last_heartbeat_time, attempt.first_progress_time)
    if seconds_since(last, now) < max(CHECKPOINT_OLD_AFTER, 3 * seconds(resource.spec.checkpoint.interval)):
        return "CheckpointFresh", True, "InTime", ""
    return "CheckpointFresh", False, "CheckpointOld", f"no checkpoint was finished since {last}"


def _exactly_once(resource: WordCount) -> tuple[str, bool, str, str]:
    """The cell of docs/reference/guarantees.md."""
    source, sink = resource.spec.source, resource.spec.sink
    if source.socket is not None:
        sentence = "spec.source.socket: a socket cannot be read again, so a crash loses the lines that were in flight"
        return "ExactlyOnce", False, "SourceNotReplayable", sentence
    if sink.kafka is not None or sink.postgres is not None:
        return (
            "ExactlyOnce",
            True,
            "Upserts",
            "a crash may write a count again; the last one of each key is exact",
        )
    return "ExactlyOnce", True, "Replayable", ""


def _fenced(unfenced: str) -> tuple[str, bool, str, str]:
    return "Fenced", not unfenced, "WriterNotGone" if unfenced else "OneWriter", unfenced


def _merge(
    before: list[Condition], wanted: list[tuple[str, bool, str, str]], generation: int, now: datetime
) -> list[Condition]:
    """The wanted conditions; the time of a transition is kept while the condition's status stays."""
    known = {condition.type: condition for condition in before}
    result = []
    for kind, holds, reason, message in wanted:
        old, value = known.get(kind), "True" if holds else "False"
        at = old.last_transition_time if old and old.status == value else to_rfc3339(now)
        result.append(
            Condition(
                type=kind,
                status="True" if holds else "False",
                reason=reason,
                message=message,
                observed_generation=generation,
                last_transition_time=at,
            )
        )
    return result


def unreadable(before: Status, generation: int, sentence: str, now: datetime) -> Status:
    """The status of a resource whose spec this version cannot read; all that was recorded stays."""
    result = Phase("Stalled", stalled=True)
    return before.model_copy(
        update={
            "observed_generation": generation,
            "phase": result.name,
            "message": sentence,
            "conditions": _merge(
                before.conditions, _kstatus(result, "InvalidSpec", sentence), generation, now
            ),
        }
    )
