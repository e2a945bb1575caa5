"""How much better one model is than another in any metric: a paired bootstrap over days.

`leeway.evaluation.compare` tests the mean of a loss. Most metrics are no means (auc, f1, rmse ...), so whole days are
drawn anew and both models are judged in every draw on the same rows (Efron and Tibshirani 1993, An Introduction to the
Bootstrap, chapters 8 and 16). The interval takes the spread of the draws and Student's quantile: the ends of the drawn
values themselves are too narrow with a few dozen days (Hesterberg 2015, The American Statistician 69(4)).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leeway.core import Interval, MetricGain, Task
from leeway.core.metric import METRICS
from leeway.evaluation.metrics import goodness, metrics, points, points_in_one
from leeway.evaluation.redrawn import redrawn
from leeway.evaluation.resampling import Errors, Side, blocks

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

CONFIDENCE = 0.95
MIN_DEFINED = 0.5
"""Share of the draws in which the metric has to be defined: a draw may hold one class only."""


def metric_gain(
    task: Task, metric: str, target: Array, *, champion: Array, challenger: Array, days: Array, seed: int
) -> MetricGain | None:
    """What the challenger gains in a metric, in points, with its interval and p-value.

    The same rows and seed give the same result; two identical models gain exactly 0, with p-value 1. With fewer than
    four days, runs of consecutive rows stand for days and the standard error is doubled.

    Args:
        task: what is predicted.
        metric: the primary metric.
        target: float64 of shape (rows,), rows in order of time.
        champion: its predictions, float64 of shape (rows,).
        challenger: its predictions for the same rows.
        days: integers of shape (rows,), the day of each row's event time.
        seed: of the draws.

    Returns:
        None if the metric is not defined on these rows or in most of the draws.
    """
    import numpy as np

    worse, better = (metrics(task, target, prediction).get(metric) for prediction in (champion, challenger))
    if worse is None or better is None or len(target) < 2:
        return None
    side, errors = Side.of(blocks(days), np.random.default_rng(seed)), Errors.between(days, days)
    theirs, ours = (redrawn(metric, target, prediction, side) for prediction in (champion, challenger))
    # The unit is that of the champion's own value: dividing by the value in each draw, a bias near 0 would explode.
    drawn = points_in_one(metric, worse) * (goodness(metric, ours) - goodness(metric, theirs))
    if np.isfinite(drawn).mean() < MIN_DEFINED:
        return None
    drawn = drawn[np.isfinite(drawn)]
    estimate, error, half = points(metric, worse, better), errors.error(drawn), errors.half_width(drawn)
    return MetricGain(
        metric=metric,
        rows=len(target),
        blocks=len(np.unique(days)),
        points=estimate,
        error=error,
        low=estimate - half,
        high=estimate + half,
        confidence=CONFIDENCE,
        p_value=errors.chance(estimate, error),
    )


def intervals(task: Task, target: Array, prediction: Array, *, days: Array, seed: int) -> dict[str, Interval]:
    """Every metric of a model that is defined on some rows, with its 95 % interval.

    Args:
        task: what is predicted.
        target: float64 of shape (rows,), rows in order of time.
        prediction: float64 of shape (rows,).
        days: integers of shape (rows,), the day of each row's event time.
        seed: of the draws.
    """
    import numpy as np

    known = metrics(task, target, prediction)
    if len(target) < 2 or not known:
        return {}
    side, errors = Side.of(blocks(days), np.random.default_rng(seed)), Errors.between(days, days)
    found = {}
    for metric in METRICS[task]:
        drawn = redrawn(metric, target, prediction, side) if metric in known else np.empty(0)
        if np.isfinite(drawn).sum() > MIN_DEFINED * len(drawn):
            half = errors.half_width(drawn[np.isfinite(drawn)])
            found[metric] = Interval(value=known[metric], low=known[metric] - half, high=known[metric] + half)
    return found
