"""What was read and what was not are never one value."""

import re
from pathlib import Path

import pytest

from wordcount_operator.model.objects import Ref
from wordcount_operator.model.reads import GetObject, HttpGet, HttpReply, ListObjects, NotReadError, Observed

POD = Ref("v1", "Pod", "words", "bible-driver")
PODS = ListObjects("v1", "Pod", "words")
URL = "http://bible-driver:8090/progress"
OPERATOR = Path(__file__).parents[3] / "operator"


def test_what_nobody_read_is_an_error() -> None:
    """An object that is gone is None, and then a second driver may start: "not read" must not look
    like it.
    """
    nothing = Observed()
    with pytest.raises(NotReadError):
        nothing.object(POD)
    with pytest.raises(NotReadError):
        nothing.all(PODS)
    with pytest.raises(NotReadError):
        nothing.reply(URL)
    assert GetObject(POD) not in nothing


def test_what_was_read_is_answered() -> None:
    """Also with "there is none"."""
    gone = Observed({GetObject(POD): None, PODS: ()})
    assert gone.object(POD) is None
    assert gone.all(PODS) == ()
    assert gone.unanswered([GetObject(POD), HttpGet(URL)]) == [HttpGet(URL)]
    assert gone.including({HttpGet(URL): HttpReply(0)}).reply(URL).status == 0
    assert HttpGet(URL) not in gone


def test_nothing_but_the_class_itself_touches_the_answers() -> None:
    """`.get` on them would answer None to what nobody read."""
    users = [
        path.name for path in OPERATOR.rglob("*.py") if re.search(r"\._?answers\b", path.read_text("utf-8"))
    ]
    assert users == ["reads.py"]
