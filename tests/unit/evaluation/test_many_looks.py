"""Many tests, one error rate; what a comparison can show; and what a gain is worth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from leeway.core import MetricGain, Task
from leeway.evaluation.base import Exam
from leeway.evaluation.compare import compare
from leeway.evaluation.multiplicity import holm, spent
from leeway.evaluation.pays import Pays
from leeway.evaluation.power import detectable
from leeway.evaluation.versus import PerSlice, VersusChampion
from leeway.evaluation.worth import LEAST_SPREAD, Prior, needed

P_VALUES = st.dictionaries(st.sampled_from("abcdefgh"), st.floats(0, 1))


def gain(points: float, error: float = 0.5) -> MetricGain:
    half = 2 * error
    facts = {"low": points - half, "high": points + half, "confidence": 0.95, "p_value": 0.5}
    return MetricGain(metric="auc", rows=900, blocks=9, points=points, error=error, **facts)


def exam(**changes) -> Exam:
    champion = np.ones(400)
    found = compare(champion, champion - np.random.default_rng(0).normal(0.02, 0.1, 400), np.arange(400) // 20)
    given = {"task": Task.BINARY, "metric": "auc", "metrics": {}, "baseline_metrics": {}, "has_champion": True}
    return Exam(**given | {"comparison": found} | changes)


@given(P_VALUES, st.floats(0.001, 0.5))
def test_holm_rejects_all_that_bonferroni_does_and_only_small_p_values(p_values, alpha):
    rejected = set(holm(p_values, alpha))
    assert rejected >= {name for name, p_value in p_values.items() if p_value <= alpha / len(p_values)}
    assert all(p_values[name] <= alpha for name in rejected)


@given(st.floats(0.001, 0.999), st.integers(1, 40))
def test_all_looks_together_spend_alpha_and_no_more(alpha, looks):
    parts = [spent(alpha, earlier=earlier, looks=looks) for earlier in range(looks + 5)]
    assert sum(parts) == pytest.approx(alpha)
    assert parts == sorted(parts, reverse=True)
    assert parts[looks:] == [0.0] * 5


def test_a_detectable_difference_is_found_in_eight_of_ten_cases():
    random, days = np.random.default_rng(1), np.repeat(np.arange(15), 20)
    error = np.sqrt(0.25 / 15 + 1 / 300)
    size, found = detectable(error, 14, 0.1), 0
    for _ in range(500):
        difference = size + random.normal(0, 0.5, 15)[days] + random.normal(0, 1, 300)
        found += compare(difference, np.zeros(300), days).p_value <= 0.1
    assert 0.75 <= found / 500 <= 0.85


def test_every_look_needs_more_and_after_the_last_one_new_windows_are_asked_for():
    gate = VersusChampion(kind="versus_champion", better=True)
    results = [gate.examine(exam(looks=looks, holdout_looks=3)) for looks in range(4)]
    assert [result.facts.get("alpha", 0.0) for result in results] == sorted(
        (result.facts.get("alpha", 0.0) for result in results), reverse=True
    )
    assert results[0].facts["detectable"] < results[2].facts["detectable"]
    assert "look 2 of 3" in results[1].sentence
    assert not results[3].passed
    assert "Wait until new windows have labels" in results[3].sentence


def test_a_gate_says_what_its_rows_can_show():
    for better, word in ((True, "fall"), (False, "rise")):
        result = VersusChampion(kind="versus_champion", better=better).examine(exam())
        assert f"A true {word} of {result.facts['detectable']:.4g}" in result.sentence
        assert "8 of 10 cases" in result.sentence


def test_a_slices_own_margin_goes_before_its_columns_and_the_common_one():
    gate = PerSlice(kind="per_slice", margin=0.02, margins={"carrier": 0.1, "carrier=B6": 0.3})
    assert [gate.margin_of(name) for name in ("carrier=B6", "carrier=UA", "origin=JFK")] == [0.3, 0.1, 0.02]
    champion = np.ones(400)
    worse = compare(champion, champion + np.random.default_rng(2).normal(0.2, 0.1, 400), np.arange(400) // 20)
    assert gate.examine(exam(slices={"carrier=B6": worse})).passed
    result = gate.examine(exam(slices={"carrier=B6": worse, "carrier=UA": worse}))
    assert not result.passed
    assert "carrier=UA: 0." in result.sentence
    assert "its margin (10.00% to 30.00%)" in result.sentence


def test_a_margin_is_not_negative():
    with pytest.raises(ValidationError):
        PerSlice(kind="per_slice", margins={"carrier": -0.1})


@given(st.lists(st.floats(-5, 5), max_size=6), st.floats(-5, 5), st.floats(0.01, 5))
def test_an_expected_gain_lies_between_the_measured_one_and_the_mean_of_the_past(past, points, error):
    prior = Prior.of([gain(each) for each in past])
    expected = prior.expected(gain(points, error))
    assert prior.spread >= LEAST_SPREAD
    assert min(prior.mean, points) - 1e-9 <= expected <= max(prior.mean, points) + 1e-9


def test_an_uncertain_gain_is_believed_less_and_one_among_many_large_ones_more():
    fresh, used = Prior.of([]), Prior.of([gain(2.0)] * 6)
    assert fresh.expected(gain(1.0, 0.1)) > fresh.expected(gain(1.0, 2.0)) > 0
    assert used.expected(gain(1.0, 2.0)) > fresh.expected(gain(1.0, 2.0))


@pytest.mark.parametrize(("cost", "passed"), [(0.0, True), (0.1, True), (1.0, False)])
def test_a_retrain_pays_if_its_gain_over_its_life_exceeds_its_cost(cost, passed):
    result = Pays(kind="pays").examine(exam(gain=gain(1.5, 0.2), retrain_cost=cost, life=8.0))
    assert result.passed is passed
    assert result.facts["needed"] == pytest.approx(needed(cost, 8.0))
    assert "auc gains 1.5 points" in result.sentence


def test_a_gain_that_lasts_may_be_smaller():
    small = exam(gain=gain(0.4, 0.1), retrain_cost=0.1)
    assert Pays(kind="pays", windows=20).examine(small).passed
    assert not Pays(kind="pays", windows=4).examine(small).passed


def test_without_a_fair_comparison_nothing_pays():
    assert not Pays(kind="pays").examine(exam(comparison=None)).passed
    assert "not defined" in Pays(kind="pays").examine(exam(gain=None)).sentence
    assert Pays(kind="pays").examine(exam(has_champion=False, comparison=None)).passed
