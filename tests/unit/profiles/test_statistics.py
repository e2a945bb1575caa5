"""Statistics on counts, held against scipy on rows and against simulation."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import signal, stats

from leeway.profiles import histogram, statistics

counts = st.dictionaries(st.integers(0, 20), st.integers(1, 50), min_size=1)


def test_ks_distance_is_that_of_the_rows():
    rng = np.random.default_rng(1)
    one, two = rng.normal(0, 1, 3000), rng.normal(0.2, 1.1, 2000)
    exact = stats.ks_2samp(one, two)
    distance = statistics.ks_distance(histogram.of(one), histogram.of(two))
    assert distance == pytest.approx(exact.statistic, abs=0.002)
    assert distance <= exact.statistic + 1e-12


@pytest.mark.parametrize("distance", [0.01, 0.05, 0.1, 0.3])
def test_ks_p_value_is_that_of_the_kolmogorov_distribution(distance):
    m = statistics.effective_size(400, 300)
    x = (math.sqrt(m) + 0.12 + 0.11 / math.sqrt(m)) * distance
    assert statistics.ks_p_value(distance, m) == pytest.approx(stats.kstwobign.sf(x), abs=1e-5)


@given(counts, counts)
def test_distances_are_symmetric_shares(one, two):
    for distance in (statistics.ks_distance, statistics.total_variation):
        assert distance(one, two) == pytest.approx(distance(two, one))
        assert -1e-12 <= distance(one, two) <= 1 + 1e-12
        assert distance(one, one) == 0


def test_chi_square_is_scipys_where_no_cell_is_small():
    one, two = {"a": 100, "b": 60, "c": 40}, {"a": 80, "b": 90, "c": 30}
    expected = stats.chi2_contingency([[100, 60, 40], [80, 90, 30]], correction=False)
    statistic, p_value = statistics.chi_square(one, two, m=statistics.effective_size(200, 200))
    assert statistic == pytest.approx(expected.statistic)
    assert p_value == pytest.approx(expected.pvalue)


def test_chi_square_pools_small_cells_and_needs_two():
    rare = {f"rare{i}": 1 for i in range(40)}
    current = {"a": 100, "b": 40}
    assert statistics.chi_square({"a": 100, **rare}, current, m=70) == statistics.chi_square(
        {"a": 100, "together": 40}, current, m=70
    )
    assert statistics.chi_square({"a": 5}, {"a": 9}, m=3) == (0.0, 1.0)


def test_bias_correction_takes_the_number_of_levels_out():
    rng = np.random.default_rng(2)
    one, two = (Counter(rng.integers(0, 500, 2000).tolist()) for _ in range(2))
    assert statistics.total_variation(one, two) > 0.15
    assert statistics.total_variation_excess(one, two, m=1000) < 0.02
    assert statistics.ks_excess(0.02, 1000) == 0


def test_two_proportions_sees_direction_and_certainty():
    z, p_value = statistics.two_proportions(0.03, 0.15, pooled=0.09, m=1000)
    assert z > 10
    assert p_value < 1e-6
    assert statistics.two_proportions(0.0, 0.0, pooled=0.0, m=1000) == (0.0, 1.0)


@given(st.lists(st.floats(0, 1), max_size=30), st.floats(0.01, 0.3))
def test_benjamini_hochberg_is_scipys(p_values, q):
    kept = statistics.benjamini_hochberg(p_values, q)
    adjusted = stats.false_discovery_control(p_values) if p_values else []
    for keep, p in zip(kept, adjusted, strict=True):
        if abs(p - q) > 1e-9:
            assert keep == (p <= q)


def test_inflation_finds_dependence_and_leaves_independent_rows_alone():
    rng = np.random.default_rng(3)
    noise = rng.normal(size=8000)
    assert statistics.inflation(noise) < 2
    assert statistics.inflation(signal.lfilter([1], [1, -0.9], noise)) > 10
    assert statistics.inflation(np.zeros(500)) == 1
    assert statistics.inflation(noise[:20]) == 1
