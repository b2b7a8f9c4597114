"""The whole resource, with the rules that look across its fields."""

from typing import Annotated

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
)

from wordcount_operator.api import rules
from wordcount_operator.api.v1alpha1.engine_blocks import ENGINE_NAMES
from wordcount_operator.api.v1alpha1.spec import Spec


class Metadata(BaseModel):
    """The part of metadata that rules look at."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    name: str = Field(min_length=1)
    namespace: str = "default"
    labels: dict[str, str] = Field(default_factory=dict)
    annotations: dict[str, str] = Field(default_factory=dict)


class StreamingWordCount(BaseModel):
    """One word count, run by Spark or by Flink."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    metadata: Metadata
    spec: Annotated[
        Spec,
        *map(rules.only_with, ENGINE_NAMES),
        rules.NO_LOOP,
        rules.ONLY_WINDOWS,
        rules.SAME_STORE,
        rules.PARQUET,
        rules.STALL,
        rules.LOW_SINK,
        rules.LOW_SOURCE,
        rules.LOW_BATCH,
        rules.unless_stateless("source", "the state holds its positions", rules.SAME_SOURCE),
        rules.unless_stateless("checkpoint.storage", "the state lies there", rules.SAME_STORAGE),
    ]


RESOURCE_RULES = (rules.NAME,)
