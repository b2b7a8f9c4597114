"""The engines' own blocks, `spec.spark` and `spec.flink`."""

from typing import Annotated, Literal, get_args

from pydantic import (
    Field,
)

from wordcount_operator.api import rules
from wordcount_operator.api.v1alpha1.model import Model
from wordcount_operator.api.v1alpha1.templates import PodTemplate

EngineName = Literal["spark", "flink"]
ENGINE_NAMES: tuple[str, ...] = get_args(EngineName)
"""The values of `spec.engine`; each is also the name of the engine's own block."""
Conf = Annotated[dict[str, Annotated[str, Field(max_length=4096)]], Field(max_length=256)]


class EngineBlock(Model):
    """What an engine's own block holds."""

    image: str | None = Field(None, max_length=512, description="Replaces the operator's default image.")
    conf: Conf = Field(default_factory=dict, description="The engine's own configuration keys.")
    pod_template: PodTemplate | None = None


class SparkBlock(EngineBlock):
    """Only read with engine: spark."""


class Session(Model):
    """A Flink session cluster."""

    name: Annotated[str, Field(min_length=1, max_length=40), rules.SESSION] = Field(
        description="Used where it exists and matches, else made."
    )


class FlinkBlock(EngineBlock):
    """Only read with engine: flink."""

    session: Session | None = None
