"""The base of every part of a spec: camelCase outside, frozen, strict."""

from pydantic import (
    BaseModel,
    ConfigDict,
)
from pydantic.alias_generators import to_camel


class Model(BaseModel):
    """A part of the spec; as strict about types and names as the API server."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True, strict=True
    )
