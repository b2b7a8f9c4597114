"""Tests which objects a list of the in-memory cluster contains."""

from typing import Any

import pytest

from wordcount_cli.local.in_memory_cluster import is_selected
from wordcount_operator.model.objects import Ref
from wordcount_operator.model.reads import ListObjects

POD: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"namespace": "words", "name": "driver", "labels": {"app": "bible", "role": "driver"}},
}


@pytest.mark.parametrize(
    ("read", "selected"),
    [
        (ListObjects("v1", "Pod", "words"), True),
        (ListObjects("v1", "Pod", ""), True),
        (ListObjects("v1", "Pod", "other"), False),
        (ListObjects("v1", "Service", "words"), False),
        (ListObjects("v1", "Pod", "words", "app=bible,role=driver"), True),
        (ListObjects("v1", "Pod", "words", "app=bible,role=executor"), False),
        (ListObjects("v1", "Pod", "words", "app=bible,role!=cleaner"), True),
        (ListObjects("v1", "Pod", "words", "app=bible,role!=driver"), False),
        (ListObjects("v1", "Pod", "words", "app"), True),
        (ListObjects("v1", "Pod", "words", "attempt"), False),
    ],
)
def test_a_list_contains_what_its_kind_namespace_and_selector_match(
    read: ListObjects, selected: bool
) -> None:
    """A key alone matches every value; an object without the key matches `!=`."""
    assert is_selected(read, Ref.of(POD), POD) is selected
