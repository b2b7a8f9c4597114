"""What an edit of each field does to what runs, as one table; never a decision about a run."""

from enum import StrEnum
from typing import Any


class Edit(StrEnum):
    """The class of a field; its value is the sentence of the reference."""

    NOTHING = "in place, nothing restarts"
    RESTART = "restart from state"
    GENERATION = "new state generation: counts begin anew, the old state is kept"
    STATELESS = "refused, but with `upgrade.mode: stateless`: new state generation"
    REFUSED = "refused"


TABLE: dict[str, Edit] = {
    "engine": Edit.REFUSED,
    "suspend": Edit.NOTHING,
    "source.socket": Edit.STATELESS,
    "source.files": Edit.STATELESS,
    "source.rate": Edit.STATELESS,
    "source.kafka.bootstrapServers": Edit.STATELESS,
    "source.kafka.topics": Edit.STATELESS,
    "source.kafka.startingOffsets": Edit.STATELESS,
    "source.kafka.isolation": Edit.RESTART,
    "source.kafka.credentialsSecret": Edit.RESTART,
    "text": Edit.GENERATION,
    "window": Edit.GENERATION,
    "latency": Edit.GENERATION,
    "sink": Edit.RESTART,
    "checkpoint.interval": Edit.RESTART,
    "checkpoint.retain": Edit.NOTHING,
    "checkpoint.onDelete": Edit.NOTHING,
    "checkpoint.restoreFrom": Edit.NOTHING,
    "checkpoint.storage": Edit.STATELESS,
    "restart": Edit.NOTHING,
    "restartNonce": Edit.RESTART,
    "upgrade": Edit.NOTHING,
    "parallelism": Edit.RESTART,
    "resources": Edit.RESTART,
    "spark": Edit.RESTART,
    "flink": Edit.RESTART,
}
"""Every field of the spec by its path; a block that is named stands for all that is in it."""

Document = dict[str, Any]


def part(spec: Document, *classes: Edit) -> Document:
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
