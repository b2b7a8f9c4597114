"""Texts with a format, such as a duration or a path, with the rules that they follow."""

from typing import Annotated

from pydantic import (
    Field,
)

from wordcount_operator.api import rules

Duration = Annotated[str, Field(max_length=16), rules.DURATION, rules.POSITIVE_DURATION]
Cpu = Annotated[str, Field(max_length=32), rules.QUANTITY, rules.CPU]
Memory = Annotated[str, Field(max_length=32), rules.QUANTITY, rules.MEMORY]
Size = Annotated[str, Field(max_length=32), rules.QUANTITY, rules.SIZE]
Servers = Annotated[str, Field(max_length=2048), rules.SERVERS]
Topic = Annotated[str, Field(max_length=256), rules.TOPIC]
Path = Annotated[str, Field(max_length=1024), rules.FOLDER]
Secret = Annotated[str, Field(max_length=253), rules.SECRET]


Length = Annotated[str, Field(max_length=16), rules.DURATION, rules.POSITIVE_DURATION, rules.LENGTH]
