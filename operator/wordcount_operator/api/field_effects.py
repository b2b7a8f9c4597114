"""What an edit of each field does to what runs, as one table; never a decision about a run."""

from enum import StrEnum
from typing import Any

from wordcount_operator.api.v1alpha1.engine_blocks import ENGINE_NAMES


class FieldEffect(StrEnum):
    """The class of a field; its value is the sentence of the reference."""

    NOTHING = "in place, nothing restarts"
    RESTART = "restart from state"
    GENERATION = "new state generation: counts begin anew, the old state is kept"
    STATELESS = "refused, but with `upgrade.mode: stateless`: new state generation"
    REFUSED = "refused"


TABLE: dict[str, FieldEffect] = {
    "engine": FieldEffect.REFUSED,
    "suspend": FieldEffect.NOTHING,
    "source.socket": FieldEffect.STATELESS,
    "source.files": FieldEffect.STATELESS,
    "source.rate": FieldEffect.STATELESS,
    "source.kafka.bootstrapServers": FieldEffect.STATELESS,
    "source.kafka.topics": FieldEffect.STATELESS,
    "source.kafka.startingOffsets": FieldEffect.STATELESS,
    "source.kafka.isolation": FieldEffect.RESTART,
    "source.kafka.credentialsSecret": FieldEffect.RESTART,
    "text": FieldEffect.GENERATION,
    "window": FieldEffect.GENERATION,
    "latency": FieldEffect.GENERATION,
    "sink": FieldEffect.RESTART,
    "checkpoint.interval": FieldEffect.RESTART,
    "checkpoint.retain": FieldEffect.NOTHING,
    "checkpoint.onDelete": FieldEffect.NOTHING,
    "checkpoint.restoreFrom": FieldEffect.NOTHING,
    "checkpoint.storage": FieldEffect.STATELESS,
    "restart": FieldEffect.NOTHING,
    "restartNonce": FieldEffect.RESTART,
    "upgrade": FieldEffect.NOTHING,
    "parallelism": FieldEffect.RESTART,
    "resources": FieldEffect.RESTART,
    **dict.fromkeys(ENGINE_NAMES, FieldEffect.RESTART),
}
"""Every field of the spec by its path; a block that is named stands for all that is in it."""

Document = dict[str, Any]


def fields_with(spec: Document, *classes: FieldEffect) -> Document:
    """What a spec (camelCase) says in the fields of these classes."""
    chosen = [path.split(".") for path, edit in TABLE.items() if edit in classes]
    return _only(spec, chosen)


def _only(block: Document, paths: list[list[str]]) -> Document:
    found: Document = {}
    for key, value in block.items():
        inner = [path[1:] for path in paths if path[0] == key]
        if [] in inner:
            found[key] = value
        elif inner and (some := _only(value, inner)):
            found[key] = some
    return found


def merged(*parts: Document) -> Document:
    """One spec of parts that have no field in common."""
    whole: Document = {}
    for each in parts:
        for key, value in each.items():
            both = isinstance(value, dict) and isinstance(whole.get(key), dict)
            whole[key] = merged(whole[key], value) if both else value
    return whole
