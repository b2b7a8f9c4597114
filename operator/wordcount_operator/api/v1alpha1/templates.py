"""Pod templates: what the operator itself reads of a pod; the API server checks the rest."""

from typing import Annotated, Any, NotRequired

from pydantic import (
    Field,
    GetPydanticSchema,
    with_config,
)
from typing_extensions import TypedDict

from wordcount_operator.api import rules

# A pod has hundreds of fields. Here are those that the operator itself reads; the API server checks the rest
# when a pod is created. These are typed dictionaries, because a template stays the document that the user
# wrote. `metadata` has no name: one driver pod name per resource keeps a second writer away.


@with_config(extra="allow")
class TemplateContainer(TypedDict):
    """Any field of a container; the engine's is called main."""

    name: Annotated[str, Field(description="main for the engine's container; another name adds one.")]
    volumeMounts: NotRequired[Annotated[list[dict[str, Any]], Field(description="Where its volumes appear.")]]


@with_config(extra="allow")
class TemplateSpec(TypedDict):
    """Any field of a pod's spec; containers merge by name."""

    containers: NotRequired[Annotated[list[TemplateContainer], Field(description="Merged by name.")]]


@with_config(extra="forbid")
class TemplateMetadata(TypedDict):
    """Added to the pods' own labels and annotations."""

    labels: NotRequired[
        Annotated[dict[str, str], Field(max_length=64, description="Labels to add."), rules.OWN_LABELS]
    ]
    annotations: NotRequired[Annotated[dict[str, str], Field(description="Annotations to add.")]]


@with_config(extra="forbid")
class Template(TypedDict):
    """Merged into the pods that the operator makes."""

    metadata: NotRequired[TemplateMetadata]
    spec: NotRequired[TemplateSpec]


PodTemplate = Annotated[dict[str, Any], GetPydanticSchema(lambda _, handler: handler(Template))]
