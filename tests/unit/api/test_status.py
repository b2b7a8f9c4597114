"""The status under the names of release 0.2.0: read for one release, never written."""

from typing import Any

from pydantic import AliasChoices

from wordcount_operator.api.crd import schema
from wordcount_operator.api.v1alpha1 import Recorded, Status

OLD: dict[str, Any] = {
    "attempt": {
        "id": "book-1-2",
        "number": 2,
        "startedAt": "2026-11-22T12:00:00Z",
        "intent": "Running",
        "submittedAt": "2026-11-22T12:00:01Z",
        "submits": 2,
        "healthySince": "2026-11-22T12:00:02Z",
        "proven": True,
    },
    "restarts": {"nextAttemptAt": "2026-11-22T12:00:03Z"},
    "checkpoint": {
        "latest": {"id": "7", "at": "2026-11-22T12:00:04Z"},
        "savepoints": [{"id": "6", "at": "2026-11-22T12:00:05Z"}],
        "ended": ["/data/g1/a"],
        "asked": "before-the-party",
        "answer": "/data/g1/savepoints/6",
        "highest": 3,
    },
    "upgrade": {
        "begunAt": "2026-11-22T12:00:06Z",
        "proven": {"specHash": "x", "generation": 1, "checkpoint": {"highest": 2}},
    },
    "progress": {
        "lastProgressAt": "2026-11-22T12:00:07Z",
        "aliveAt": "2026-11-22T12:00:08Z",
        "sampledAt": "2026-11-22T12:00:09Z",
    },
}
"""A status as release 0.2.0 wrote it, in the fields that have another name now."""


def leaves(value: Any) -> list[Any]:
    """Return all texts, numbers and truth values of a document, those that stand for nothing left out."""
    if isinstance(value, dict):
        return [leaf for each in value.values() for leaf in leaves(each)]
    if isinstance(value, list):
        return [leaf for each in value for leaf in leaves(each)]
    return [value] if value else []


def test_everything_that_0_2_0_recorded_is_read() -> None:
    """Each value under an old name is in the document that is written, under the new one."""
    written = leaves(Status.model_validate(OLD).model_dump(by_alias=True))
    assert [leaf for leaf in leaves(OLD) if leaf not in written] == []


def test_a_new_name_wins_over_an_old_one() -> None:
    """An operator that has written once never goes back to what an older one left."""
    both = {"progress": {"sampledAt": "old", "sampleTime": "new"}}
    assert Status.model_validate(both).progress.sample_time == "new"


def old_names(model: type[Recorded]) -> set[str]:
    """Return the names that the model's fields had."""
    fields = model.model_fields.values()
    return {str(f.validation_alias.choices[1]) for f in fields if isinstance(f.validation_alias, AliasChoices)}


def test_the_first_write_removes_the_old_names() -> None:
    """In a merge patch null removes a field; a name that stayed would be read by nobody and told to everybody."""
    patch = Status.model_validate(OLD).merge_patch()
    for part in ("attempt", "restarts", "checkpoint", "upgrade", "progress"):
        removed = {name for name in OLD[part] if name in patch[part] and patch[part][name] is None}
        assert removed == OLD[part].keys() & old_names(type(getattr(Status.model_validate(OLD), part)))
        assert removed


def test_the_api_server_keeps_the_old_names() -> None:
    """It drops what the schema does not name, and the schema comes before the operator that reads the old names."""

    def known(document: dict[str, Any], properties: dict[str, Any], path: str) -> list[str]:
        missing = [f"{path}.{name}" for name in document if name not in properties]
        for name, value in document.items():
            if isinstance(value, dict) and name in properties:
                missing += known(value, properties[name]["properties"], f"{path}.{name}")
        return missing

    assert known(OLD, schema()["properties"]["status"]["properties"], "status") == []
