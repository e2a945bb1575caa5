"""Estimates without labels: right where inputs moved, honest about how far they may be off."""

from __future__ import annotations

import numpy as np
import pytest

from leeway.calibration import curve, reliability
from leeway.core import Bin, Task
from leeway.evaluation.bounds import loss_bounds
from leeway.evaluation.estimate import Spread, estimate_binary
from leeway.evaluation.loss_model import Lesson, estimate_regression
from leeway.evaluation.metrics import losses, metrics
from streams import scored

SPREAD = Spread(level=0.95, correlation=0.0005)


def history(random, windows: int = 5, rows: int = 800):
    """Reliability of windows of a champion whose scores are far too sure."""
    return [reliability(target, sure(score)) for target, score in (scored(random, rows) for _ in range(windows))]


def sure(score):
    return score**2 / (score**2 + (1 - score) ** 2)


@pytest.mark.parametrize("shift", [0.0, 0.8])
@pytest.mark.parametrize("loss", ["brier", "log_loss"])
def test_where_only_inputs_moved_the_intervals_hold_what_is_realised(shift, loss):
    random, held = np.random.default_rng(11), {"loss": 0, "auc": 0, "accuracy": 0}
    for _ in range(40):
        target, score = scored(random, 800, shift=shift)
        found, measured = estimate_binary(loss, sure(score), history(random), spread=SPREAD)
        real = metrics(Task.BINARY, target, sure(score))
        held["loss"] += found.low <= real[loss] <= found.high
        for name in ("auc", "accuracy"):
            held[name] += measured[name].low <= real[name] <= measured[name].high
    assert min(held.values()) >= 36


def test_with_sure_outcomes_the_estimated_metrics_are_the_realised_ones():
    random = np.random.default_rng(0)
    score = np.round(np.concatenate([random.uniform(0, 0.45, 500), random.uniform(0.55, 1, 500)]), 2)
    target = (score > 0.5).astype(float)
    found, measured = estimate_binary("brier", score, [reliability(target, score)] * 5, spread=SPREAD)
    for name, value in metrics(Task.BINARY, target, score).items():
        assert measured[name].value == pytest.approx(value, abs=0.005), name
    assert found == measured["brier"]


def test_it_is_blind_when_the_meaning_of_the_scores_changed():
    random = np.random.default_rng(5)
    target, score = scored(random, 800, flipped=0.3)
    found, _ = estimate_binary("brier", sure(score), history(random), spread=SPREAD)
    assert metrics(Task.BINARY, target, sure(score))["brier"] > found.high


def test_windows_that_differ_make_the_interval_wide():
    random = np.random.default_rng(2)
    calm, (_, score) = history(random), scored(random, 800)
    wild = [tuple(b.model_copy(update={"share": float(np.clip(b.share + move, 0, 1))}) for b in window)
            for window, move in zip(calm, (-0.15, 0.15, 0.0, -0.15, 0.15), strict=True)]  # fmt: skip
    (narrow, _), (wide, _) = (estimate_binary("brier", score, known, spread=SPREAD) for known in (calm, wild))
    assert wide.high - wide.low > 2 * (narrow.high - narrow.low)


@pytest.mark.parametrize("score", [[0.3], [0.5] * 30, [0.0, 1.0], list(np.linspace(0, 1, 20))])
@pytest.mark.parametrize("outcome", [0.0, 1.0])
def test_one_class_few_rows_and_constant_scores_give_finite_figures(score, outcome):
    known = [reliability(np.full(60, outcome), np.full(60, 0.4))]
    found, measured = estimate_binary("log_loss", np.array(score), known, spread=SPREAD)
    assert 0 <= found.low <= found.value <= found.high
    assert all(np.isfinite([one.value, one.low, one.high]).all() for one in measured.values())


def test_the_same_rows_give_the_same_estimate_in_any_order():
    random = np.random.default_rng(4)
    known, (_, score) = history(random), scored(random, 500)
    one, two = (estimate_binary("brier", rows, known, spread=SPREAD) for rows in (score, score[::-1]))
    assert one == two


