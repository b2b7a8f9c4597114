"""Decides when state is removed; the data goes first, then its record.

The operator has no volume, so a pod removes the data. When it has succeeded the record is dropped, and only
then is the pod removed. If the operator dies in between, the next reconcile finds what is left to do. State
that an attempt starts from, or that a roll-back would restore, is kept.
"""

from wordcount_core.storage_uris import without_file_scheme
from wordcount_operator.model.actions import Action, Create, Delete
from wordcount_operator.model.objects import UID_LABEL, Manifest
from wordcount_operator.model.reads import GetObject, Read
from wordcount_operator.model.resource import WordCount
from wordcount_operator.model.timestamps import seconds_since
from wordcount_operator.planning.context import Changes, Context

DELETION_TIMEOUT = 600.0
"""Seconds after its deletion in which a resource's state has to be removed.

After that the resource is deleted and its state stays.
"""
REMEDY = (
    "delete that pod to try again, or write spec.checkpoint.onDelete: Retain to leave the state where it is"
)


def reads(resource: WordCount) -> tuple[Read, ...]:
    """Return the read of the cleanup pod, if there may be one."""
    return (GetObject(resource.cleanup_pod),) if expired_state(resource) or _deletes_state(resource) else ()


def _deletes_state(resource: WordCount) -> bool:
    return resource.deleting and resource.effective_spec.checkpoint.on_delete == "Delete"


def expired_state(resource: WordCount) -> tuple[str, ...]:
    """Return the places of the oldest savepoints and ended runs beyond `retain` that nothing needs.

    Only those of the current generation: an old generation's last savepoint may be all that is left of it. A
    savepoint that a person requested belongs to that person: it goes with the resource, or by hand.
    """
    record, retain = resource.status.checkpoint, resource.effective_spec.checkpoint.retain
    needed = _needed(resource)
    places = [each.location for each in record.savepoints if each.origin != "manual"]
    made = [place for place in places if _is_current(resource, place)]
    ended = [folder for folder in record.retained_runs if _is_current(resource, folder)]
    old = [*made[:-retain], *_ended_runs_to_remove(resource, ended)]
    return tuple(
        each for each in old if not any(place.startswith(f"{without_file_scheme(each)}/") for place in needed)
    )


def _is_current(resource: WordCount, place: str) -> bool:
    """Return whether the place belongs to the current state generation.

    The whole path counts: a namespace may be called g2.
    """
    return without_file_scheme(place).startswith(f"{resource.state_path}/")


def _ended_runs_to_remove(resource: WordCount, folders: list[str]) -> list[str]:
    """Return folders of ended runs once the run after them has a checkpoint.

    That is not done often, because it takes a pod.
    """
    attempt = resource.status.attempt
    progressed = attempt is not None and attempt.made_progress
    return folders if progressed and len(folders) > resource.effective_spec.checkpoint.retain else []


def _needed(resource: WordCount) -> set[str]:
    """Return where this attempt, the next one or a roll-back starts from, each with a final slash."""
    attempt, last_good = resource.status.attempt, resource.status.upgrade.last_good
    records = [resource.status.checkpoint, last_good.checkpoint if last_good else None]
    places = [record.latest.location for record in records if record and record.latest]
    places.append(attempt.restore_from if attempt else "")
    return {f"{without_file_scheme(place)}/" for place in places if place}


def retention(context: Context) -> Changes:
    """Return the next step towards no more savepoints and ended runs than `retain`."""
    resource, places = context.resource, expired_state(context.resource)
    # What this reconcile itself has just recorded was not read; the next one does.
    if not places or GetObject(resource.cleanup_pod) not in context.observed:
        return Changes()
    pod = context.observed.object(resource.cleanup_pod)
    if pod is None:
        return Changes(maintenance=_creation(context, places))
    if not _is_ours(resource, pod):
        return Changes()
    if pod.get("status", {}).get("reason"):  # evicted, for example, which is no fault of its own
        return Changes(maintenance=(_removal(resource, pod, "the cluster ended it before it was done"),))
    # A pod that failed stays, so that a person can read why; nothing else waits for it.
    return _forget_removed(resource, pod) if _succeeded(pod) else Changes()


def _creation(context: Context, places: tuple[str, ...]) -> tuple[Action, ...]:
    made = context.engine.cleanup_pod(context.resource, context.observed, places)
    retain = context.spec.checkpoint.retain
    because = f"more than spec.checkpoint.retain ({retain}) savepoints or ended runs"
    return (Create(made, because),) if made else ()


def _forget_removed(resource: WordCount, pod: Manifest) -> Changes:
    """Drop what the pod removed from the record, before the pod goes, which alone knows that."""
    record, gone = resource.status.checkpoint, set(_command(pod))
    kept = [each for each in record.savepoints if each.location not in gone]
    ended = [folder for folder in record.retained_runs if folder not in gone]
    record = record.model_copy(update={"savepoints": kept, "retained_runs": ended})
    return Changes(checkpoint=record, maintenance=(_removal(resource, pod),))


def deletion(context: Context) -> Changes:
    """Return the next step towards no state at all, of a resource that runs nothing any more."""
    resource = context.resource
    stays = f"its state stays at {resource.state_root}"
    if not _deletes_state(resource):
        return Changes(message=stays if context.status.checkpoint.location else "", finished=True)
    if seconds_since(resource.deleting_since, context.now) > DELETION_TIMEOUT:
        return Changes(message=f"{stays}: it could not be removed in time", finished=True)
    if context.leftovers.terminating:
        return Changes(message="pods that may still write are ending; then the state is removed")
    return _remove_state(context)


def _remove_state(context: Context) -> Changes:
    resource, pod = context.resource, context.observed.object(context.resource.cleanup_pod)
    if pod and not _is_ours(resource, pod):
        name = pod["metadata"]["name"]
        return Changes(
            message=f"pod {name} is not the operator's and has the name that it needs; remove that pod"
        )
    made = context.engine.cleanup_pod(resource, context.observed, ())
    if made is None:
        return Changes(actions=(_removal(resource, pod),) if pod else (), finished=pod is None)
    if pod is None:
        return Changes(actions=(Create(made, "spec.checkpoint.onDelete: Delete"),))
    if _command(pod) != _command(made):
        return Changes(actions=(_removal(resource, pod),))
    if not _succeeded(pod):
        return Changes(message=f"{_progress_of(pod)}; {REMEDY}")
    claim = context.leftovers.claim
    return Changes(actions=claim, finished=not claim)


def _is_ours(resource: WordCount, pod: Manifest) -> bool:
    """Return whether the operator made the pod, and for this resource: anybody may use a pod's name."""
    return bool(pod["metadata"].get("labels", {}).get(UID_LABEL) == resource.uid)


def _command(pod: Manifest) -> list[str]:
    command: list[str] = pod["spec"]["containers"][0]["command"]
    return command


def _succeeded(pod: Manifest) -> bool:
    return bool(pod.get("status", {}).get("phase") == "Succeeded")


def _progress_of(pod: Manifest) -> str:
    """Return what the pod does, or why it ended."""
    name, status = pod["metadata"]["name"], pod.get("status", {})
    if status.get("phase") != "Failed":
        return f"pod {name} removes the state"
    ended = [each.get("state", {}).get("terminated") or {} for each in status.get("containerStatuses", [])]
    return (
        f"pod {name} could not remove the state: {' '.join(each.get('message', '') for each in ended)[:300]}"
    )


def _removal(resource: WordCount, pod: Manifest, because: str = "it is done") -> Delete:
    return Delete(resource.cleanup_pod, because, uid=pod["metadata"]["uid"])
