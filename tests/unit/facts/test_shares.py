from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leeway.facts.shares import MOST_BINS, MOST_LEVELS, OTHER, bins, levels
from leeway.profiles.building import profile_frame

NUMBERS = st.lists(st.floats(-1e6, 1e6, width=32) | st.integers(-50, 50).map(float), min_size=1, max_size=60)


def columns(before, now):
    """Two profiles of one column, counted alike."""
    reference = profile_frame(pd.DataFrame({"x": before}))
    return reference.columns["x"], profile_frame(pd.DataFrame({"x": now}), like=reference.layout).columns["x"]


@settings(max_examples=60, deadline=None)
@given(NUMBERS, NUMBERS)
def test_bins_are_few_and_touch_and_hold_all_values_of_both_sides(before, now):
    found = bins(*columns(np.array(before), np.array(now)))
    assert len(found) <= MOST_BINS
    assert [one.high for one in found[:-1]] == [one.low for one in found[1:]]
    ends = [one.low for one in found if one.low is not None]
    assert ends == sorted(set(ends))
    for side in ("reference", "current"):
        shares = [getattr(one, side) for one in found]
        assert math.fsum(shares) == pytest.approx(1)
        assert min(shares) >= -1e-12


@settings(max_examples=40, deadline=None)
@given(*2 * [st.lists(st.integers(-15, 15), min_size=1, max_size=50)])
def test_whole_numbers_are_counted_one_by_one_where_there_is_room(before, now):
    found = bins(*columns(np.array(before), np.array(now)))
    for side, values in (("reference", before), ("current", now)):
        counts = Counter(values)
        told = {one.low: getattr(one, side) for one in found if getattr(one, side) > 1e-9}
        assert told == pytest.approx({float(value): count / len(values) for value, count in counts.items()})


def test_one_far_value_does_not_squeeze_the_others():
    values = np.random.default_rng(0).normal(0, 1, 5_000)
    found = bins(*columns(values, np.append(values, 1e9)))
    assert found[-1].high is None
    assert 0 < found[-1].current < 0.02
    assert len(found) > 10


def test_ends_of_bins_are_round():
    found = bins(*columns(*2 * [np.random.default_rng(1).uniform(0, 1, 2_000)]))
    assert all(len(repr(one.low)) <= 6 for one in found if one.low is not None)


def test_a_column_without_values_has_no_bins():
    reference, current = columns(np.array([1.0, 2.0]), np.array([np.nan, np.nan]))
    assert {one.current for one in bins(reference, current)} == {None}
    assert bins(None, current) == ()


def test_without_a_reference_only_the_window_is_told():
    _, current = columns(*2 * [np.arange(100.0)])
    found = bins(None, current)
    assert {one.reference for one in found} == {None}
    assert math.fsum(one.current for one in found) == pytest.approx(1)


@settings(max_examples=40, deadline=None)
@given(*2 * [st.lists(st.integers(0, 60).map(str), min_size=1, max_size=150)])
def test_levels_are_few_and_add_up(before, now):
    found = levels(*columns(before, now))
    assert len(found) <= MOST_LEVELS + 1
    assert math.fsum(one.reference for one in found) == pytest.approx(1)
    assert math.fsum(one.current for one in found) == pytest.approx(1)
    for one in found:
        if one.level != OTHER:
            assert one.current == pytest.approx(now.count(one.level) / len(now))


def test_the_most_frequent_levels_of_either_side_come_first():
    found = levels(*columns(["a"] * 5 + ["b"] * 5, ["c"] * 9 + ["b"]))
    assert [one.level for one in found] == ["c", "a", "b"]
