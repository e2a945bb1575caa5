"""Bins from the bits of a number: ordered, complete, narrow."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leeway.profiles import histogram

finite = st.floats(allow_nan=False, allow_infinity=False, max_value=1e150, min_value=-1e150)


def key(value: float) -> int:
    (only,) = histogram.of(np.array([value]))
    return only


@given(finite, finite)
def test_keys_sort_like_numbers(one, two):
    low, high = sorted((one, two))
    assert key(low) <= key(high)


@given(st.lists(finite, max_size=50))
def test_every_number_is_counted_once(values):
    assert sum(histogram.of(np.array(values, dtype=float)).values()) == len(values)


@given(st.floats(min_value=1e-30, max_value=1e30) | st.floats(min_value=-1e30, max_value=-1e-30))
def test_a_bin_is_less_than_one_percent_wide(value):
    edge = histogram.lower_edge(key(value))
    assert abs(edge) <= abs(value) * (1 + 1e-6)
    assert abs(value - edge) <= 0.008 * abs(value)


def test_zero_has_one_key_whatever_its_sign():
    assert key(-0.0) == key(0.0)
    assert histogram.lower_edge(key(0.0)) == 0.0


def test_quantiles_are_right_to_the_width_of_a_bin():
    values = np.random.default_rng(0).normal(50, 10, 5000)
    counts = histogram.of(values)
    for share in (0.1, 0.5, 0.9):
        assert histogram.quantile(counts, share) == pytest.approx(np.quantile(values, share), rel=0.01)
    with pytest.raises(ValueError, match="nothing"):
        histogram.quantile({}, 0.5)
