"""The public words of actions, which events, metrics and the log have."""

import pytest

from wordcount_operator.model.actions import Action, Create, Delete, HttpRequest, Patch, kind_of
from wordcount_operator.model.objects import Ref

POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "namespace": "words"}}


@pytest.mark.parametrize(
    ("action", "word"),
    [
        (Create(POD, "why"), "Create"),
        (Patch(POD, "why"), "Patch"),
        (Delete(Ref.of(POD), "why"), "Delete"),
        (HttpRequest("POST", "http://jm:8081/jars", {}, "why"), "Call"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_public_word_outlives_a_rename(action: Action, word: str) -> None:
    """Alerts and scripts match on it."""
    assert kind_of(action) == word
