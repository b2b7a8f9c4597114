"""The table of phases, row by row; never how a row is chosen."""

import pytest

from wordcount_operator.planning.phases import PHASES, TABLE, Phase

RESTS = {"Running", "Suspended", "Stalled", "Failed", "RolledBack"}


@pytest.mark.parametrize("row", [row for _, row in TABLE], ids=lambda row: row.name)
def test_what_rests_is_not_progressing(row: Phase) -> None:
    """Never Progressing for ever: what waits for nothing, or for a person, is Ready or Stalled; exactly one
    of the three holds.
    """
    assert (row.ready, row.reconciling, row.stalled).count(True) == 1
    assert row.reconciling is (row.name not in RESTS)


def test_every_phase_is_one_row_with_its_next_step() -> None:
    """Rows of the table may say more precisely what a phase means, and never have another next step."""
    rows = {phase.name: phase for phase in PHASES}
    assert rows.keys() == {result.name for _, result in TABLE}
    for _, result in TABLE:
        assert result.because(rows[result.name].meaning) == rows[result.name]
        assert result.next_step
