"""Finds what no engine can work with in a resource, or around it."""

from wordcount_operator.model.job import Problem
from wordcount_operator.model.objects import STATE_MOUNT_PATH, Ref
from wordcount_operator.model.reads import Observed
from wordcount_operator.model.resource import WordCount


def _path_outside_volumes(resource: WordCount) -> tuple[str, str]:
    """Return the field with a local path at which no pod has a volume, and the path; else two empty texts."""
    template = resource.engine_block.pod_template or {}
    mounts = [
        mount.get("mountPath", "")
        for container in template.get("spec", {}).get("containers", [])
        for mount in container.get("volumeMounts", [])
    ]
    roots = [root.rstrip("/") for root in [*([STATE_MOUNT_PATH] if resource.volume else []), *mounts] if root]
    for part, files in (
        ("source", resource.effective_spec.source.files),
        ("sink", resource.effective_spec.sink.files),
    ):
        inside = files and any(f"{files.path}/".startswith(f"{root}/") for root in roots)
        if files and not inside and files.path.startswith("/"):
            return f"spec.{part}.files.path", files.path
    return "", ""


def _timestamp_problems(resource: WordCount) -> list[Problem]:
    """Return what CEL cannot check, because it cannot read a field that is a text or a block."""
    instant = resource.effective_spec.window.timestamp if resource.effective_spec.window else "ingest"
    source, field = resource.effective_spec.source, "spec.window.timestamp"
    if instant == "kafka" and source.kafka is None:
        sentence = (
            f"{field}: only records of spec.source.kafka have a timestamp; "
            "write ingest or {prefix: iso8601}"
        )
        return [Problem("NoTimestamp", sentence)]
    if isinstance(instant, dict) and source.rate is not None:
        return [
            Problem(
                "NoTimestamp",
                f"{field}: lines of spec.source.rate do not begin with an instant; write ingest",
            )
        ]
    return []


def problems(resource: WordCount, observed: Observed | None) -> tuple[Problem, ...]:
    """Return a missing PVC, a path that no pod would see, and an instant that no line has."""
    found = _timestamp_problems(resource)
    name = resource.volume.claim_name if resource.volume else None
    pvc = Ref("v1", "PersistentVolumeClaim", resource.namespace, name or "")
    if name and observed is not None and observed.object(pvc) is None:
        found.append(
            Problem(
                "ClaimNotFound",
                f"spec.checkpoint.storage.volume.claimName: there is no PVC {name} in namespace "
                f"{resource.namespace}; "
                "create it, or leave claimName out and the operator creates one",
            )
        )
    own = "put the files on the state volume and write a path under /data, or " if resource.volume else ""
    field, path = _path_outside_volumes(resource)
    if path:
        found.append(
            Problem(
                "PathOutsideVolume",
                f"{field}: {path} is on no volume; {own}mount a volume with "
                f"{resource.effective_spec.engine}.podTemplate",
            )
        )
    return tuple(found)
