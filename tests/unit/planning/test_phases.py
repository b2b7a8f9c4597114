"""The table of phases, row by row; never how a row is chosen."""

import pytest

from wordcount_operator.planning.phases import TABLE, Phase

RESTS = {"Running", "Suspended", "Stalled", "Failed", "RolledBack"}


@pytest.mark.parametrize("row", [row for _, row in TABLE], ids=lambda row: row.name)
def test_what_rests_is_not_progressing(row: Phase) -> None:
    """Never Progressing for ever: what waits for nothing, or for a person, is Ready or Stalled; exactly one of the three holds."""
    assert (row.ready, row.reconciling, row.stalled).count(True) == 1
    assert row.reconciling is (row.name not in RESTS)
