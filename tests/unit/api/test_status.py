"""The status under the names of release 0.2.0, which are read and written for one release."""

from typing import Any

from wordcount_operator.api.crd import schema
from wordcount_operator.api.v1alpha1 import Status

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


def test_what_0_2_0_wrote_last_wins() -> None:
    """This release writes both names, so two that differ show that the older operator was gone back to."""
    both = {"progress": {"sampledAt": "of 0.2.0", "sampleTime": "before it"}}
    assert Status.model_validate(both).progress.sample_time == "of 0.2.0"


def test_0_2_0_finds_all_that_it_would_read() -> None:
    """Whoever goes back one release loses no attempt, no savepoint and no number of a generation."""

    def missing(old: Any, written: Any) -> bool:
        if isinstance(old, dict):
            return any(name not in written or missing(each, written[name]) for name, each in old.items())
        if isinstance(old, list):
            return any(missing(each, twin) for each, twin in zip(old, written, strict=True))
        return bool(old != written)

    assert not missing(OLD, Status.model_validate(OLD).model_dump(by_alias=True))


def test_the_api_server_keeps_the_old_names() -> None:
    """It drops a field that no schema names, and the CRD is upgraded before the operator."""

    def known(document: dict[str, Any], properties: dict[str, Any], path: str) -> list[str]:
        missing = [f"{path}.{name}" for name in document if name not in properties]
        for name, value in document.items():
            if isinstance(value, dict) and name in properties:
                missing += known(value, properties[name]["properties"], f"{path}.{name}")
        return missing

    assert known(OLD, schema()["properties"]["status"]["properties"], "status") == []
