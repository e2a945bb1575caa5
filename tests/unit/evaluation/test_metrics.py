"""Metrics agree with scikit-learn and are left out where they are not defined."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from leeway.core import Task
from leeway.evaluation.base import LOSSES, METRICS
from leeway.evaluation.metrics import goodness, higher_is_better, losses, metrics

RNG = np.random.default_rng(0)


def test_binary_metrics_agree_with_scikit_learn():
    target, chance = (RNG.random(500) < 0.4).astype(float), RNG.random(500)
    said = chance >= 0.5
    found = metrics(Task.BINARY, target, chance)
    assert set(found) == set(METRICS[Task.BINARY])
    assert found["brier"] == pytest.approx(reference.brier_score_loss(target, chance))
    assert found["log_loss"] == pytest.approx(reference.log_loss(target, chance))
    for name in ("accuracy", "precision", "recall", "f1"):
        assert found[name] == pytest.approx(getattr(reference, f"{name}_score")(target, said))


def test_regression_metrics_agree_with_scikit_learn():
    target, value = RNG.normal(size=300), RNG.normal(size=300)
    found = metrics(Task.REGRESSION, target, value)
    assert set(found) == set(METRICS[Task.REGRESSION])
    assert found["mae"] == pytest.approx(reference.mean_absolute_error(target, value))
    assert found["rmse"] == pytest.approx(reference.root_mean_squared_error(target, value))
    assert found["median_ae"] == pytest.approx(reference.median_absolute_error(target, value))
    assert found["r2"] == pytest.approx(reference.r2_score(target, value))
    assert found["bias"] == pytest.approx(np.mean(value - target))


@pytest.mark.parametrize("only", [0.0, 1.0])
def test_with_one_class_what_needs_two_is_left_out(only):
    found = metrics(Task.BINARY, np.full(5, only), np.full(5, 0.3))
    assert set(found) == {"brier", "log_loss", "accuracy"}


def test_precision_is_zero_if_nothing_is_predicted_positive():
    found = metrics(Task.BINARY, np.array([0.0, 1.0]), np.array([0.1, 0.2]))
    assert (found["precision"], found["recall"], found["f1"]) == (0, 0, 0)


def test_a_constant_target_has_no_r2():
    assert "r2" not in metrics(Task.REGRESSION, np.ones(4), np.zeros(4))


@pytest.mark.parametrize("task", list(Task))
def test_nothing_is_defined_without_rows_or_with_broken_predictions(task):
    assert metrics(task, np.empty(0), np.empty(0)) == {}
    assert metrics(task, np.array([0.0, 1.0]), np.array([0.5, np.nan])) == {}


def test_a_constant_score_ranks_like_chance():
    found = metrics(Task.BINARY, np.array([0.0, 1, 0, 1]), np.full(4, 0.5))
    assert found["auc"] == 0.5


def test_log_loss_of_a_sure_mistake_is_finite():
    assert losses("log_loss", np.array([1.0, 0.0]), np.array([0.0, 1.0])) == pytest.approx([13.8155] * 2, rel=1e-4)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=1, max_size=20), st.sampled_from(LOSSES[Task.BINARY])
)
def test_a_loss_is_never_negative_and_averages_to_its_metric(rows, loss):
    target, chance = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    found = losses(loss, target, chance)
    assert (found >= 0).all()
    assert found.mean() == pytest.approx(metrics(Task.BINARY, target, chance)[loss])


def test_goodness_turns_every_metric_so_that_more_is_better():
    perfect, poor = np.array([0.0, 1.0, 1.0]), np.array([0.9, 0.2, 0.4])
    for task in Task:
        best, worst = metrics(task, perfect, perfect), metrics(task, perfect, poor)
        assert all(goodness(name, best[name]) > goodness(name, worst[name]) for name in METRICS[task])
    assert higher_is_better("auc")
    assert not higher_is_better("brier")
