"""Durations and quantities as numbers; test_validation.py tests the rules on documents."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordcount_operator.api.rules import Rule, amount, matches, seconds


@pytest.mark.parametrize(
    ("text", "length"),
    [("10s", 10), ("1m30s", 90), ("500ms", 0.5), ("2h", 7200), ("100ms200ms", 0.3), ("1h1h", 7200)],
)
def test_a_duration_is_the_sum_of_its_parts(text: str, length: float) -> None:
    """Without rounding, so that two spellings of one length are equal."""
    assert seconds(text) == length


@pytest.mark.parametrize(
    "text", ["", "10", "s", "-1s", "1.5s", "1d", "10s ", "10s\n", "1 s", "1234567s", "٣s"]
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    """With a sentence that shows one."""
    with pytest.raises(ValueError, match="such as 10s or 1m30s"):
        seconds(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("500m", "0.5"),
        (".5", "0.5"),
        ("1k", 1000),
        ("1Ki", 1024),
        ("1.5Gi", 1610612736),
        ("2M", 2000000),
    ],
)
def test_a_quantity_has_a_value(text: str, value: object) -> None:
    """In the base unit: cores or bytes."""
    assert amount(text) == Decimal(str(value))


@pytest.mark.parametrize("text", ["", "1Gb", "-1", "+1", "1e3", "1 Gi", "1.", "Gi", "1K", "1\n"])
def test_what_is_no_quantity_is_refused(text: str) -> None:
    """With a sentence that names suffixes."""
    with pytest.raises(ValueError, match="suffix such as m, Mi or Gi"):
        amount(text)


@given(st.integers(1, 10**6), st.sampled_from(["Ki", "Mi", "Gi", "Ti", "Pi"]))
def test_binary_suffixes_grow_by_1024(number: int, suffix: str) -> None:
    """Each suffix is 1024 of the one before."""
    before = dict(zip(["Ki", "Mi", "Gi", "Ti", "Pi"], ["", "Ki", "Mi", "Gi", "Ti"], strict=True))[suffix]
    assert amount(f"{number}{suffix}") == 1024 * amount(f"{number}{before}")


def test_a_pattern_is_quoted_for_cel() -> None:
    """Quotes and backslashes of a pattern survive in CEL's text."""
    assert matches(r"^it's\.$", "").cel == r"self.matches('^it\'s\\.$')"


def test_a_rule_names_its_field_for_the_api_server() -> None:
    """`fieldPath` is there only if the rule names a field below the value."""
    assert Rule("true", "fine").validation == {"rule": "true", "message": "fine"}
    assert Rule("true", "fine", field=".a.b").validation["fieldPath"] == ".a.b"
