"""How a pass reads a resource; never a cluster."""

import pytest
from pydantic import ValidationError

from tests.builders import IMAGES, app, resource
from wordcount_operator.api.reading import complaint
from wordcount_operator.domain import Create, Delete, Ref
from wordcount_operator.reconcile import describe, read


def test_the_resources_own_image_replaces_the_operators() -> None:
    """spec.spark.image, else the default of the installation."""
    assert app().image == "spark:test"
    assert app(spark={"image": "mine:1"}).image == "mine:1"


def test_a_spec_that_this_version_cannot_read_is_named_by_its_field() -> None:
    """An older CRD let it in: the sentence says which field and what to write, in no library's words."""
    raw = resource(checkpoint={"interval": "soon"})
    with pytest.raises(ValidationError):
        read(raw, IMAGES)
    assert complaint(raw).startswith("spec.checkpoint.interval: write a duration")


def test_an_action_is_told_in_words() -> None:
    """The log line and the event begin with what is done to which object."""
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"namespace": "words", "name": "bible-driver"}}
    assert describe(Create(pod, "missing")) == "Create Pod bible-driver"
    assert describe(Delete(Ref.of(pod), "over")) == "Delete Pod bible-driver"
