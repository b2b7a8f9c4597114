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
from wordcount_operator.domain import (
    HASH_ANNOTATION,
    Action,
    App,
    Cause,
    Create,
    JobState,
    Manifest,
    Patch,
    Plan,
    Problem,
    Ref,
    Seen,
    Stage,
    ours,
)
from wordcount_operator.engines.base import Engine
from wordcount_operator.planning import state_retention, upgrades
from wordcount_operator.planning import status as report
from wordcount_operator.planning.backoff import delay
from wordcount_operator.planning.fencing import fence
from wordcount_operator.planning.savepoints import saving
from wordcount_operator.planning.step import QUICK, SLOW, STEADY, Step
from wordcount_operator.planning.timestamps import since, stamp

ENDED_MOST = 200
"""Folders of ended runs on record: a resource that fails for weeks must not grow until no status can be written."""
IN_FLIGHT = 90.0
"""Seconds in which a job may appear whose submit nobody saw the answer of; more than the port waits for that answer."""
OVER = (Stage.ABSENT, Stage.ENDED, Stage.FAILED)


def decide(app: App, engine: Engine, seen: Seen, now: datetime) -> Plan:
    """What to do about the resource now: the status to write first, then the actions, then when to look again."""
    state = engine.state(app, seen)
    if app.deleting:
        return _delete(app, engine, seen, state, now)
    app = replace(app, status=app.status.model_copy(update={"checkpoint": report.checkpoint(app, state)}))
    app = upgrades.proof(_forgiven(app), state)
    problem = next(iter(engine.problems(app, seen)), None)
    step = _step(app, engine, seen, state, now, problem)
    if problem and not app.spec.suspend:
        step = replace(step, problem=problem)
    if step.attempt == app.status.attempt and step.checkpoint == app.status.checkpoint:
        step = _keep_house(app, engine, seen, state, step, now)
    return _plan(app, engine, seen, state, step, now)


def _forgiven(app: App) -> App:
    """The resource, not given up any more where a person has edited it since; whatever else this pass can see or do."""
    if not app.status.restarts.exhausted or app.status.observed_generation == app.generation:
        return app
    restarts = app.status.restarts.model_copy(update={"exhausted": False})
    return replace(app, status=app.status.model_copy(update={"restarts": restarts}))


def _keep_house(app: App, engine: Engine, seen: Seen, state: JobState, step: Step, now: datetime) -> Step:
    """The step with what is to be done beside a run that counts or rests: a savepoint by hand, else those that are too many."""
    record, attempt = app.status.checkpoint, app.status.attempt
    actions: tuple[Action, ...] = ()
    if state.stage is Stage.RUNNING:
        record, actions = saving(app, engine, seen, now)
    elif attempt is not None and attempt.intent != "Ended":
        return step
    if record == app.status.checkpoint and not actions:
        clean = state_retention.retention(app, engine, seen)
        record, actions = clean.checkpoint, clean.actions
    return replace(step, checkpoint=record, aside=actions)


def _plan(
    app: App,
    engine: Engine,
    seen: Seen,
    state: JobState,
    step: Step,
    now: datetime,
    waits: str = "",
    done: bool = False,
) -> Plan:
    """The step with its report, and with what is known of a pod that holds it up: it should be gone and is not."""
    # A run that counts is not held up by what another pod may do: Spark has replaced an executor that nobody reaches.
    late = None if state.stage is Stage.RUNNING else fence(app, engine.ending(app, seen), now)
    status = report.status(app, state, step, now, late.sentence if late else "")
    if waits and not late:
        status = status.model_copy(update={"message": waits})
    actions = (*(late.removal if late else ()), *step.actions)
    return Plan(status, actions, step.aside, step.again_in, done)


def refused(app: App, state: JobState, now: datetime) -> Plan:
    """What to do where the engine refused to begin the attempt: it has failed, which nothing else would show later."""
    attempt = app.status.attempt
    step = _failed(app, attempt, state, now) if attempt else _kept(app)
    return Plan(report.status(app, state, step, now), again_in=step.again_in)


def blocked(app: App, sentence: str, now: datetime) -> Plan:
    """What to do where the API server refused an object: wait for a person, and try again now and then."""
    step = _kept(app, problem=Problem("Refused", sentence[:500]), again_in=SLOW)
    return Plan(report.status(app, JobState(Stage.ABSENT), step, now), again_in=step.again_in)


def _delete(app: App, engine: Engine, seen: Seen, state: JobState, now: datetime) -> Plan:
    attempt = app.status.attempt
    if attempt is not None and state.stage is Stage.ABSENT and _may_come(attempt, now):
        waits = "waits for a submit that may be under way, so that no job outlives its resource"
        return _plan(app, engine, seen, state, _kept(app), now, waits)
    # What a run leaves is not removed under it: a driver without its executors could not finish its micro-batch.
    ends = engine.discard if state.stage in OVER else engine.stop
    actions = ends(app, seen) or engine.release(app, seen)
    if actions or state.stage not in OVER:
        return _plan(app, engine, seen, state, _kept(app, actions), now)
    clean = state_retention.deletion(app, engine, seen, now)
    return _plan(app, engine, seen, state, _kept(app, clean.actions), now, clean.waits, done=clean.done)


