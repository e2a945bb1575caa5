"""The gain in any metric: what the resamples compute is the metric, and its interval is as wide as it should be."""

from __future__ import annotations

import time

import numpy as np
import pytest

from leeway.core import Task
from leeway.evaluation.base import METRICS
from leeway.evaluation.bootstrap import metric_gain
from leeway.evaluation.compare import compare, standard_error
from leeway.evaluation.metrics import losses, metrics
from leeway.evaluation.redrawn import redrawn
from leeway.evaluation.resampling import Side

EVERY = [(task, metric) for task, names in METRICS.items() for metric in names]
each_metric = pytest.mark.parametrize(("task", "metric"), EVERY, ids=lambda value: str(value))
BINNED = {"average_precision": 1e-4, "median_ae": 4e-3}
"""Metrics that are read off bins of neighbouring rows, and how far that may be off."""
DAYS = np.repeat(np.arange(12), 50)


def drawn_rows(seed: int, task: Task, days: np.ndarray = DAYS) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Target, and the predictions of a champion and a better challenger; days differ from one another."""
    random = np.random.default_rng(seed)
    truth = random.normal(0, 1, len(days)) + random.normal(0, 0.3, days.max() + 1)[days]
    noise = [random.normal(0, size, len(days)) for size in (1.0, 0.5)]
    if task is Task.REGRESSION:
        return 10 + truth, 10.1 + truth + noise[0], 10.05 + truth + noise[1]
    target = (random.random(len(days)) < 1 / (1 + np.exp(-2 * truth))).astype(float)
    return target, *(1 / (1 + np.exp(-truth - each)) for each in noise)


def gain(task: Task, metric: str, rows, days: np.ndarray = DAYS, seed: int = 0):
    target, champion, challenger = rows
    return metric_gain(task, metric, target, champion=champion, challenger=challenger, days=days, seed=seed)


@each_metric
def test_what_a_draw_computes_is_the_metric_of_its_rows(task, metric):
    target, prediction, _ = drawn_rows(1, task)
    prediction = np.round(prediction, 2)  # ties, too
    side = Side.of(DAYS, np.random.default_rng(3))
    found = redrawn(metric, target, prediction, side)
    for draw in (0, 1, 500):
        rows = np.concatenate([np.flatnonzero(day == DAYS).repeat(int(n)) for day, n in enumerate(side.draws[draw])])
        exact = metrics(task, target[rows], prediction[rows])[metric]
        assert found[draw] == pytest.approx(exact, abs=BINNED.get(metric, 1e-9))


@each_metric
def test_the_estimate_is_the_difference_of_the_two_metrics_and_the_same_every_time(task, metric):
    rows = drawn_rows(2, task)
    found = gain(task, metric, rows)
    assert found == gain(task, metric, rows)
    assert found.low < found.points < found.high
    assert (found.rows, found.blocks) == (600, 12)
    if metric != "recall":  # a better model may say "positive" less often
        assert found.points > 0


@pytest.mark.parametrize("metric", ["brier", "mae"])
def test_for_a_mean_of_losses_the_error_is_the_cluster_robust_one(metric):
    task, loss = (Task.BINARY, "brier") if metric == "brier" else (Task.REGRESSION, "absolute_error")
    target, champion, challenger = rows = drawn_rows(4, task)
    paired = compare(losses(loss, target, champion), losses(loss, target, challenger), DAYS)
    unit = 100 if metric == "brier" else 100 / paired.champion_loss
    assert gain(task, metric, rows).error == pytest.approx(unit * standard_error(paired), rel=0.1)


def test_the_interval_of_auc_holds_the_truth_as_often_as_it_says():
    days = np.repeat(np.arange(20), 40)
    target, champion, challenger = drawn_rows(5, Task.BINARY, np.repeat(np.arange(2_000), 40))
    values = [metrics(Task.BINARY, target, score)["auc"] for score in (champion, challenger)]
    truth = 100 * (values[1] - values[0])
    hits = 0
    for seed in range(100):
        found = gain(Task.BINARY, "auc", drawn_rows(100 + seed, Task.BINARY, days), days)
        hits += found.low <= truth <= found.high
    assert 90 <= hits <= 100


@pytest.mark.parametrize("count", [1, 2, 3])
def test_few_days_widen_the_interval(count):
    rows = drawn_rows(6, Task.BINARY)
    few, many = (gain(Task.BINARY, "auc", rows, days) for days in (np.arange(600) * count // 600, DAYS))
    assert few.blocks == count
    assert few.error > many.error


@each_metric
def test_a_model_against_itself_gains_exactly_nothing(task, metric):
    target, champion, _ = drawn_rows(7, task)
    found = gain(task, metric, (target, champion, champion))
    assert (found.points, found.error, found.p_value) == (0, 0, 1)


def test_what_is_not_defined_is_not_told():
    target, champion, challenger = drawn_rows(8, Task.BINARY)
    assert gain(Task.BINARY, "auc", (np.zeros(600), champion, challenger)) is None
    rare = np.zeros(600)
    rare[0] = 1.0  # one day holds the only positive row: most draws with it are fine, the others are left out
    assert gain(Task.BINARY, "auc", (rare, champion, challenger)) is not None
    one = np.zeros(1, dtype=int)
    assert gain(Task.BINARY, "brier", (target[:1], champion[:1], challenger[:1]), one) is None


@pytest.mark.parametrize("metric", ["auc", "average_precision", "f1"])
def test_twenty_thousand_rows_take_about_a_second(metric):
    days = np.repeat(np.arange(90), 223)
    rows = drawn_rows(9, Task.BINARY, days)
    metrics(Task.BINARY, *rows[:2])  # loads scikit-learn
    begin = time.process_time()
    assert gain(Task.BINARY, metric, rows, days) is not None
    assert time.process_time() - begin < 3
