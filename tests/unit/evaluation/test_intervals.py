from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leeway.core import Task
from leeway.evaluation.compare import error_of_mean
from leeway.evaluation.intervals import metric_interval
from leeway.evaluation.metrics import losses, metrics
from leeway.evaluation.performance import performance
from values import day

SHARES = ("auc", "accuracy", "recall", "precision", "average_precision")


def judged(target, scores, days, *, task=Task.BINARY, loss="brier"):
    nothing = pd.DataFrame(index=range(len(target)))
    return performance(day(0), 1, task=task, loss=loss, target=target, scores=scores, day=days, slices=nothing)


def binary(rows, days, seed=0, *, spread=0.0):
    """Outcomes that follow their scores; ``spread`` moves the chance of all rows of a day together."""
    random = np.random.default_rng(seed)
    place = np.arange(rows) * days // rows
    scores = random.uniform(0.05, 0.95, rows)
    chance = np.clip(scores + random.normal(0, spread, days)[place], 0.01, 0.99)
    return (random.random(rows) < chance).astype(float), scores, place


@pytest.mark.parametrize(
    ("task", "loss", "metric"),
    [
        (Task.BINARY, "brier", "brier"),
        (Task.BINARY, "log_loss", "log_loss"),
        (Task.REGRESSION, "absolute_error", "mae"),
        (Task.REGRESSION, "squared_error", "rmse"),
    ],
)
@pytest.mark.parametrize("days", [1, 3, 7])
def test_a_mean_loss_is_as_certain_as_a_comparison_of_losses_takes_it_to_be(task, loss, metric, days):
    from scipy.special import stdtrit

    target, scores, place = binary(300, days, spread=0.3)
    found = metric_interval(judged(target, scores, place, task=task, loss=loss), metric, loss)
    each = losses(loss, target, scores)
    freedom = days - 1 if days > 3 else len(each) - 1
    half = stdtrit(freedom, 0.975) * error_of_mean(each, place)
    ends = np.array([each.mean() - half, each.mean() + half]).clip(0)
    assert (found.low, found.high) == pytest.approx(tuple(np.sqrt(ends) if metric == "rmse" else ends), rel=1e-6)


@settings(max_examples=60, deadline=None)
@given(st.integers(3, 80), st.integers(1, 6), st.integers(0, 10_000))
def test_an_interval_holds_its_value_and_stays_where_the_metric_can_be(rows, days, seed):
    target, scores, place = binary(rows, days, seed, spread=0.2)
    found = judged(target, scores, place)
    for metric in found.metrics:
        interval = metric_interval(found, metric, "brier")
        if interval is not None:
            assert interval.value == found.metrics[metric]
            assert interval.low <= interval.value + 1e-12
            assert interval.value <= interval.high + 1e-12
            assert interval.low >= 0
            assert interval.high <= 1 or metric in ("brier", "log_loss")


def test_most_intervals_of_independent_rows_hold_what_is_true():
    target, scores, _ = binary(400_000, 1, seed=9)
    true = metrics(Task.BINARY, target, scores)
    held = dict.fromkeys(SHARES, 0)
    for seed in range(120):
        found = judged(*binary(400, 20, seed))
        for metric in SHARES:
            interval = metric_interval(found, metric, "brier")
            held[metric] += interval.low <= true[metric] <= interval.high
    assert min(held.values()) >= 0.93 * 120, held


def test_days_that_differ_make_an_interval_wider():
    alike, unlike = (judged(*binary(2_000, 10, spread=spread)) for spread in (0.0, 0.4))
    width = [
        interval.high - interval.low for one in (alike, unlike) if (interval := metric_interval(one, "auc", "brier"))
    ]
    assert width[1] > 2 * width[0]


@pytest.mark.parametrize("metric", ["f1", "r2", "bias", "median_ae"])
def test_nothing_is_said_where_nothing_honest_can_be(metric):
    task = Task.BINARY if metric == "f1" else Task.REGRESSION
    loss = "brier" if metric == "f1" else "absolute_error"
    found = judged(*binary(300, 5), task=task, loss=loss)
    assert math.isfinite(found.metrics[metric])
    assert metric_interval(found, metric, loss) is None


def test_the_mean_of_another_loss_has_no_interval():
    found = judged(*binary(300, 5), loss="log_loss")
    assert metric_interval(found, "brier", "log_loss") is None
    assert metric_interval(found, "log_loss", "log_loss") is not None


def test_a_metric_that_is_not_known_has_no_interval():
    one_class = judged(np.ones(50), np.linspace(0.1, 0.9, 50), np.arange(50) // 10)
    assert metric_interval(one_class, "auc", "brier") is None
    nobody = judged(np.full(5, np.nan), np.full(5, 0.5), np.zeros(5, dtype=int))
    assert metric_interval(nobody, "brier", "brier") is None