def test_reliability_adds_up_and_never_parts_equal_scores():
    random = np.random.default_rng(0)
    target, score = scored(random, 900)
    score = np.round(score, 1)
    bins = reliability(target, score)
    assert sum(b.rows for b in bins) == 900
    assert sum(b.rows * b.share for b in bins) == pytest.approx(target.sum())
    assert [b.score for b in bins] == pytest.approx(sorted(set(score)))


def test_the_curve_rises_and_never_promises_certainty():
    bins = [Bin(rows=10, score=score, share=share) for score, share in ((0.1, 0), (0.3, 0.5), (0.5, 0.2), (0.9, 1))]
    found = curve(bins)
    assert found.rows.tolist() == [10, 20, 10]
    assert found.chances == pytest.approx([0.5 / 11, 7.5 / 21, 10.5 / 11])
    assert found.block(np.array([0.0, 0.3, 0.69, 0.71])).tolist() == [0, 1, 1, 2]


def lesson(random, rows: int, shift: float = 0.0) -> Lesson:
    """Errors grow with ``a`` and are larger where ``c`` is x."""
    import pandas as pd

    inputs = pd.DataFrame({"a": random.normal(shift, 1, rows), "c": random.choice(["x", "y", None], rows)})
    inputs.loc[::50, "a"] = np.nan
    size = 1 + 0.8 * inputs["a"].fillna(0).clip(lower=0) + (inputs["c"] == "x")
    return Lesson(inputs, 2 * inputs["a"].fillna(0).to_numpy(), (random.normal(0, 1, rows) * size).to_numpy())


@pytest.mark.parametrize("loss", ["absolute_error", "squared_error"])
def test_of_numbers_the_loss_is_estimated_where_rows_became_harder(loss):
    random, held = np.random.default_rng(6), 0
    for _ in range(20):
        lessons, now = [lesson(random, 600) for _ in range(4)], lesson(random, 600, shift=0.8)
        found, measured = estimate_regression(loss, now.inputs, now.score, lessons=lessons, spread=SPREAD)
        size = np.abs(now.error) ** (1 if loss == "absolute_error" else 2)
        held += found.low <= size.mean() <= found.high
    assert held >= 17
    assert found.value > np.mean(
        [np.mean(np.abs(one.error) ** (1 if loss == "absolute_error" else 2)) for one in lessons]
    )
    assert set(measured) == {"mae", "rmse", "bias"}


def test_one_lesson_with_constant_columns_is_enough_for_a_finite_estimate():
    import pandas as pd

    frame = pd.DataFrame({"a": [1.0] * 9, "b": [np.nan] * 9, "c": ["k"] * 9})
    one = Lesson(frame, np.ones(9), np.zeros(9))
    found, _ = estimate_regression("absolute_error", frame, np.ones(9), lessons=[one], spread=SPREAD)
    assert (found.value, found.low, found.high) == (0, 0, 0)


@pytest.mark.parametrize("loss", ["brier", "log_loss"])
def test_no_labels_that_may_still_come_lead_outside_the_bounds(loss):
    random = np.random.default_rng(8)
    target, score = scored(random, 60)
    partly = np.where(random.random(60) < 0.3, np.nan, target)
    low, high = loss_bounds(Task.BINARY, loss, partly, score)
    for rest in (np.zeros(60), np.ones(60), target, 1 - target, (score < 0.5).astype(float)):
        assert low <= losses(loss, np.where(np.isnan(partly), rest, partly), score).mean() + 1e-12
        assert losses(loss, np.where(np.isnan(partly), rest, partly), score).mean() <= high + 1e-12


def test_a_missing_number_has_no_worst_case():
    assert loss_bounds(Task.REGRESSION, "absolute_error", np.array([1.0, np.nan]), np.array([2.0, 0.0])) == (0.5, None)
    assert loss_bounds(Task.REGRESSION, "absolute_error", np.array([1.0]), np.array([2.0])) == (1.0, 1.0)
    assert loss_bounds(Task.BINARY, "brier", np.array([]), np.array([])) == (None, None)
