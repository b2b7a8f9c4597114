"""Twenty faults hit both engines, their servers and the API server; no count changes."""

import pytest

from tools.chaos import setup
from tools.chaos.report import tables
from tools.chaos.run import run
from tools.cluster.terminal import console
from tools.testbed import deployment
from tools.testbed.kube import Space
from tools.testbed.pair import Pair

FAULTS = 20
SEED = 8


@pytest.fixture
def alone(operator: Space, request: pytest.FixtureRequest) -> None:
    """Remove the pair of the earlier tests, if there is one: its watches would not survive a restart of the
    API server.
    """
    if any("pair" in getattr(item, "fixturenames", ()) for item in request.session.items):
        pair: Pair = request.getfixturevalue("pair")
        pair.producer.close()
        for follower in pair.counts.values():
            follower.close()
        deployment.remove(pair.space, wait=False)


@pytest.mark.usefixtures("alone")
def test_no_word_is_lost_or_doubled() -> None:
    """Whatever dies, hangs or is edited, in whatever order: the last upsert of each word is the input topic's
    own count.
    """
    with setup.prepared(setup.USUAL) as space:
        report = run(space, setup.USUAL, SEED, FAULTS)
    for table in tables(report.document()):
        console.print(table)
    assert not report.problem, f"{report.problem}\n{report.diagnosis}"
    assert len(report.struck) == FAULTS
    for verdict in report.verdicts.values():
        assert verdict["words"] > 0
        assert verdict["lost"] == verdict["doubled"] == 0