def _step(
    app: App, engine: Engine, seen: Seen, state: JobState, now: datetime, problem: Problem | None
) -> Step:
    attempt = app.status.attempt
    if attempt is None or attempt.intent == "Ended":
        if state.stage is Stage.UNKNOWN or (problem and not app.spec.suspend):
            return _kept(app, again_in=STEADY)
        return _between(app, engine, seen, now)
    if attempt.intent in ("Stopping", "Aborting"):
        ends = engine.stop if attempt.intent == "Stopping" else engine.abort
        return _ended(app) if state.stage in OVER else _kept(app, ends(app, seen))
    # A spec that cannot work replaces nothing: what runs goes on.
    if app.spec.suspend or (attempt.spec_hash != app.spec_hash and not problem):
        return _leave(app, engine, seen, state, attempt, now)
    if back := upgrades.failed(app, now):
        return replace(_kept(app), upgrade=back)
    return _live(app, engine, seen, state, attempt, now, problem)


def _leave(app: App, engine: Engine, seen: Seen, state: JobState, attempt: Attempt, now: datetime) -> Step:
    """The run is to end, because a person wants none or another one."""
    if state.stage is Stage.ABSENT and _may_come(attempt, now):
        return _kept(app)
    if state.stage in OVER:
        return _ended(app)
    if app.spec.suspend or (app.spec.upgrade.mode == "savepoint" and not app.rolled_back):
        return _move(app, "Stopping", engine.stop(app, seen))
    return _move(app, "Aborting", engine.abort(app, seen))


def _live(
    app: App,
    engine: Engine,
    seen: Seen,
    state: JobState,
    attempt: Attempt,
    now: datetime,
    problem: Problem | None,
) -> Step:
    """The run is to go on: start it, watch it, or see that it is over."""
    over = state.stage in OVER
    if over and not (attempt.intent == "Submitted" and state.stage is Stage.ABSENT):
        return _failed(app, attempt, state, now)
    if hung := upgrades.stall(app, attempt, state, now):
        failure = _failed(app, attempt, hung, now)
        return replace(
            failure,
            attempt=attempt.model_copy(update={"intent": "Aborting"}),
            actions=engine.abort(app, seen),
        )
    standing = () if problem else missing(engine.desired(app, seen), seen)
    if problem and state.stage is not Stage.RUNNING:
        return _kept(app)
    if state.stage is Stage.ABSENT:
        attempt, begins = _launched(app, engine, attempt, seen, now)
        return replace(_kept(app, (*standing, *begins)), attempt=attempt)
    if state.stage is not Stage.RUNNING:
        return _kept(app, standing)
    healthy = attempt.model_copy(
        update={
            "intent": "Running",
            "run_id": state.run_id or attempt.run_id,
            "healthy_since": attempt.healthy_since or stamp(now),
        }
    )
    return replace(_kept(app, standing, again_in=STEADY), attempt=healthy)


def _launched(
    app: App, engine: Engine, attempt: Attempt, seen: Seen, now: datetime
) -> tuple[Attempt, tuple[Action, ...]]:
    """What launches the attempt, if it can be launched yet, and the attempt with the time at which that is sent.

    The time only where the run's id was chosen for it: such a run may come up late. Elsewhere each try would change the record.
    """
    begins = engine.start(app, attempt, seen)
    if begins and attempt.run_id:
        attempt = attempt.model_copy(update={"submitted_at": stamp(now), "submits": attempt.submits + 1})
    return attempt, begins


def _may_come(attempt: Attempt, now: datetime) -> bool:
    """Whether a submit may still be under way of which nobody heard the answer.

    The operator died after it, or it took too long and was sent again: then the answer to the second says nothing of the first.
    """
    unheard = attempt.intent == "Submitted" or (attempt.submits > 1 and not attempt.healthy_since)
    return bool(attempt.run_id) and unheard and since(attempt.submitted_at, now) < IN_FLIGHT


