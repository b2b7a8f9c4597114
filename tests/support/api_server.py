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
    """Create the document, and return what the API server made of it."""
    return resources.create_namespaced_custom_object(*PLACE, body, field_validation="Strict", **more)


def refusals(error: client.ApiException) -> list[tuple[str, str]]:
    """Return the fields that the API server refuses, each with its sentence."""
    answer = json.loads(error.body)
    causes = answer.get("details", {}).get("causes", [])
    found = [(each["field"], each["message"]) for each in causes if each["field"] != "<nil>"]
    return found or [("", answer["message"])]


def until(holds: Callable[[], bool], otherwise: str, seconds: float = 20) -> None:
    """Wait until that holds; fail with the sentence if it does not in time."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, otherwise
        time.sleep(0.1)
