"""Champion and challenger on the same rows: identical models tie, days are the unit, few days widen the interval."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leeway.errors import TrainingError
from leeway.evaluation.compare import chance_not_worse, compare, compare_slices

RNG = np.random.default_rng(0)


def days(count: int, each: int) -> np.ndarray:
    return np.repeat(np.arange(count), each)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 100), st.integers(0, 5)), min_size=1, max_size=30))
def test_a_model_against_itself_gains_exactly_nothing(rows):
    loss, blocks = (np.array(column) for column in zip(*rows, strict=True))
    found = compare(loss, loss, blocks)
    assert found.gain == 0
    assert found.p_value >= 0.5
    assert found.low <= 0 <= found.high


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 9), st.floats(0, 9), st.integers(0, 9)), min_size=2, max_size=40),
    st.randoms(use_true_random=False),
)
def test_exchanging_the_models_mirrors_the_comparison_and_the_order_of_rows_is_nothing(rows, random):
    first, second, blocks = (np.array(column) for column in zip(*rows, strict=True))
    there, back = compare(first, second, blocks), compare(second, first, blocks)
    assert back.gain == pytest.approx(-there.gain)
    assert (back.low, back.high) == pytest.approx((-there.high, -there.low))
    order = list(range(len(rows)))
    random.shuffle(order)
    shuffled = compare(first[order], second[order], blocks[order])
    assert (shuffled.gain, shuffled.low) == pytest.approx((there.gain, there.low), abs=1e-9)


def test_a_clear_gain_is_found():
    champion = RNG.normal(1.0, 0.2, 400)
    found = compare(champion, champion - RNG.normal(0.1, 0.1, 400), days(20, 20))
    assert found.gain == pytest.approx(0.1, abs=0.02)
    assert found.p_value < 0.001
    assert found.low > 0
    assert (found.rows, found.blocks) == (400, 20)
    assert found.champion_loss == pytest.approx(champion.mean())


def test_the_interval_holds_the_truth_as_often_as_it_says_when_days_vary():
    hits = 0
    for _ in range(300):
        effect = 0.1 + np.repeat(RNG.normal(0, 0.5, 12), 30) + RNG.normal(0, 0.5, 360)
        found = compare(effect, np.zeros(360), days(12, 30), confidence=0.9)
        hits += found.low <= 0.1 <= found.high
    assert 0.84 <= hits / 300 <= 0.95


def test_the_p_value_is_that_of_a_t_test_on_day_means_if_days_are_equally_long():
    from scipy import stats

    difference = RNG.normal(0.05, 1, 120)
    found = compare(difference, np.zeros(120), days(10, 12))
    expected = stats.ttest_1samp(difference.reshape(10, 12).mean(axis=1), 0, alternative="greater")
    assert found.p_value == pytest.approx(expected.pvalue)


@pytest.mark.parametrize("blocks", [days(1, 60), days(2, 30), days(3, 20)])
def test_few_days_widen_the_interval(blocks):
    difference = RNG.normal(0.1, 1, 60)
    few = compare(difference, np.zeros(60), blocks)
    single = compare(difference, np.zeros(60), np.arange(60))
    assert few.high - few.low >= 1.99 * (single.high - single.low)
    assert few.p_value > single.p_value or single.gain < 0


def test_one_row_proves_nothing():
    found = compare(np.array([3.0]), np.array([1.0]), np.array([0]))
    assert found.p_value == 1.0
    assert found.low < 0 < found.high


def test_what_cannot_be_compared_is_refused():
    with pytest.raises(TrainingError, match="no rows"):
        compare(np.empty(0), np.empty(0), np.empty(0, dtype=int))
    with pytest.raises(TrainingError, match="1 of 2 rows"):
        compare(np.array([1.0, np.nan]), np.array([1.0, 1.0]), np.array([0, 1]))


def test_the_chance_of_being_worse_mirrors_the_p_value():
    difference = RNG.normal(-0.2, 1, 200)
    found = compare(difference, np.zeros(200), days(10, 20), confidence=0.8)
    assert chance_not_worse(found) == pytest.approx(1 - found.p_value)
    assert chance_not_worse(found, margin=0.5) > chance_not_worse(found)


def test_slices_keep_the_frequent_levels_with_enough_rows():
    frame = pd.DataFrame(
        {
            "place": ["a"] * 100 + ["b"] * 60 + ["c"] * 30 + ["rare"] * 10,
            "size": pd.array([1] * 150 + [None] * 50, dtype="Int64"),
        }
    )
    loss = RNG.random(200)
    found = compare_slices(frame, loss, loss * 0.9, np.arange(200), min_rows=30, max_levels=2)
    assert set(found) == {"place=a", "place=b", "size=1", "size=(missing)"}
    assert found["place=b"].rows == 60
    assert found["place=b"].champion_loss == pytest.approx(loss[100:160].mean())