def _between(app: App, engine: Engine, seen: Seen, now: datetime) -> Step:
    """No attempt is under way: clear up after the last, then wait, rest, or begin the next."""
    attempt, restarts = app.status.attempt, app.status.restarts
    leftovers = engine.discard(app, seen) if attempt else ()
    if leftovers or (attempt and _may_come(attempt, now)):
        return _kept(app, leftovers)
    if app.spec.suspend:
        rested = restarts.model_copy(update={"next_attempt_at": "", "exhausted": False})
        freed = engine.release(app, seen)
        paused = app.status.upgrade.model_copy(update={"begun_at": ""})
        return replace(_kept(app, freed, again_in=QUICK if freed else SLOW), restarts=rested, upgrade=paused)
    if back := upgrades.failed(app, now):
        return replace(_kept(app), upgrade=back)
    changed = attempt is None or attempt.spec_hash != app.spec_hash
    if restarts.exhausted and not changed:
        return _kept(app, again_in=SLOW)
    wait = -since(restarts.next_attempt_at, now)
    if wait > 0 and not changed:
        return _kept(app, missing(engine.desired(app, seen), seen), again_in=min(wait, SLOW))
    return _begin(app, engine, seen, now)


def _begin(app: App, engine: Engine, seen: Seen, now: datetime) -> Step:
    before = app.status.attempt
    left = engine.checkpoints(app, before) if before else ""
    edit = upgrades.begun(app, before, now)
    app = replace(app, status=app.status.model_copy(update={"upgrade": edit}))
    state = upgrades.state_for(app, before)
    if left and len(state.ended) < ENDED_MOST:
        state = state.model_copy(update={"ended": [*state.ended, left]})
    app = replace(app, status=app.status.model_copy(update={"checkpoint": state}))
    number = before.number + 1 if before else 1
    changed = before is not None and before.spec_hash != app.spec_hash
    latest = app.status.checkpoint.latest
    attempt = Attempt(
        id=f"{app.name}-{app.status.checkpoint.generation}-{number}",
        number=number,
        started_at=stamp(now),
        intent="Submitted",
        spec_hash=app.spec_hash,
        image=app.image,
        run_id=engine.attempt_run_id(app, number),
        restore_from=latest.location if latest else app.restore_from,
    )
    session = engine.session(app)
    app = replace(app, status=app.status.model_copy(update={"attempt": attempt, "session": session}))
    update: dict[str, object] = {"next_attempt_at": "", "exhausted": False}
    if changed:
        update["in_a_row"] = 0
    restarts = app.status.restarts.model_copy(update=update)
    attempt, begins = _launched(app, engine, attempt, seen, now)
    actions = (*missing(engine.desired(app, seen), seen), *begins)
    return Step(attempt, restarts, app.status.checkpoint, edit, actions, session=session)


def _failed(app: App, attempt: Attempt, state: JobState, now: datetime) -> Step:
    """The run is over and nobody asked for it: try again after the backoff, or give up and say why."""
    before, rules = app.status.restarts, app.spec.restart
    default = Cause.INFRASTRUCTURE if state.stage is Stage.ABSENT else Cause.USER_CODE
    cause = state.cause or default
    recovered = attempt.healthy_since and since(attempt.healthy_since, now) >= seconds(
        rules.backoff.reset_after
    )
    row = 1 if recovered else before.in_a_row + 1
    exhausted = (
        rules.policy == "Never" or not cause.retried or (rules.max_attempts > 0 and row > rules.max_attempts)
    )
    wait = delay(rules.backoff, row, f"{app.uid}/{attempt.number}")
    restarts = Restarts(
        count=before.count if exhausted else before.count + 1,
        in_a_row=row,
        last_reason=cause.value,
        last_message=state.message or "the run ended although nobody asked it to",
        next_attempt_at="" if exhausted else stamp(now + timedelta(seconds=wait)),
        exhausted=exhausted,
    )
    ended = attempt.model_copy(update={"intent": "Ended"})
    return replace(_kept(app), attempt=ended, restarts=restarts)


def _ended(app: App) -> Step:
    """The run is over as it was asked to be."""
    return _move(app, "Ended", ())


def _move(app: App, intent: str, actions: tuple[Action, ...]) -> Step:
    assert app.status.attempt
    return replace(_kept(app, actions), attempt=app.status.attempt.model_copy(update={"intent": intent}))


def _kept(
    app: App, actions: tuple[Action, ...] = (), problem: Problem | None = None, again_in: float = QUICK
) -> Step:
    status = app.status
    return Step(
        status.attempt,
        status.restarts,
        status.checkpoint,
        status.upgrade,
        actions,
        problem=problem,
        session=status.session,
        again_in=again_in,
    )


def missing(desired: tuple[Manifest, ...], seen: Seen) -> tuple[Action, ...]:
    """The actions that bring the standing objects to what they should be; none when converged.

    An object whose manifest carries no digest is made and then left alone, such as a claim; so is a stranger's of that name.
    """
    actions: list[Action] = []
    for manifest in desired:
        found = seen.object(Ref.of(manifest))
        if found is None:
            actions.append(Create(manifest, because="missing"))
        elif _mark(manifest) not in ("", _mark(found)) and ours(found):
            actions.append(Patch(manifest, because="differs from what the resource asks for"))
    return tuple(actions)


def _mark(manifest: Manifest) -> str:
    mark: str = manifest["metadata"].get("annotations", {}).get(HASH_ANNOTATION, "")
    return mark
