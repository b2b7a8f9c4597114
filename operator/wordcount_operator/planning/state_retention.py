"""When state is removed, and that its record goes after it; never state that an attempt restores from or may go back to.

The operator has no volume: a pod of its own removes the data, once it has ended well the record is dropped, and only
then is the pod removed. So whatever dies in between, the next pass finds what is left to do.
"""

from dataclasses import dataclass
from datetime import datetime

from wordcount_operator.api.v1alpha1 import CheckpointStatus
from wordcount_operator.engines.base import Engine
from wordcount_operator.model.actions import Action, Create, Delete
from wordcount_operator.model.objects import Manifest
from wordcount_operator.model.reads import GetObject, Observed, Read
from wordcount_operator.model.resource import WordCount
from wordcount_operator.planning.timestamps import seconds_since

DELETION_TIMEOUT = 600.0
"""Seconds after its deletion in which a resource's state has to be removed; then the resource goes without that."""
REMEDY = (
    "delete that pod to try again, or write spec.checkpoint.onDelete: Retain to leave the state where it is"
)


@dataclass(frozen=True)
class Cleanup:
    """One step of a clean-up: the record after it, what to do, and what it waits for; `done` where no state is left to remove."""

    checkpoint: CheckpointStatus
    actions: tuple[Action, ...] = ()
    waiting_for: str = ""
    done: bool = False


def reads(resource: WordCount) -> tuple[Read, ...]:
    """The cleaning pod, where there may be one."""
    return (GetObject(resource.cleanup_pod),) if expired_state(resource) or _deletes_state(resource) else ()


def _deletes_state(resource: WordCount) -> bool:
    return resource.deleting and resource.spec.checkpoint.on_delete == "Delete"


def expired_state(resource: WordCount) -> tuple[str, ...]:
    """Places of the oldest savepoints beyond `retain`, and of runs that are over, but for what may still be started from.

    Only of the current generation: an old one's last savepoint may be all that is left of it. What a person asked for is
    a person's: it goes with the resource, or by hand.
    """
    record, retain = resource.status.checkpoint, resource.spec.checkpoint.retain
    here, needed = f"/g{record.generation}/", _needed(resource)
    ours = [each.location for each in record.savepoints if each.origin != "manual" and here in each.location]
    over = [folder for folder in record.retained_runs if here in folder]
    old = [*ours[:-retain], *_ended_runs_to_remove(resource, over)]
    return tuple(
        each for each in old if not any(place.startswith(f"{_without_scheme(each)}/") for place in needed)
    )


def _ended_runs_to_remove(resource: WordCount, folders: list[str]) -> list[str]:
    """Folders of runs that are over, once the run after them has a checkpoint of its own; seldom, since it takes a pod."""
    attempt = resource.status.attempt
    begun = attempt is not None and attempt.made_progress
    return folders if begun and len(folders) > resource.spec.checkpoint.retain else []


def _needed(resource: WordCount) -> set[str]:
    """Places, each with a slash at its end, from which this attempt began, the next one would, or a roll-back."""
    record, attempt, proven = (
        resource.status.checkpoint,
        resource.status.attempt,
        resource.status.upgrade.last_good,
    )
    latest = [record.latest, proven.checkpoint.latest if proven and proven.checkpoint else None]
    places = [*(each.location for each in latest if each), attempt.restore_from if attempt else ""]
    return {f"{_without_scheme(place)}/" for place in places if place}


def _without_scheme(place: str) -> str:
    """The place without the scheme that Flink writes before a path, with one slash or with three."""
    return place.removeprefix("file://").removeprefix("file:")


def retention(resource: WordCount, engine: Engine, observed: Observed) -> Cleanup:
    """The next step towards no more savepoints and runs that are over than `retain`."""
    record, places = resource.status.checkpoint, expired_state(resource)
    if (
        not places or GetObject(resource.cleanup_pod) not in observed
    ):  # what this pass itself recorded is looked after by the next
        return Cleanup(record)
    pod = observed.object(resource.cleanup_pod)
    if pod is None:
        made = engine.cleanup_pod(resource, observed, places)
        because = (
            f"more than spec.checkpoint.retain ({resource.spec.checkpoint.retain}) savepoints or ended runs"
        )
        return Cleanup(record, (Create(made, because),) if made else ())
    if pod.get("status", {}).get("reason"):  # evicted, say: no fault of its own
        return Cleanup(record, (_removal(resource, pod, "the cluster ended it before it was done"),))
    if not _succeeded(pod):  # where it failed it stays, for a person to read; nothing else waits for it
        return Cleanup(record)
    gone = set(_command(pod))
    kept = [each for each in record.savepoints if each.location not in gone]
    over = [folder for folder in record.retained_runs if folder not in gone]
    # The status is written before the pod goes: what it has removed is written in the pod alone until then.
    return Cleanup(
        record.model_copy(update={"savepoints": kept, "retained_runs": over}), (_removal(resource, pod),)
    )


def deletion(resource: WordCount, engine: Engine, observed: Observed, now: datetime) -> Cleanup:
    """The next step towards no state at all, of a resource that runs nothing any more."""
    record = resource.status.checkpoint
    stays = f"its state stays at {resource.state_root}"
    if not _deletes_state(resource):
        return Cleanup(record, waiting_for=stays if record.location else "", done=True)
    if seconds_since(resource.deleting_since, now) > DELETION_TIMEOUT:
        return Cleanup(record, waiting_for=f"{stays}: it could not be removed in time", done=True)
    if engine.leftovers(resource, observed).terminating:
        return Cleanup(record, waiting_for="pods that may still write are ending; then the state is removed")
    pod = observed.object(resource.cleanup_pod)
    made = engine.cleanup_pod(resource, observed, ())
    if made is None:
        return Cleanup(record, (_removal(resource, pod),) if pod else (), done=pod is None)
    if pod is None:
        return Cleanup(record, (Create(made, "spec.checkpoint.onDelete: Delete"),))
    if _command(pod) != _command(made):
        return Cleanup(record, (_removal(resource, pod),))
    if not _succeeded(pod):
        return Cleanup(record, waiting_for=f"{_what_it_does(pod)}; {REMEDY}")
    left = engine.leftovers(resource, observed).claim
    return Cleanup(record, left, done=not left)


def _command(pod: Manifest) -> list[str]:
    command: list[str] = pod["spec"]["containers"][0]["command"]
    return command


def _succeeded(pod: Manifest) -> bool:
    return bool(pod.get("status", {}).get("phase") == "Succeeded")


def _what_it_does(pod: Manifest) -> str:
    """What the pod does, or why it ended."""
    name, status = pod["metadata"]["name"], pod.get("status", {})
    if status.get("phase") != "Failed":
        return f"pod {name} removes the state"
    ended = [each.get("state", {}).get("terminated") or {} for each in status.get("containerStatuses", [])]
    return (
        f"pod {name} could not remove the state: {' '.join(each.get('message', '') for each in ended)[:300]}"
    )


def _removal(resource: WordCount, pod: Manifest, because: str = "it has removed what it should") -> Delete:
    return Delete(resource.cleanup_pod, because, uid=pod["metadata"]["uid"])
