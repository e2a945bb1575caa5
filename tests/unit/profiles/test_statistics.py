"""Tests on counts, held against scipy and against simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import signal, stats

from leeway.profiles import statistics
from leeway.profiles.dependence import inflation

P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=30)


@pytest.mark.parametrize("distance", [0.01, 0.05, 0.1, 0.3, 0.9])
@pytest.mark.parametrize("sizes", [(400, 300), (20, 30), (10**6, 10**6)])
def test_ks_p_value_is_that_of_the_kolmogorov_distribution(distance, sizes):
    m = statistics.effective_size(*sizes)
    x = (math.sqrt(m) + 0.12 + 0.11 / math.sqrt(m)) * distance
    assert statistics.ks_p_value(distance, m) == pytest.approx(stats.kstwobign.sf(x), abs=1e-5, rel=1e-6)


def test_ks_p_value_is_near_the_exact_one_for_small_samples():
    rng = np.random.default_rng(5)
    for shift in (0.0, 0.4, 0.8):
        found = stats.ks_2samp(rng.normal(size=40), rng.normal(shift, 1, 60), method="exact")
        assert statistics.ks_p_value(found.statistic, 24.0) == pytest.approx(found.pvalue, abs=0.05)


@pytest.mark.parametrize("freedom", [*range(1, 40), 99, 100, 255, 500, 999, 1000, 1999, 2000])
def test_chi_square_tail_is_scipys(freedom):
    for statistic in (1e-12, 0.1, 1.0, freedom * 0.5, freedom, freedom * 1.2 + 3, freedom + 40 * math.sqrt(freedom)):
        expected = stats.chi2.sf(statistic, freedom)
        assert statistics.chi_square_tail(statistic, freedom) == pytest.approx(expected, rel=1e-9, abs=1e-300)


@pytest.mark.parametrize("freedom", [1, 2, 15, 2000])
def test_chi_square_tail_of_huge_statistics_is_zero_and_of_none_one(freedom):
    assert statistics.chi_square_tail(1e9, freedom) == 0.0
    assert statistics.chi_square_tail(1e300, freedom) == 0.0
    assert statistics.chi_square_tail(0.0, freedom) == statistics.chi_square_tail(3.0, 0) == 1.0


@given(st.lists(st.tuples(st.integers(20, 500), st.integers(20, 500)), min_size=2, max_size=20))
def test_chi_square_is_scipys_where_no_cell_is_small(cells):
    table = np.array(cells).T
    expected = stats.chi2_contingency(table, correction=False)
    m = statistics.effective_size(*table.sum(axis=1))
    if expected.expected_freq.min() >= statistics.SMALL_CELL:
        statistic, freedom, p_value = statistics.chi_square(*table, m=m)
        assert (statistic, freedom) == (pytest.approx(expected.statistic, abs=1e-9), expected.dof)
        assert p_value == pytest.approx(expected.pvalue, rel=1e-6, abs=1e-300)


def test_chi_square_pools_small_cells_and_needs_two():
    one, two = np.array([100, *[1] * 40, 0]), np.array([100, *[0] * 40, 40])
    pooled = np.array([100, 40, 0]), np.array([100, 0, 40])
    assert statistics.chi_square(one, two, m=70) == statistics.chi_square(*pooled, m=70)
    for one, two in (([5], [9]), ([], []), ([3, 0], [0, 0]), ([0, 0], [0, 0])):
        assert statistics.chi_square(np.array(one), np.array(two), m=3) == (0.0, 0, 1.0)


def test_chi_square_is_weakened_by_dependence():
    one, two = np.array([500, 500]), np.array([560, 440])
    full, _, _ = statistics.chi_square(one, two, m=500)
    half, _, _ = statistics.chi_square(one, two, m=250)
    assert half == pytest.approx(full / 2)


@given(st.integers(0, 300), st.integers(1, 300), st.integers(0, 300), st.integers(1, 300))
def test_two_proportions_is_the_corrected_chi_square_of_scipy(count1, rest1, count2, rest2):
    n1, n2 = count1 + rest1, count2 + rest2
    z, p_value = statistics.two_proportions(count1, n1, count2, n2, m=statistics.effective_size(n1, n2))
    if count1 + count2:
        expected = stats.chi2_contingency([[count1, rest1], [count2, rest2]], correction=True)
        assert z**2 == pytest.approx(expected.statistic, rel=1e-6, abs=1e-9)
        assert p_value == pytest.approx(expected.pvalue, rel=1e-6)
        assert z * (count2 / n2 - count1 / n1) >= 0
    else:
        assert (z, p_value) == (0.0, 1.0)


def test_two_proportions_of_nothing_are_equal():
    assert statistics.two_proportions(0, 0, 5, 9, m=0) == (0.0, 1.0)
    assert statistics.two_proportions(9, 9, 7, 7, m=4) == (0.0, 1.0)


@given(P_VALUES, st.floats(0.01, 0.3))
def test_benjamini_hochberg_is_scipys(p_values, q):
    kept = statistics.benjamini_hochberg(p_values, q)
    for keep, p in zip(kept, stats.false_discovery_control(p_values), strict=True):
        if abs(p - q) > 1e-9:
            assert keep == (p <= q)
    assert statistics.benjamini_hochberg([], q) == ()


@given(P_VALUES, st.floats(0.01, 0.3))
def test_equal_weights_change_nothing_and_only_their_ratios_matter(p_values, q):
    kept = statistics.benjamini_hochberg(p_values, q)
    assert statistics.benjamini_hochberg(p_values, q, [1.0] * len(p_values)) == kept
    weights = [1.0 + (at % 3) for at in range(len(p_values))]
    scaled = [4 * weight for weight in weights]  # a power of two: no rounding
    assert statistics.benjamini_hochberg(p_values, q, weights) == statistics.benjamini_hochberg(p_values, q, scaled)


def test_weights_move_the_budget_between_tests_and_keep_it():
    assert statistics.benjamini_hochberg([0.03, 0.9], 0.05) == (False, False)
    assert statistics.benjamini_hochberg([0.03, 0.9], 0.05, [1.0, 0.1]) == (True, False)
    assert statistics.benjamini_hochberg([0.9, 0.03], 0.05, [1.0, 0.1]) == (False, False)
    drawn, weights = np.random.default_rng(0).random((4000, 60)), [1.0, 0.2, 0.1] * 20
    any_kept = np.mean([any(statistics.benjamini_hochberg(row.tolist(), 0.05, weights)) for row in drawn])
    assert any_kept == pytest.approx(0.05, abs=0.012)


@given(st.integers(1, 400), st.floats(0.05, 0.95), st.data())
def test_the_bound_on_a_binomial_holds_on_both_sides(of, share, data):
    count = data.draw(st.integers(0, of))
    (found,) = statistics.binomial_bound(np.array([count]), np.array([of]), share)
    law = stats.binom(of, share)
    tail = law.sf(count - 1) if count >= of * share else law.cdf(count)
    assert tail <= math.exp(found) * (1 + 1e-9)
    assert found <= 0


@pytest.mark.parametrize("sizes", [(500, 500), (20_000, 500), (300, 9000)])
def test_the_best_cut_keeps_its_level_however_unlike_the_sizes(sizes):
    rng = np.random.default_rng(2)
    cells = np.full(16, 1 / 16)
    m = statistics.effective_size(*sizes)
    found = np.array([
        statistics.best_cut(rng.multinomial(sizes[0], cells), rng.multinomial(sizes[1], cells), m=m)
        for _ in range(2000)
    ])  # fmt: skip
    for level in (0.05, 0.01):
        assert (found < level).mean() < 1.4 * level


def test_the_best_cut_of_two_cells_is_the_likelihood_ratio_test():
    table = np.array([[60, 40], [45, 75]])
    expected = stats.chi2_contingency(table, correction=False, lambda_="log-likelihood").pvalue
    assert statistics.best_cut(*table, m=statistics.effective_size(100, 120)) == pytest.approx(expected, rel=1e-9)
    assert statistics.best_cut(np.array([5]), np.array([7]), m=3.0) == 1.0
    assert statistics.best_cut(np.array([5, 0]), np.array([7, 0]), m=3.0) == 1.0


@given(P_VALUES)
def test_p_values_put_together_are_one_in_any_order(p_values):
    found = statistics.cauchy(p_values)
    assert 0 <= found <= 1
    assert found == pytest.approx(statistics.cauchy(p_values[::-1]), rel=1e-9)
    assert statistics.cauchy(p_values[:1]) == p_values[0]


def test_a_test_that_sees_nothing_does_not_outvote_one_that_does():
    assert statistics.cauchy([1e-3, 1.0]) < 2.1e-3
    assert statistics.cauchy([1e-300, 1.0, 1.0]) < 1e-290
    assert statistics.cauchy([0.0, 0.0]) < 1e-290
    assert statistics.cauchy([1.0, 1.0]) >= 0.89


def test_p_values_put_together_keep_the_level():
    drawn = np.random.default_rng(0).random((40_000, 2))
    found = np.array([statistics.cauchy(pair) for pair in drawn])
    assert (found < 0.05).mean() < 0.053
    assert (found < 0.01).mean() < 0.0115


@given(st.floats(-40, 40))
def test_normal_tail_is_scipys(z):
    assert statistics.normal_tail(z) == pytest.approx(2 * stats.norm.sf(abs(z)), rel=1e-9)


def test_a_level_in_one_sample_only_is_as_likely_as_a_run_of_coin_tosses():
    assert statistics.only_in_one(3, 0.5) == 0.125
    assert statistics.only_in_one(0, 0.5) == statistics.only_in_one(-2, 0.5) == 1.0


def test_inflation_finds_dependence_and_leaves_independent_rows_alone():
    rng = np.random.default_rng(3)
    noise = rng.normal(size=8000)
    assert 1 <= inflation(noise) < 2
    assert inflation(signal.lfilter([1], [1, -0.9], noise)) > 10  # (1 + .9) / (1 - .9) = 19 by theory
    assert (
        inflation(np.zeros(500)) == inflation(np.full(500, 0.1)) == inflation(noise[:20]) == inflation(noise[:0]) == 1
    )
