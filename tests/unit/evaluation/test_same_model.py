"""A/A: a model compared with itself is never better, and with its equal no more often than the level allows.

Rows of a day share a shock, so a test that took rows for independent would fail here.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leeway.core import Task
from leeway.evaluation.base import Exam
from leeway.evaluation.bootstrap import metric_gain
from leeway.evaluation.compare import compare
from leeway.evaluation.metrics import losses
from leeway.evaluation.pays import Pays
from leeway.evaluation.versus import PerSlice, VersusChampion

DAYS = np.repeat(np.arange(10), 40)
TIMES = 400
WIN = VersusChampion(kind="versus_champion", better=True, alpha=0.2)


def most(alpha: float, times: int = TIMES) -> float:
    """So many false wins are within the simulation's own binomial error (3 standard deviations)."""
    return times * alpha + 3 * math.sqrt(times * alpha * (1 - alpha))


def equals(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels, and the scores of two models that are equally good in truth: the days favour now one, now the other."""
    random = np.random.default_rng(seed)
    truth = random.normal(0, 1, len(DAYS))
    target = (random.random(len(DAYS)) < 1 / (1 + np.exp(-2 * truth))).astype(float)
    sides = [truth + random.normal(0, 0.5, 10)[DAYS] + random.normal(0, 0.7, len(DAYS)) for _ in range(2)]
    return target, *(1 / (1 + np.exp(-side)) for side in sides)


def exam(target, champion, challenger, *, slices: int = 0, looks: int = 0) -> Exam:
    pair = losses("brier", target, champion), losses("brier", target, challenger)
    part = np.arange(len(target)) % max(1, slices)
    return Exam(
        task=Task.BINARY,
        metric="auc",
        metrics={},
        baseline_metrics={},
        has_champion=True,
        comparison=compare(*pair, DAYS[: len(target)]),
        looks=looks,
        slices={
            f"part={number}": compare(pair[0][part == number], pair[1][part == number], DAYS[part == number])
            for number in range(slices)
        },
    )


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=2, max_size=40),
    st.floats(0.01, 0.99),
    st.integers(0, 7),
)
def test_a_model_is_never_better_than_itself(rows, alpha, looks):
    target, scores = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    found = exam(target, scores, scores, looks=looks)
    assert not VersusChampion(kind="versus_champion", better=True, alpha=alpha).examine(found).passed
    assert VersusChampion(kind="versus_champion", margin=0).examine(found).passed
    gain = metric_gain(
        Task.BINARY, "brier", target, champion=scores, challenger=scores, days=DAYS[: len(target)], seed=0
    )
    assert gain is not None
    assert (gain.points, gain.p_value) == (0, 1)
    assert not Pays(kind="pays").examine(Exam(**vars(found) | {"gain": gain})).passed


@pytest.mark.parametrize("alpha", [0.05, 0.2])
def test_an_equal_wins_the_comparison_no_more_often_than_alpha(alpha):
    wins = sum(exam(*equals(seed)).comparison.p_value <= alpha for seed in range(TIMES))
    assert wins <= most(alpha)
    assert wins >= TIMES * alpha / 3  # it is a test, not a refusal


@pytest.mark.parametrize("metric", ["auc", "f1"])
def test_an_equal_wins_the_bootstrap_no_more_often_than_alpha(metric):
    wins, times = 0, TIMES // 2
    for seed in range(times):
        target, champion, challenger = equals(seed)
        gain = metric_gain(Task.BINARY, metric, target, champion=champion, challenger=challenger, days=DAYS, seed=seed)
        assert gain is not None
        wins += gain.p_value <= 0.1
    assert times * 0.1 / 3 <= wins <= most(0.1, times)


def test_an_equal_passes_the_gate_no_more_often_than_alpha():
    assert sum(WIN.examine(exam(*equals(seed))).passed for seed in range(TIMES)) <= most(WIN.alpha)


def test_a_family_of_harmless_slices_fails_no_more_often_than_alpha():
    gate = PerSlice(kind="per_slice", margin=0, min_rows=20, alpha=0.1)
    times = TIMES // 2
    assert sum(not gate.examine(exam(*equals(seed), slices=8)).passed for seed in range(times)) <= most(0.1, times)


def test_all_looks_at_the_same_rows_together_win_no_more_often_than_alpha():
    """Eight equals come one after another to the same held-back rows; without a budget one of them mostly wins."""
    times, split, unsplit = TIMES // 2, 0, 0
    for seed in range(times):
        random = np.random.default_rng(seed)
        chances = []
        for looks in range(8):
            gain = random.normal(0, 0.5, 10)[DAYS] + random.normal(0, 1, len(DAYS))
            found = compare(5 + gain, np.full(len(DAYS), 5.0), DAYS)
            alone = {"task": Task.BINARY, "metric": "auc", "metrics": {}, "baseline_metrics": {}, "has_champion": True}
            chances.append((WIN.examine(Exam(**alone, comparison=found, looks=looks)).passed, found.p_value))
        split += any(passed for passed, _ in chances)
        unsplit += any(p_value <= WIN.alpha for _, p_value in chances)
    assert split <= most(WIN.alpha, times)
    assert unsplit > 2 * most(WIN.alpha, times)


def test_the_same_recipe_with_another_seed_is_no_better():
    """Forests that differ in their seed only; the best of them on 20,000 fresh rows serves, so every win is false."""
    from sklearn.ensemble import RandomForestClassifier

    random = np.random.default_rng(0)

    def drawn(rows: int) -> tuple[np.ndarray, np.ndarray]:
        inputs = random.normal(0, 1, (rows, 4))
        chance = 1 / (1 + np.exp(-inputs[:, 0] - inputs[:, 1] * inputs[:, 2]))
        return inputs, (random.random(rows) < chance).astype(float)

    forests = [RandomForestClassifier(10, max_depth=5, random_state=seed) for seed in range(4)]
    inputs, target = drawn(600)
    for forest in forests:
        forest.fit(inputs, target)
    fresh, truth = drawn(20_000)
    cost = np.array([losses("brier", truth, forest.predict_proba(fresh)[:, 1]) for forest in forests])
    order = np.argsort(cost.mean(axis=1))
    champion, challenger = cost[order[0]], cost[order[1]]
    wins = 0
    for _ in range(TIMES):
        rows = random.integers(0, len(truth), 400)
        wins += compare(champion[rows], challenger[rows], DAYS).p_value <= 0.1
    assert wins <= most(0.1)
