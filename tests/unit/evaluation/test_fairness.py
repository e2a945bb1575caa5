"""Gaps between groups, and figures of groups: what is defined, and what it is."""

from __future__ import annotations

import math

import fairlearn.metrics
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leeway.core import Task
from leeway.core.metric import GAPS, METRICS
from leeway.evaluation.fairness import TOLD, figures, gaps
from leeway.evaluation.groups import Groups
from leeway.evaluation.metrics import THRESHOLD
from leeway.evaluation.performance import performance
from streams import week

RNG = np.random.default_rng(3)
ROWS = 900
TARGET = (RNG.random(ROWS) < 0.4).astype(float)
SCORE = np.clip(0.3 * TARGET + RNG.random(ROWS) * 0.7, 0, 1)
SEX = RNG.choice(["f", "m", "x"], ROWS, p=[0.5, 0.4, 0.1])


def groups(**changes) -> Groups:
    given = {
        "task": Task.BINARY,
        "target": TARGET,
        "challenger": SCORE,
        "champion": None,
        "levels": pd.DataFrame({"sex": SEX}),
        "sensitive": ("sex",),
        "days": np.arange(ROWS) // 50,
    }
    return Groups(**given | changes)


@pytest.mark.parametrize("gap", ["demographic_parity", "equalized_odds", "equal_opportunity"])
@pytest.mark.parametrize("how", ["difference", "ratio"])
def test_gaps_are_those_of_fairlearn(gap, how):
    exact = getattr(fairlearn.metrics, f"{gap}_{how}")(TARGET, SCORE >= THRESHOLD, sensitive_features=SEX)
    assert gaps(Task.BINARY, TARGET, SCORE, SEX)[f"{gap}_{how}"] == pytest.approx(exact)


@pytest.mark.parametrize("gap", TOLD[Task.BINARY])
def test_the_gap_that_gates_draw_is_the_gap_that_is_told(gap):
    found = groups()
    difference, ratio = found.gap(gap, found.of(["sex"], min_rows=2)[0], SCORE)
    told = gaps(Task.BINARY, TARGET, SCORE, SEX)
    assert difference[0] == pytest.approx(told[f"{gap}_difference"])
    assert ratio[0] == pytest.approx(told[f"{gap}_ratio"])


def test_the_error_gap_of_a_regression_is_the_difference_of_the_mean_errors():
    target = np.zeros(6)
    found = gaps(Task.REGRESSION, target, np.array([1.0, 1, 1, 3, 3, 3]), np.array(["a"] * 3 + ["b"] * 3))
    assert found == {"mae_difference": 2.0, "mae_ratio": pytest.approx(1 / 3), "bias_difference": 2.0}


def test_a_rate_that_only_one_group_has_gives_no_gap():
    target = np.array([0.0, 0, 0, 1, 1, 0])
    found = gaps(Task.BINARY, target, np.linspace(0, 1, 6), np.array(["a"] * 3 + ["b"] * 3))
    assert set(found) == {"demographic_parity_difference", "demographic_parity_ratio"}


@pytest.mark.parametrize("rows", [0, 5], ids=["no rows", "one group"])
def test_without_two_groups_there_is_no_gap(rows):
    assert gaps(Task.BINARY, np.ones(rows), np.ones(rows), np.array(["a"] * rows)) == {}


@given(st.integers(0, 10_000))
@settings(max_examples=8, deadline=None)
def test_differences_are_not_negative_and_ratios_are_shares_and_names_do_not_matter(seed):
    random = np.random.default_rng(seed)
    names = random.choice(["a", "b", "c"], 60)
    target, score = (random.random(60) < 0.5).astype(float), random.random(60)
    found = gaps(Task.BINARY, target, score, names)
    assert all(0 <= value <= 1 for value in found.values())
    renamed = np.char.add("group ", names)
    assert gaps(Task.BINARY, target, score, renamed) == pytest.approx(found)


@pytest.mark.parametrize("task", Task)
def test_every_gap_is_made_of_figures_that_a_group_has(task):
    score = SCORE if task is Task.BINARY else SCORE * 10
    known = figures(task, TARGET, score)
    assert {figure for gap in GAPS[task].values() for figure in gap} <= set(known)
    assert set(METRICS[task]) <= set(known)


def test_a_performance_keeps_figures_of_every_level_and_gaps_of_sensitive_columns_only():
    levels = pd.DataFrame({"sex": SEX, "team": np.where(np.arange(ROWS) < 30, "small", "large")})
    found = performance(
        week(0), 1, task=Task.BINARY, loss="brier", target=TARGET, scores=SCORE, day=np.zeros(ROWS, int),
        slices=levels, sensitive=["sex"],
    )  # fmt: skip
    assert set(found.slices) == {"sex=f", "sex=m", "sex=x", "team=large"}
    women = SEX == "f"
    assert found.slices["sex=f"]["labelled"] == women.sum()
    assert found.slices["sex=f"]["positives"] == TARGET[women].sum()
    assert found.slices["sex=f"]["auc"] == figures(Task.BINARY, TARGET[women], SCORE[women])["auc"]
    assert found.gaps == {"sex": gaps(Task.BINARY, TARGET, SCORE, SEX)}


def test_told_groups_have_an_interval_around_the_primary_metric_and_small_ones_are_left_out():
    rare = np.where(np.arange(ROWS) < 40, "rare", SEX)
    told = groups(levels=pd.DataFrame({"sex": rare}), champion=SCORE).told("auc")
    assert [found.level for found in told] == ["f", "m", "x"]
    for found in told:
        assert found.interval is not None
        assert found.interval.low < found.metrics["auc"] < found.interval.high
        assert found.champion_metrics == found.metrics


def test_a_figure_is_drawn_from_the_rows_of_its_group():
    found = groups()
    women = next(group for group in found.of(["sex"], min_rows=2)[0] if group.level == "f")
    drawn = found.drawn("true_positive_rate", women, SCORE)
    assert drawn[0] == figures(Task.BINARY, TARGET[SEX == "f"], SCORE[SEX == "f"])["true_positive_rate"]
    assert 0 < drawn[1:].std() < 0.1
    assert not math.isclose(drawn[1:].std(), found.drawn("true_positive_rate", women, np.ones(ROWS))[1:].std())
