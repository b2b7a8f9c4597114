"""Documents into resources: each rule's twin in this process, and the words for each fault."""

from typing import Any

import pytest

from tests.support.documents import GOOD, RULES, SCHEMA, UNKNOWN, document
from wordcount_operator.api.validation import RefusedError, read


@pytest.mark.parametrize(
    ("changes", "field", "words"), [*RULES, *SCHEMA, *UNKNOWN], ids=lambda value: str(value)[:60]
)
def test_a_bad_document_is_refused_by_field_and_sentence(
    changes: dict[str, Any], field: str, words: str
) -> None:
    """The same table is tried on a real API server, so the two cannot come apart."""
    with pytest.raises(RefusedError) as caught:
        read(document(changes))
    assert any(fault.field == field and words in fault.sentence for fault in caught.value.errors)
    assert f"{field}: " in str(caught.value)


@pytest.mark.parametrize("changes", GOOD, ids=lambda value: str(value)[:60])
def test_a_good_document_is_read(changes: dict[str, Any]) -> None:
    """Nothing of it is refused, and what is not written has its default."""
    assert read(document(changes)).spec.parallelism == 2


def test_all_faults_are_told_at_once() -> None:
    """Nobody fixes a file fault by fault."""
    changes = {"spec.engine": "storm", "spec.parallelism": 0, "spec.typo": 1, "kindd": "x"}
    with pytest.raises(RefusedError) as caught:
        read(document(changes))
    fields = {fault.field for fault in caught.value.errors}
    assert fields == {"spec.engine", "spec.parallelism", "spec.typo", "kindd"}


def test_a_long_value_is_cut() -> None:
    """A sentence stays a sentence, whatever was written."""
    with pytest.raises(RefusedError) as caught:
        read(document({"spec.engine": "x" * 10_000}))
    assert len(str(caught.value)) < 200


def test_what_the_api_server_adds_is_known() -> None:
    """A resource that was read from a cluster is read like one from a file."""
    added = {
        "uid": "1",
        "resourceVersion": "2",
        "generation": 3,
        "creationTimestamp": "x",
        "managedFields": [],
    }
    body = document({f"metadata.{name}": value for name, value in added.items()})
    assert read({**body, "status": {"phase": "Running", "newer": {}}}).metadata.name == "bible"


def test_a_pod_template_stays_what_was_written() -> None:
    """Fields that the operator does not know go on to the pod."""
    written = {"spec": {"hostAliases": [{"ip": "10.0.0.1"}], "containers": [{"name": "main", "tty": True}]}}
    spark = read(document({"spec.spark.podTemplate": written})).spec.spark
    assert spark
    assert spark.pod_template == written
    assert spark.model_dump(by_alias=True)["podTemplate"] == written
