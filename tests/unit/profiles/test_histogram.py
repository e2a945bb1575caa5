"""Bins from the bits of a number: ordered, complete, narrow."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from leeway.profiles.histogram import SIZE, Histogram, tally
from leeway.profiles.ragged import Bins

SINGLE = float(np.finfo(np.float32).max)
finite = st.floats(allow_nan=False, allow_infinity=False, max_value=SINGLE, min_value=-SINGLE)
centres = st.sampled_from([0.0, 1.0, -3.5, 1e6, 1e-30, -1e30])


def key(value: float, centre: float = 0.0) -> int:
    (only,) = Histogram.of(np.array([value]), centre).keys
    return int(only)


@given(finite, finite, centres)
def test_keys_sort_like_numbers(one, two, centre):
    low, high = sorted((one, two))
    assert key(low, centre) <= key(high, centre)


@given(st.lists(finite, max_size=50), centres)
@example([1e6], 1e6)  # the bin about the centre is narrower there than two neighbouring doubles
def test_every_number_is_counted_once_between_the_edges_of_its_bin(values, centre):
    found = Histogram.of(np.array(values, dtype=float), centre)
    assert found.total == len(values)
    assert (np.diff(found.keys.astype(int)) > 0).all()
    lower, upper = found.edges(centre)
    assert np.isfinite(lower).all()
    assert np.isfinite(upper).all()
    assert (lower <= upper).all()
    from_the_centre = found.edges(0.0)
    assert (from_the_centre[0] < from_the_centre[1]).all()


@given(st.floats(min_value=1e-30, max_value=1e30), st.sampled_from([1.0, -1.0]))
def test_a_bin_is_a_thirty_second_of_the_distance_wide_at_most(distance, sign):
    lower, upper = (float(edge[0]) for edge in Histogram.of(np.array([sign * distance])).edges(0.0))
    assert lower - 1e-7 * distance <= sign * distance <= upper + 1e-7 * distance
    assert upper - lower <= distance / 32 * 1.0001


def test_zero_has_one_key_whatever_its_sign():
    assert key(-0.0) == key(0.0) == SIZE // 2
    assert key(5.0, 5.0) == key(0.0)


def test_numbers_below_the_reach_of_single_precision_count_as_the_centre_or_next_to_it():
    assert key(5e-324) == key(0.0)
    assert key(-5e-324) == key(0.0) - 1
    assert key(1e-300) == key(0.0)
    assert key(-1.0) < key(-1e-40) <= key(-5e-324) < key(1e-40) + 1 <= key(1.0)


def test_numbers_beyond_single_precision_are_seen():
    assert tally(np.array([1.0, SINGLE, -SINGLE]), 0.0).finite
    for value in (1e39, -1e39, 1e300, np.inf, -np.inf, np.nan):
        assert not tally(np.array([1.0, value]), 0.0).finite


def test_parts_add_up_to_the_whole_over_blocks():
    values = np.random.default_rng(0).standard_cauchy(150_000)
    whole, parts = Histogram.of(values, 0.3), [Histogram.of(part, 0.3) for part in np.array_split(values, 7)]
    merged = Bins.merged([Bins.of([Histogram.empty(), part]) for part in parts])
    assert np.array_equal(whole.keys, merged.histogram(1).keys)
    assert np.array_equal(whole.counts, merged.histogram(1).counts)
    assert merged.histogram(0).total == Histogram.empty().total == 0


def test_bins_of_many_columns_add_up_column_by_column():
    """More columns than are added up at a time, each with values of its own."""
    columns = [Histogram.of(np.full(3, float(at)), 100.0) for at in range(300)]
    merged = Bins.merged([Bins.of(columns), Bins.of([Histogram.empty()] * 300), Bins.of(columns)])
    for at, column in enumerate(columns):
        found = merged.histogram(at)
        assert (found.keys.tolist(), found.counts.tolist()) == (column.keys.tolist(), [6])


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10_000), st.floats(0, 1))
@example(0, 0.001)
def test_quantiles_are_right_to_the_width_of_a_bin(seed, share):
    values = np.sort(np.random.default_rng(seed).normal(50, 10, 2000))
    found = Histogram.of(values, 50.0).quantile(share, 50.0)
    exact = values[min(np.searchsorted(np.arange(1, 2001), share * 2000), 1999)]
    assert abs(found - exact) <= abs(exact - 50) / 31 + 1e-9


def test_nothing_has_no_quantile():
    with pytest.raises(ValueError, match="nothing"):
        Histogram.empty().quantile(0.5, 0.0)
