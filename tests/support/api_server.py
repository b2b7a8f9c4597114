"""Creates resources on a real API server and reads why it refuses one."""

import json
import time
from collections.abc import Callable
from typing import Any

from kubernetes import client

from tests.support.documents import Document
from wordcount_operator.api import GROUP, PLURAL, VERSION

PLACE = (GROUP, VERSION, "default", PLURAL)


def create(resources: Any, body: Document, **more: Any) -> Any:
    """What the API server makes of the document."""
    return resources.create_namespaced_custom_object(*PLACE, body, field_validation="Strict", **more)


def refusals(error: client.ApiException) -> list[tuple[str, str]]:
    """The fields that the API server names, each with its words."""
    answer = json.loads(error.body)
    causes = answer.get("details", {}).get("causes", [])
    found = [(each["field"], each["message"]) for each in causes if each["field"] != "<nil>"]
    return found or [("", answer["message"])]


def until(holds: Callable[[], bool], otherwise: str, seconds: float = 20) -> None:
    """Wait until that holds; fails with the sentence where it does not in time."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, otherwise
        time.sleep(0.1)
