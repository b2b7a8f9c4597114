"""When state is removed, and that its record goes after it; never state that an attempt restores from or may go back to.

The operator has no volume: a pod of its own removes the data, once it has ended well the record is dropped, and only
then is the pod removed. So whatever dies in between, the next pass finds what is left to do.
"""

from dataclasses import dataclass
from datetime import datetime

from wordcount_operator.api.v1alpha1 import CheckpointStatus
from wordcount_operator.domain import Action, App, Create, Delete, Get, Look, Manifest, Seen
from wordcount_operator.engines.base import Engine
from wordcount_operator.planning.timestamps import since

PATIENCE = 600.0
"""Seconds after its deletion in which a resource's state has to be removed; then the resource goes without that."""
REMEDY = (
    "delete that pod to try again, or write spec.checkpoint.onDelete: Retain to leave the state where it is"
)


@dataclass(frozen=True)
class Cleaning:
    """One step of a clean-up: the record after it, what to do, and what it waits for; `done` where no state is left to remove."""

    checkpoint: CheckpointStatus
    actions: tuple[Action, ...] = ()
    waits: str = ""
    done: bool = False


def looks(app: App) -> tuple[Look, ...]:
    """The cleaning pod, where there may be one."""
    return (Get(app.cleaner),) if surplus(app) or _forgets(app) else ()


def _forgets(app: App) -> bool:
    return app.deleting and app.spec.checkpoint.on_delete == "Delete"


def surplus(app: App) -> tuple[str, ...]:
    """Places of the oldest savepoints beyond `retain`, and of runs that are over, but for what may still be started from.

    Only of the current generation: an old one's last savepoint may be all that is left of it. What a person asked for is
    a person's: it goes with the resource, or by hand.
    """
    record, retain = app.status.checkpoint, app.spec.checkpoint.retain
    here, needed = f"/g{record.generation}/", _needed(app)
    ours = [each.location for each in record.savepoints if each.origin != "manual" and here in each.location]
    over = [folder for folder in record.ended if here in folder]
    old = [*ours[:-retain], *_over(app, over)]
    return tuple(each for each in old if not any(place.startswith(f"{_plain(each)}/") for place in needed))


def _over(app: App, folders: list[str]) -> list[str]:
    """Folders of runs that are over, once the run after them has a checkpoint of its own; seldom, since it takes a pod."""
    attempt = app.status.attempt
    begun = attempt is not None and attempt.proven
    return folders if begun and len(folders) > app.spec.checkpoint.retain else []


def _needed(app: App) -> set[str]:
    """Places, each with a slash at its end, from which this attempt began, the next one would, or a roll-back."""
    record, attempt, proven = app.status.checkpoint, app.status.attempt, app.status.upgrade.proven
    latest = [record.latest, proven.checkpoint.latest if proven and proven.checkpoint else None]
    places = [*(each.location for each in latest if each), attempt.restore_from if attempt else ""]
    return {f"{_plain(place)}/" for place in places if place}


def _plain(place: str) -> str:
    """The place without the scheme that Flink writes before a path, with one slash or with three."""
    return place.removeprefix("file://").removeprefix("file:")


def retention(app: App, engine: Engine, seen: Seen) -> Cleaning:
    """The next step towards no more savepoints and runs that are over than `retain`."""
    record, places = app.status.checkpoint, surplus(app)
    if (
        not places or Get(app.cleaner) not in seen
    ):  # what this pass itself recorded is looked after by the next
        return Cleaning(record)
    pod = seen.object(app.cleaner)
    if pod is None:
        made = engine.cleaner(app, seen, places)
        because = f"more than spec.checkpoint.retain ({app.spec.checkpoint.retain}) savepoints or ended runs"
        return Cleaning(record, (Create(made, because),) if made else ())
    if pod.get("status", {}).get("reason"):  # evicted, say: no fault of its own
        return Cleaning(record, (_removal(app, pod, "the cluster ended it before it was done"),))
    if not _succeeded(pod):  # where it failed it stays, for a person to read; nothing else waits for it
        return Cleaning(record)
    gone = set(_command(pod))
    kept = [each for each in record.savepoints if each.location not in gone]
    over = [folder for folder in record.ended if folder not in gone]
    # The status is written before the pod goes: what it has removed is written in the pod alone until then.
    return Cleaning(record.model_copy(update={"savepoints": kept, "ended": over}), (_removal(app, pod),))


def deletion(app: App, engine: Engine, seen: Seen, now: datetime) -> Cleaning:
    """The next step towards no state at all, of a resource that runs nothing any more."""
    record = app.status.checkpoint
    stays = f"its state stays at {app.state_root}"
    if not _forgets(app):
        return Cleaning(record, waits=stays if record.location else "", done=True)
    if since(app.deleting_since, now) > PATIENCE:
        return Cleaning(record, waits=f"{stays}: it could not be removed in time", done=True)
    if engine.ending(app, seen):
        return Cleaning(record, waits="pods that may still write are ending; then the state is removed")
    pod = seen.object(app.cleaner)
    made = engine.cleaner(app, seen, ())
    if made is None:
        return Cleaning(record, (_removal(app, pod),) if pod else (), done=pod is None)
    if pod is None:
        return Cleaning(record, (Create(made, "spec.checkpoint.onDelete: Delete"),))
    if _command(pod) != _command(made):
        return Cleaning(record, (_removal(app, pod),))
    if not _succeeded(pod):
        return Cleaning(record, waits=f"{_words(pod)}; {REMEDY}")
    left = engine.forget(app, seen)
    return Cleaning(record, left, done=not left)


def _command(pod: Manifest) -> list[str]:
    command: list[str] = pod["spec"]["containers"][0]["command"]
    return command


def _succeeded(pod: Manifest) -> bool:
    return bool(pod.get("status", {}).get("phase") == "Succeeded")


def _words(pod: Manifest) -> str:
    """What the pod does, or why it ended."""
    name, status = pod["metadata"]["name"], pod.get("status", {})
    if status.get("phase") != "Failed":
        return f"pod {name} removes the state"
    ended = [each.get("state", {}).get("terminated") or {} for each in status.get("containerStatuses", [])]
    return (
        f"pod {name} could not remove the state: {' '.join(each.get('message', '') for each in ended)[:300]}"
    )


def _removal(app: App, pod: Manifest, because: str = "it has removed what it should") -> Delete:
    return Delete(app.cleaner, because, uid=pod["metadata"]["uid"])
