"""One pass's decision: from what was asked and seen to a status and actions; never acts, never names an engine.

The life of an attempt is its intent, written before the act it names:

    (none) ──► Submitted ──► Running ──► Stopping ──► Ended ──► Submitted (the next attempt) …
                   │            ├─────► Aborting ───────┤
                   └────────────┴── over, unasked ──────┘

Stopping ends a run cleanly, Aborting one that hangs or whose last checkpoint is enough.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from wordcount_operator.api.rules import seconds
from wordcount_operator.api.v1alpha1 import Attempt, Restarts
from wordcount_operator.engines.base import Engine
from wordcount_operator.model.actions import Action, Create, Patch
from wordcount_operator.model.job import Cause, JobState, Problem, Stage
from wordcount_operator.model.objects import CONTENT_HASH_ANNOTATION, Manifest, Ref, is_managed
from wordcount_operator.model.plan import Plan
from wordcount_operator.model.reads import Observed
from wordcount_operator.model.resource import WordCount
from wordcount_operator.planning import state_retention, upgrades
from wordcount_operator.planning import status as report
from wordcount_operator.planning.backoff import delay
from wordcount_operator.planning.fencing import overdue_pod
from wordcount_operator.planning.savepoints import serve_request
from wordcount_operator.planning.step import REQUEUE_FAST, REQUEUE_IDLE, REQUEUE_RUNNING, Step
from wordcount_operator.planning.timestamps import seconds_since, to_rfc3339

MAX_RETAINED_RUNS = 200
"""Folders of ended runs on record: a resource that fails for weeks must not grow until no status can be written."""
SUBMIT_IN_FLIGHT = 90.0
"""Seconds in which a job may appear whose submit nobody saw the answer of; more than the port waits for that answer."""
TERMINAL_STAGES = (Stage.ABSENT, Stage.ENDED, Stage.FAILED)


def decide(resource: WordCount, engine: Engine, observed: Observed, now: datetime) -> Plan:
    """What to do about the resource now: the status to write first, then the actions, then when to look again."""
    state = engine.job_state(resource, observed)
    if resource.deleting:
        return _delete(resource, engine, observed, state, now)
    resource = replace(
        resource, status=resource.status.model_copy(update={"checkpoint": report.checkpoint(resource, state)})
    )
    resource = upgrades.record_progress(clear_exhausted_after_edit(resource), state)
    problem = next(iter(engine.problems(resource, observed)), None)
    step = _step(resource, engine, observed, state, now, problem)
    if problem and not resource.spec.suspend:
        step = replace(step, problem=problem)
    if step.attempt == resource.status.attempt and step.checkpoint == resource.status.checkpoint:
        step = maintenance(resource, engine, observed, state, step, now)
    return _plan(resource, engine, observed, state, step, now)


def clear_exhausted_after_edit(resource: WordCount) -> WordCount:
    """The resource, not given up any more where a person has edited it since; whatever else this pass can see or do."""
    if not resource.status.restarts.exhausted or resource.status.observed_generation == resource.generation:
        return resource
    restarts = resource.status.restarts.model_copy(update={"exhausted": False})
    return replace(resource, status=resource.status.model_copy(update={"restarts": restarts}))


def maintenance(
    resource: WordCount, engine: Engine, observed: Observed, state: JobState, step: Step, now: datetime
) -> Step:
    """The step with what is to be done beside a run that counts or rests: a savepoint by hand, else those that are too many."""
    record, attempt = resource.status.checkpoint, resource.status.attempt
    actions: tuple[Action, ...] = ()
    if state.stage is Stage.RUNNING:
        record, actions = serve_request(resource, engine, observed, now)
    elif attempt is not None and attempt.intent != "Ended":
        return step
    if record == resource.status.checkpoint and not actions:
        clean = state_retention.retention(resource, engine, observed)
        record, actions = clean.checkpoint, clean.actions
    return replace(step, checkpoint=record, maintenance=actions)


def _plan(
    resource: WordCount,
    engine: Engine,
    observed: Observed,
    state: JobState,
    step: Step,
    now: datetime,
    waits: str = "",
    done: bool = False,
) -> Plan:
    """The step with its report, and with what is known of a pod that holds it up: it should be gone and is not."""
    # A run that counts is not held up by what another pod may do: Spark has replaced an executor that nobody reaches.
    late = (
        None
        if state.stage is Stage.RUNNING
        else overdue_pod(resource, engine.leftovers(resource, observed).terminating, now)
    )
    status = report.status(resource, state, step, now, late.sentence if late else "")
    if waits and not late:
        status = status.model_copy(update={"message": waits})
    actions = (*(late.removal if late else ()), *step.actions)
    return Plan(status, actions, step.maintenance, step.requeue_after, done)


def rejected(resource: WordCount, state: JobState, now: datetime) -> Plan:
    """What to do where the engine refused to begin the attempt: it has failed, which nothing else would show later."""
    attempt = resource.status.attempt
    step = _failed(resource, attempt, state, now) if attempt else _kept(resource)
    return Plan(report.status(resource, state, step, now), requeue_after=step.requeue_after)


def blocked(resource: WordCount, sentence: str, now: datetime) -> Plan:
    """What to do where the API server refused an object: wait for a person, and try again now and then."""
    step = _kept(resource, problem=Problem("Refused", sentence[:500]), again_in=REQUEUE_IDLE)
    return Plan(report.status(resource, JobState(Stage.ABSENT), step, now), requeue_after=step.requeue_after)


def _delete(resource: WordCount, engine: Engine, observed: Observed, state: JobState, now: datetime) -> Plan:
    attempt = resource.status.attempt
    if attempt is not None and state.stage is Stage.ABSENT and submit_may_be_in_flight(attempt, now):
        waits = "waits for a submit that may be under way, so that no job outlives its resource"
        return _plan(resource, engine, observed, state, _kept(resource), now, waits)
    # What a run leaves is not removed under it: a driver without its executors could not finish its micro-batch.
    left = engine.leftovers(resource, observed)
    ends = left.attempt if state.stage in TERMINAL_STAGES else engine.stop(resource, observed)
    actions = ends or left.cluster
    if actions or state.stage not in TERMINAL_STAGES:
        return _plan(resource, engine, observed, state, _kept(resource, actions), now)
    clean = state_retention.deletion(resource, engine, observed, now)
    return _plan(
        resource,
        engine,
        observed,
        state,
        _kept(resource, clean.actions),
        now,
        clean.waiting_for,
        done=clean.done,
    )


def _step(
    resource: WordCount,
    engine: Engine,
    observed: Observed,
    state: JobState,
    now: datetime,
    problem: Problem | None,
) -> Step:
    attempt = resource.status.attempt
    if attempt is None or attempt.intent == "Ended":
        if state.stage is Stage.UNKNOWN or (problem and not resource.spec.suspend):
            return _kept(resource, again_in=REQUEUE_RUNNING)
        return no_active_attempt(resource, engine, observed, now)
    if attempt.intent in ("Stopping", "Aborting"):
        ends = engine.stop if attempt.intent == "Stopping" else engine.abort
        return (
            _ended(resource) if state.stage in TERMINAL_STAGES else _kept(resource, ends(resource, observed))
        )
    # A spec that cannot work replaces nothing: what runs goes on.
    if resource.spec.suspend or (attempt.spec_hash != resource.spec_hash and not problem):
        return end_attempt(resource, engine, observed, state, attempt, now)
    if back := upgrades.rollback(resource, now):
        return replace(_kept(resource), upgrade=back)
    return keep_running(resource, engine, observed, state, attempt, now, problem)


def end_attempt(
    resource: WordCount, engine: Engine, observed: Observed, state: JobState, attempt: Attempt, now: datetime
) -> Step:
    """The run is to end, because a person wants none or another one."""
    if state.stage is Stage.ABSENT and submit_may_be_in_flight(attempt, now):
        return _kept(resource)
    if state.stage in TERMINAL_STAGES:
        return _ended(resource)
    if resource.spec.suspend or (resource.spec.upgrade.mode == "savepoint" and not resource.rolled_back):
        return _move(resource, "Stopping", engine.stop(resource, observed))
    return _move(resource, "Aborting", engine.abort(resource, observed))


def keep_running(
    resource: WordCount,
    engine: Engine,
    observed: Observed,
    state: JobState,
    attempt: Attempt,
    now: datetime,
    problem: Problem | None,
) -> Step:
    """The run is to go on: start it, watch it, or see that it is over."""
    over = state.stage in TERMINAL_STAGES
    if over and not (attempt.intent == "Submitted" and state.stage is Stage.ABSENT):
        return _failed(resource, attempt, state, now)
    if hung := upgrades.stalled(resource, attempt, state, now):
        failure = _failed(resource, attempt, hung, now)
        return replace(
            failure,
            attempt=attempt.model_copy(update={"intent": "Aborting"}),
            actions=engine.abort(resource, observed),
        )
    standing = () if problem else drift(engine.base_objects(resource, observed), observed)
    if problem and state.stage is not Stage.RUNNING:
        return _kept(resource)
    if state.stage is Stage.ABSENT:
        attempt, begins = _launched(resource, engine, attempt, observed, now)
        return replace(_kept(resource, (*standing, *begins)), attempt=attempt)
    if state.stage is not Stage.RUNNING:
        return _kept(resource, standing)
    healthy = attempt.model_copy(
        update={
            "intent": "Running",
            "run_id": state.run_id or attempt.run_id,
            "first_progress_time": attempt.first_progress_time or to_rfc3339(now),
        }
    )
    return replace(_kept(resource, standing, again_in=REQUEUE_RUNNING), attempt=healthy)


def _launched(
    resource: WordCount, engine: Engine, attempt: Attempt, observed: Observed, now: datetime
) -> tuple[Attempt, tuple[Action, ...]]:
    """What launches the attempt, if it can be launched yet, and the attempt with the time at which that is sent.

    The time only where the run's id was chosen for it: such a run may come up late. Elsewhere each try would change the record.
    """
    begins = engine.start(resource, attempt, observed)
    if begins and attempt.run_id:
        attempt = attempt.model_copy(
            update={"submit_time": to_rfc3339(now), "submit_count": attempt.submit_count + 1}
        )
    return attempt, begins


def submit_may_be_in_flight(attempt: Attempt, now: datetime) -> bool:
    """Whether a submit may still be under way of which nobody heard the answer.

    The operator died after it, or it took too long and was sent again: then the answer to the second says nothing of the first.
    """
    unheard = attempt.intent == "Submitted" or (attempt.submit_count > 1 and not attempt.first_progress_time)
    return bool(attempt.run_id) and unheard and seconds_since(attempt.submit_time, now) < SUBMIT_IN_FLIGHT


def no_active_attempt(resource: WordCount, engine: Engine, observed: Observed, now: datetime) -> Step:
    """No attempt is under way: clear up after the last, then wait, rest, or begin the next."""
    attempt, restarts = resource.status.attempt, resource.status.restarts
    left = engine.leftovers(resource, observed)
    ended = left.attempt if attempt else ()
    if ended or (attempt and submit_may_be_in_flight(attempt, now)):
        return _kept(resource, ended)
    if resource.spec.suspend:
        rested = restarts.model_copy(update={"next_attempt_time": "", "exhausted": False})
        freed = left.cluster
        paused = resource.status.upgrade.model_copy(update={"start_time": ""})
        return replace(
            _kept(resource, freed, again_in=REQUEUE_FAST if freed else REQUEUE_IDLE),
            restarts=rested,
            upgrade=paused,
        )
    if back := upgrades.rollback(resource, now):
        return replace(_kept(resource), upgrade=back)
    changed = attempt is None or attempt.spec_hash != resource.spec_hash
    if restarts.exhausted and not changed:
        return _kept(resource, again_in=REQUEUE_IDLE)
    wait = -seconds_since(restarts.next_attempt_time, now)
    if wait > 0 and not changed:
        return _kept(
            resource,
            drift(engine.base_objects(resource, observed), observed),
            again_in=min(wait, REQUEUE_IDLE),
        )
    return start_attempt(resource, engine, observed, now)


def start_attempt(resource: WordCount, engine: Engine, observed: Observed, now: datetime) -> Step:
    before = resource.status.attempt
    left = engine.identify(resource, before.number).checkpoints_folder if before else ""
    edit = upgrades.upgrade_started(resource, before, now)
    resource = replace(resource, status=resource.status.model_copy(update={"upgrade": edit}))
    state = upgrades.state_for_next_attempt(resource, before)
    if left and len(state.retained_runs) < MAX_RETAINED_RUNS:
        state = state.model_copy(update={"retained_runs": [*state.retained_runs, left]})
    resource = replace(resource, status=resource.status.model_copy(update={"checkpoint": state}))
    number = before.number + 1 if before else 1
    changed = before is not None and before.spec_hash != resource.spec_hash
    latest = resource.status.checkpoint.latest
    identity = engine.identify(resource, number)
    attempt = Attempt(
        id=f"{resource.name}-{resource.status.checkpoint.generation}-{number}",
        number=number,
        start_time=to_rfc3339(now),
        intent="Submitted",
        spec_hash=resource.spec_hash,
        image=resource.image,
        run_id=identity.run_id,
        restore_from=latest.location if latest else resource.restore_from,
    )
    resource = replace(
        resource, status=resource.status.model_copy(update={"attempt": attempt, "session": identity.session})
    )
    update: dict[str, object] = {"next_attempt_time": "", "exhausted": False}
    if changed:
        update["in_a_row"] = 0
    restarts = resource.status.restarts.model_copy(update=update)
    attempt, begins = _launched(resource, engine, attempt, observed, now)
    actions = (*drift(engine.base_objects(resource, observed), observed), *begins)
    return Step(attempt, restarts, resource.status.checkpoint, edit, actions, session=identity.session)


def _failed(resource: WordCount, attempt: Attempt, state: JobState, now: datetime) -> Step:
    """The run is over and nobody asked for it: try again after the backoff, or give up and say why."""
    before, rules = resource.status.restarts, resource.spec.restart
    default = Cause.INFRASTRUCTURE if state.stage is Stage.ABSENT else Cause.USER_CODE
    cause = state.cause or default
    recovered = attempt.first_progress_time and seconds_since(attempt.first_progress_time, now) >= seconds(
        rules.backoff.reset_after
    )
    row = 1 if recovered else before.in_a_row + 1
    exhausted = (
        rules.policy == "Never" or not cause.retried or (rules.max_attempts > 0 and row > rules.max_attempts)
    )
    wait = delay(rules.backoff, row, f"{resource.uid}/{attempt.number}")
    restarts = Restarts(
        count=before.count if exhausted else before.count + 1,
        in_a_row=row,
        last_reason=cause.value,
        last_message=state.message or "the run ended although nobody asked it to",
        next_attempt_time="" if exhausted else to_rfc3339(now + timedelta(seconds=wait)),
        exhausted=exhausted,
    )
    ended = attempt.model_copy(update={"intent": "Ended"})
    return replace(_kept(resource), attempt=ended, restarts=restarts)


def _ended(resource: WordCount) -> Step:
    """The run is over as it was asked to be."""
    return _move(resource, "Ended", ())


def _move(resource: WordCount, intent: str, actions: tuple[Action, ...]) -> Step:
    assert resource.status.attempt
    return replace(
        _kept(resource, actions), attempt=resource.status.attempt.model_copy(update={"intent": intent})
    )


def _kept(
    resource: WordCount,
    actions: tuple[Action, ...] = (),
    problem: Problem | None = None,
    again_in: float = REQUEUE_FAST,
) -> Step:
    status = resource.status
    return Step(
        status.attempt,
        status.restarts,
        status.checkpoint,
        status.upgrade,
        actions,
        problem=problem,
        session=status.session,
        requeue_after=again_in,
    )


def drift(desired: tuple[Manifest, ...], observed: Observed) -> tuple[Action, ...]:
    """The actions that bring the standing objects to what they should be; none when converged.

    An object whose manifest carries no digest is made and then left alone, such as a claim; so is a stranger's of that name.
    """
    actions: list[Action] = []
    for manifest in desired:
        found = observed.object(Ref.of(manifest))
        if found is None:
            actions.append(Create(manifest, because="missing"))
        elif content_hash(manifest) not in ("", content_hash(found)) and is_managed(found):
            actions.append(Patch(manifest, because="differs from what the resource asks for"))
    return tuple(actions)


def content_hash(manifest: Manifest) -> str:
    mark: str = manifest["metadata"].get("annotations", {}).get(CONTENT_HASH_ANNOTATION, "")
    return mark
