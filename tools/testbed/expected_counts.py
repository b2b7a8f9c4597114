"""What an example must have counted, by the plain-Python definition, and what it has shown."""

import json
import re
from collections import Counter
from collections.abc import Callable
from itertools import count

import yaml

from tools.testbed import deployment
from tools.testbed.kube import Object, Refused, Space, until
from tools.testbed.topic import Counts
from wordcount_core import generated_text, tokenizer, windows
from wordcount_core.options import Rate, Text
from wordcount_core.top_words import Top, most_frequent
from wordcount_operator.api.validation import read
from wordcount_operator.engines.common.job_options import job_options

_ROW = re.compile(r"^ *(\d+)  +([\d,]+)  (\S.*)$")
# Flink's print connector puts each table between +I[ and ], the bracket right behind the last word.
_PRINTED = re.compile(r"\+I\[.*(\n *\d+ +[^\]]*)\]$", re.MULTILINE)


def check(space: Space, resource: Object) -> None:
    """Waits until a resource's counts are the true ones of its source.

    Raises NotSeen with what they are instead.
    """
    source, sink = resource["spec"]["source"], resource["spec"]["sink"]
    if "kafka" in sink:
        _topic(space, resource, sink["kafka"]["topic"])
    elif "postgres" in sink:
        _rows(space, resource, sink["postgres"]["table"])
    elif "rate" in source:
        _table(space, resource, lambda top: is_prefix(top, source["rate"]))
    else:
        lines = deployment.book() if "socket" in source else prepared(resource)
        window = resource["spec"].get("window")
        counts = newest(lines, resource) if window else tokenizer.count(lines, Text())
        expected = most_frequent(counts.items(), sink["console"]["topN"])
        _table(space, resource, lambda top: top == expected)


def prepared(resource: Object) -> list[str]:
    """The lines that the example with the resource's claim puts there."""
    claim = resource["spec"]["checkpoint"]["storage"]["volume"]["claimName"]
    for path in deployment.EXAMPLES.glob("*/prepare.yaml"):
        made = list(yaml.safe_load_all(path.read_text()))
        if any(each["metadata"]["name"] == claim for each in made):
            texts = [each["data"] for each in made if each["kind"] == "ConfigMap"]
            return [
                line for text in texts for file in text.values() for line in tokenizer.lines(file.encode())
            ]
    raise LookupError(f"no example makes the claim {claim}")


def newest(lines: list[str], resource: Object) -> Counter[str]:
    """The counts of the newest window that is closed once all lines were read; the console shows it last."""
    asked = read(resource)
    window = job_options(
        asked.metadata.name, asked.spec, checkpoint_dir=None, conf={}, progress_port=None
    ).window
    assert window
    good = [each for line in lines if (each := windows.stamped(line))]
    reached = max(instant for instant, _ in good) - windows.delay(window)
    counts = windows.count(good, window, Text())
    return counts[max(span for span in counts if span[1] <= reached)]


def _topic(space: Space, resource: Object, topic: str) -> None:
    name, expected = resource["metadata"]["name"], tokenizer.count(deployment.book(), Text())
    counts = Counts(space, topic)
    try:
        until(
            lambda: counts.equal(expected),
            90,
            f"the counts of {name} equal the truth",
            lambda: f"{counts.difference(expected)}\n{space.diagnosis(name)}",
        )
    finally:
        counts.close()


def _rows(space: Space, resource: Object, table: str) -> None:
    name, expected = resource["metadata"]["name"], tokenizer.count(deployment.book(), Text())
    until(
        lambda: rows(space, table) == expected,
        90,
        f"the rows of {name} equal the truth",
        lambda: space.diagnosis(name),
    )


def rows(space: Space, table: str) -> Counter[str]:
    """Return all rows of a table of running totals; none if there is no table yet."""
    query = f"SELECT json_build_array(word, count) FROM {table}"
    psql = 'PGPASSWORD=$POSTGRES_PASSWORD /opt/postgres/psql -h /data -U $POSTGRES_USER -qAtc "$0" words'
    try:
        said = space.kubectl("exec", "deploy/postgres", "--", "sh", "-c", psql, query)
    except Refused:
        return Counter()
    return Counter(dict(json.loads(line) for line in said.splitlines()))


def _table(space: Space, resource: Object, right: Callable[[Top], bool]) -> None:
    name = resource["metadata"]["name"]
    until(
        lambda: right(last_table(space, resource)),
        60,
        f"the last table in the log of {name} equals the truth",
        lambda: f"{last_table(space, resource)}\n{space.diagnosis(name)}",
    )


def last_table(space: Space, resource: Object) -> Top:
    """The newest complete table of most frequent words in the logs of a resource's pods.

    Empty where there is none.
    """
    name, spec = resource["metadata"]["name"], resource["spec"]
    session = space.status(name).get("session")
    pods = space.names("pods", f"app={session},component=taskmanager") if session else [f"{name}-driver"]
    found = [table for pod in pods for table in tables(space.log(pod, 500))]
    return next((each for each in reversed(found) if len(each) == spec["sink"]["console"]["topN"]), [])


def tables(log: str) -> list[Top]:
    """Return the tables in a log, oldest first."""
    found: list[Top] = []
    for line in _PRINTED.sub(r"\1", log).splitlines():
        if not (row := _ROW.match(line)):
            continue
        if row[1] == "1":
            found.append([])
        if found and len(found[-1]) == int(row[1]) - 1:
            found[-1].append((row[3], int(row[2].replace(",", ""))))
    return found


def is_prefix(top: Top, spec: Object) -> bool:
    """Return whether the table is that of the first n made-up lines, for some n."""
    made = Rate(spec["linesPerSecond"], spec["vocabulary"], spec["seed"])
    counts: Counter[str] = Counter()
    if not top:
        return False
    best, reached = top[0]
    for n in count():
        counts.update(tokenizer.words(generated_text.line(n, made), Text()))
        if counts[best] > reached:
            return False
        if counts[best] == reached and most_frequent(counts.items(), len(top)) == top:
            return True
    return False
