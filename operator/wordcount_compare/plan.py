"""The plan of one engine's part of a comparison, which is sent to the probe as JSON."""

import json
from dataclasses import asdict, dataclass, replace
from typing import Literal

from wordcount_core.options import Text, Window

WINDOW = Window(60_000, watermark_ms=10_000, timestamp="prefix")
"""The windows of the second resource, in the generated lines' own time, which passes as they are sent."""
RATE = 20
"""Lines a second at the steady rate."""


@dataclass(frozen=True)
class Topics:
    """The topics of one resource."""

    lines: str
    counts: str


@dataclass(frozen=True)
class Plan:
    """What a probe does for one engine: `measure`, or `clean`, which removes the topics."""

    servers: str
    totals: Topics
    windows: Topics
    text: Text
    partitions: int
    seconds: float
    """How long lines are produced at the steady rate, twice; the burst grows with it."""
    secret: str | None = None
    """The Secret with the credentials for Kafka."""
    task: Literal["measure", "clean"] = "measure"

    @property
    def burst_words(self) -> int:
        """How many words the burst has."""
        return round(self.seconds * 200_000)

    @property
    def topics(self) -> dict[str, int]:
        """Topic → partitions. Lines with timestamps have one partition, so that their order is certain."""
        each = self.partitions
        totals = {self.totals.lines: each, self.totals.counts: each}
        return totals | {self.windows.lines: 1, self.windows.counts: each}

    def for_cleanup(self) -> "Plan":
        """Return the plan that removes the topics."""
        return replace(self, task="clean")

    def to_json(self) -> str:
        """Return the plan as one line of JSON."""
        return json.dumps(asdict(self))

    @staticmethod
    def from_json(document: str) -> "Plan":
        """Return the plan that `to_json` wrote."""
        value = json.loads(document)
        text = Text(**value["text"] | {"stop_words": tuple(value["text"]["stop_words"])})
        topics = {name: Topics(**value[name]) for name in ("totals", "windows")}
        return Plan(**value | topics | {"text": text})
