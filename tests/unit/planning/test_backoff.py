"""How long a resource waits after failures in a row; a pure function, so never a clock."""

from wordcount_operator.api.v1alpha1 import Backoff
from wordcount_operator.planning.backoff import JITTER, delay

RULES = Backoff(initial="10s", factor=2, max="1m")


def test_waits_grow_by_the_factor_up_to_the_longest() -> None:
    """Exponential: initial, times factor for each failure in a row, never above max."""
    for failures, whole in enumerate((10, 20, 40, 60, 60), 1):
        assert whole * (1 - JITTER) <= delay(RULES, failures, "uid/1") <= whole


def test_jitter_keeps_a_fleet_out_of_step_and_a_repeated_pass_in_step() -> None:
    """With jitter: resources that fell together come back apart; asked again, the answer is the same."""
    waits = [delay(RULES, 3, f"uid-{n}/1") for n in range(100)]
    assert len(set(waits)) > 90
    assert max(waits) - min(waits) > 4
    assert delay(RULES, 3, "uid-1/1") == waits[1]
