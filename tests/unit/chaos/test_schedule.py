"""The schedule follows from the seed, covers every target, and asks only for allowed edits."""

from itertools import islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.builders import resource
from tools.chaos.schedule import ACTS, EDITS, GAP, LASTING, Fault, change, faults, targets
from tools.chaos.setup import STORAGE, counting
from wordcount_operator.api.v1alpha1 import Spec

SEEDS = st.integers(min_value=0)
STORAGES = st.sampled_from(["volume", "s3"])


def drawn(seed: int, storage: str, number: int) -> tuple[Fault, ...]:
    """The first so many faults."""
    return tuple(islice(faults(seed, targets(storage)), number))


@given(SEEDS, STORAGES, st.integers(0, 60))
def test_the_same_seed_is_the_same_schedule(seed: int, storage: str, number: int) -> None:
    """A longer run begins as the shorter one."""
    assert drawn(seed, storage, number) == drawn(seed, storage, 60)[:number]


def test_another_seed_is_another_schedule() -> None:
    """Or the seed would be none."""
    assert len({drawn(seed, "s3", 20) for seed in range(50)}) == 50


@given(SEEDS, STORAGES)
def test_every_target_is_struck_before_one_is_struck_again(seed: int, storage: str) -> None:
    """So twenty faults hit everything; what is not there is never a target."""
    among = targets(storage)
    assert {fault.target for fault in drawn(seed, storage, len(among))} == set(among)
    assert ("S3" in among) == (storage == "s3")


@given(SEEDS)
def test_gaps_are_bounded_and_about_five_seconds(seed: int) -> None:
    """Two hundred faults take some 18 minutes, whatever the seed."""
    times = [0.0, *(fault.at for fault in drawn(seed, "s3", 200))]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert GAP[0] <= min(gaps) + 1e-6
    assert max(gaps) <= GAP[2] + 1e-6
    assert 3 < sum(gaps) / len(gaps) < 7


@given(SEEDS)
def test_acts_fit_their_targets(seed: int) -> None:
    """What is undone lasts a bounded time, and nothing else lasts."""
    for fault in drawn(seed, "s3", 100):
        assert fault.act in ACTS[fault.target]
        least, most = LASTING.get(fault.act, (0, 0))
        assert least <= fault.lasts <= most
        assert (fault.act == "edit") == (fault.field in EDITS)


@given(SEEDS)
def test_each_edit_changes_something(seed: int) -> None:
    """An edit never sets what the resource has already."""
    said: dict[tuple[str, str], object] = {}
    for fault in drawn(seed, "s3", 200):
        if fault.act == "edit":
            assert said.get((fault.target, fault.field)) != fault.value
            said[fault.target, fault.field] = fault.value


@pytest.mark.parametrize("engine", ["spark", "flink"])
@pytest.mark.parametrize(("field", "values"), EDITS.items())
def test_edits_are_allowed(engine: str, field: str, values: tuple[object, ...]) -> None:
    """The models that the CRD is made from take each of them, and the first of them is not the default."""
    before = resource(engine).spec
    for number, value in enumerate(values):
        document = before.model_dump(by_alias=True, exclude_defaults=True)
        outer, inner = next(iter(change(field, value).items()))
        document[outer] = {**document.get(outer, {}), **inner} if isinstance(inner, dict) else inner
        after = Spec.model_validate(document)
        assert number > 0 or after != before


def test_a_dotted_field_is_a_nested_change() -> None:
    """As a merge patch wants it."""
    assert change("a.b.c", 1) == {"a": {"b": {"c": 1}}}
    assert change("a", None) == {"a": None}


@pytest.mark.parametrize("engine", ["spark", "flink"])
@pytest.mark.parametrize("storage", STORAGE)
def test_the_resources_are_allowed(engine: str, storage: str) -> None:
    """What setup.py applies is a valid spec, on either storage."""
    assert Spec.model_validate(counting(engine, storage)["spec"]).engine == engine
