"""A real Prometheus scrapes operator and engines: metrics, the dashboard's queries, the alerts."""

from collections.abc import Iterator

import pytest
import yaml

from tests.support import prometheus
from tests.support.prometheus import Prometheus
from tools.generate.metrics_reference import names
from tools.testbed import ENGINES
from tools.testbed.deployment import book
from tools.testbed.kube import Space, until
from tools.testbed.pair import Pair, resource

NAMES = {engine: f"pair-{engine}" for engine in ENGINES}
STALLED = "waits-for-a-person"
ONE = "wordcount_operator_resource_"
"""How the metrics of one resource begin."""
ABSENT = {f"{ONE}late_lines", f"{ONE}bad_lines"}
"""What a resource without a window does not have."""


@pytest.fixture(scope="module")
def scraping(pair: Pair) -> Iterator[Prometheus]:
    """It scrapes while the pair counts some lines, and beside the pair there is a resource that somebody must
    mend.
    """
    pair.space.apply(resource(STALLED, "spark", source={"files": {"path": "/elsewhere"}}))
    try:
        with prometheus.running() as found:
            pair.producer.send(book()[:200])
            pair.settle()
            yield found
    finally:
        pair.space.delete("swc", STALLED)
        until(lambda: STALLED not in pair.space.names("swc"), 60, f"{STALLED} goes")


def pods(pair: Pair, operator: Space) -> set[str]:
    """The pods that say that they want to be scraped: the operator's, Spark's driver, Flink's session."""
    session = pair.space.status("pair-flink")["session"]
    driver = "streaming.wordcount.dev/name=pair-spark,streaming.wordcount.dev/role=driver"
    return {
        *operator.names("pods", "app.kubernetes.io/name=streaming-wordcount-operator"),
        *pair.space.names("pods", driver),
        *pair.space.names("pods", f"app={session}"),
    }


def test_every_pod_is_scraped(scraping: Prometheus, pair: Pair, operator: Space) -> None:
    """By its annotations, each once: two operators, a driver, a JobManager and a TaskManager at least."""
    wanted = pods(pair, operator)
    assert len(wanted) >= 5

    def up() -> bool:
        return wanted <= {pod for pod, trouble in scraping.targets().items() if not trouble}

    until(up, 60, f"{', '.join(sorted(wanted))} are scraped", lambda: str(scraping.targets()))


@pytest.mark.parametrize("engine", ENGINES)
def test_every_documented_metric_is_there(engine: str, scraping: Prometheus, pair: Pair) -> None:
    """Those of a resource with its namespace and name, from the one replica that acts."""
    labels = f'{{namespace="{pair.space.name}", name="{NAMES[engine]}"}}'

    def missing() -> list[str]:
        asked = {name: f"{name}{labels if name.startswith(ONE) else ''}" for name in names()}
        return [name for name, query in asked.items() if not scraping.query(query) and name not in ABSENT]

    until(lambda: not missing(), 30, "all metrics are there", lambda: f"missing: {missing()}")
    assert scraping.value("sum(wordcount_operator_leader)") == 1


@pytest.mark.parametrize("engine", ENGINES)
def test_what_was_counted_is_what_the_status_says(engine: str, scraping: Prometheus, pair: Pair) -> None:
    """Once the counts stand still, the status and the metric have the same number of words."""
    query = f'{ONE}words{{namespace="{pair.space.name}", name="{NAMES[engine]}"}}'

    def both() -> tuple[float | None, int]:
        return scraping.value(query), pair.space.status(NAMES[engine])["progress"]["words"]

    def same() -> bool:
        shown, documented = both()
        return shown == documented > 0

    until(same, 45, f"{query} is what the status says", lambda: str(both()))


def test_every_query_of_the_dashboard_has_an_answer(scraping: Prometheus, pair: Pair) -> None:
    """For the namespace and both resources of the pair, as Grafana would ask."""
    queries = list(prometheus.asked(pair.space.name, NAMES))

    def silent() -> list[tuple[str, str]]:
        return [(title, query) for title, query in queries if not scraping.query(query)]

    until(lambda: not silent(), 45, "each panel shows something", lambda: f"no answer: {silent()}")


def test_the_alerts_are_evaluated_and_one_that_should_is_raised(scraping: Prometheus, pair: Pair) -> None:
    """Of a resource that waits for a person; `for` keeps it pending for its first minutes.

    Others are quiet of it.
    """
    documented = {
        rule["alert"]
        for group in yaml.safe_load(prometheus.ALERTS.read_text())["groups"]
        for rule in group["rules"]
    }
    assert set(scraping.rules()) == documented

    def raised() -> list[tuple[str, str]]:
        alerts = [
            (name, alert["state"])
            for name, rule in scraping.rules().items()
            for alert in rule["alerts"]
            if alert["labels"].get("name") == STALLED
        ]
        healthy = all(rule["health"] == "ok" for rule in scraping.rules().values())
        return alerts if healthy else []

    found = until(raised, 45, "WordCountStalled is raised", lambda: str(scraping.rules()))
    assert [name for name, _ in found] == ["WordCountStalled"]
    assert scraping.rules()["WordCountOperatorWithoutLeader"]["state"] == "inactive"
