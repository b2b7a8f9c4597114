"""The report of a run of chaos: faults, recovery times and lost words, as JSON and as tables."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rich.table import Table

from tools.chaos.figures import Sample, median_and_max, recovery
from tools.chaos.schedule import Fault
from tools.testbed import ENGINES


@dataclass(frozen=True)
class InjectedFault:
    """A fault that found its target."""

    at: float
    """Seconds from the beginning, when the fault had happened."""
    fault: Fault
    did: str


@dataclass
class Report:
    """Filled while chaos goes on."""

    seed: int
    storage: str
    struck: list[InjectedFault] = field(default_factory=list)
    absent: list[Fault] = field(default_factory=list)
    """Faults whose target was not there: others were drawn for them."""
    died: list[tuple[float, tuple[str, ...]]] = field(default_factory=list)
    """Programs of the test cluster itself that ended unasked, when that was seen, and were started again."""
    samples: list[Sample] = field(default_factory=list)
    verdicts: dict[str, dict[str, int]] = field(default_factory=dict)
    """By engine; empty where it did not come to that."""
    settled: float | None = None
    """Seconds from the last undone fault until both counts were the expected ones."""
    problem: str = ""
    """Why it failed, empty where every count is exact."""
    diagnosis: str = ""

    def recoveries(self, struck: InjectedFault) -> dict[str, float | None]:
        """By engine, seconds from this fault until a word that was produced after it had been counted."""
        return {engine: recovery(self.samples, engine, struck.at) for engine in ENGINES}

    def document(self) -> dict[str, Any]:
        """All of it for a JSON file."""
        recovered = {struck: self.recoveries(struck) for struck in self.struck}
        return {
            "seed": self.seed,
            "storage": self.storage,
            "exact": not self.problem,
            "engines": self.verdicts,
            "settled_s": self.settled,
            "recovery": _by_target(recovered),
            "faults": [
                {
                    "at_s": each.at,
                    "target": each.fault.target,
                    "act": each.fault.act,
                    "lasts_s": each.fault.lasts,
                }
                | {"did": each.did, "recovery_s": recovered[each]}
                for each in self.struck
            ],
            "absent": [{"at_s": each.at, "target": each.target, "act": each.act} for each in self.absent],
            "died": [{"at_s": at, "programs": list(names)} for at, names in self.died],
            "problem": self.problem,
            "diagnosis": self.diagnosis,
            "samples": {
                "columns": ["at_s", "typed_words", *(f"{engine}_words" for engine in ENGINES)],
                "rows": [
                    [each.at, each.produced, *(each.counted[e] for e in ENGINES)] for each in self.samples
                ],
            },
        }


def _by_target(
    recovered: Mapping[InjectedFault, Mapping[str, float | None]],
) -> dict[str, dict[str, dict[str, float]]]:
    seconds: dict[str, dict[str, list[float]]] = defaultdict(lambda: {engine: [] for engine in ENGINES})
    for struck, by_engine in recovered.items():
        for engine, value in by_engine.items():
            if value is not None:
                seconds[struck.fault.target][engine].append(value)
    return {
        target: {engine: median_and_max(values) for engine, values in by_engine.items()}
        for target, by_engine in sorted(seconds.items())
    }


def tables(document: Mapping[str, Any]) -> list[Table]:
    """What a person wants to know of it at the end."""
    times = Table("target", "faults", *(f"{e}: median" for e in ENGINES), *(f"{e}: most" for e in ENGINES))
    times.title = "seconds from a fault until words produced after it were counted"
    for target, by_engine in document["recovery"].items():
        number = sum(each["target"] == target for each in document["faults"])
        cells = (by_engine[e].get(key, "–") for key in ("median_s", "max_s") for e in ENGINES)
        times.add_row(target, str(number), *map(str, cells))
    counts = Table(
        "engine", "words", "lost", "doubled", title=f"{len(document['faults'])} faults, then the truth"
    )
    for engine, verdict in document["engines"].items():
        counts.add_row(engine, *(f"{verdict[key]:,}" for key in ("words", "lost", "doubled")))
    return [times, counts]
