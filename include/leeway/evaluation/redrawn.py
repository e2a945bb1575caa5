"""Any metric in every resample of days, at the cost of a few matrix products.

A resample only changes how often a day counts. So each day is summed up once, and every metric is computed from these
sums for all resamples together. Three ways are enough: metrics that are functions of means; the area under the curve,
which is made of pairs of rows and so of pairs of days; and those that need an order of the rows, which are read off
bins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leeway.evaluation.metrics import THRESHOLD, losses

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from leeway.evaluation.resampling import Side

    Array = np.ndarray[Any, Any]

BINS = 512
"""Bins of equally many rows for metrics that need an order: far finer than what a resample moves."""


def redrawn(metric: str, target: Array, prediction: Array, side: Side) -> Array:
    """A metric in every draw: float64 of shape (1 + draws,), NaN where it is not defined.

    Args:
        metric: any of `leeway.evaluation.base.METRICS`, or a rate (`leeway.evaluation.metrics.rates`).
        target: float64 of shape (rows,), 0/1 for binary.
        prediction: float64 of shape (rows,), probabilities for binary.
        side: the days of these rows and how often each is drawn.
    """
    import numpy as np

    with np.errstate(divide="ignore", invalid="ignore"):
        return _WAYS[metric](target, prediction, side)


def _mean_loss(name: str) -> Callable[[Array, Array, Side], Array]:
    return lambda target, prediction, side: side.means(losses(name, target, prediction))


def _accuracy(target: Array, prediction: Array, side: Side) -> Array:
    return side.means((prediction >= THRESHOLD) == (target == 1))


def _bias(target: Array, prediction: Array, side: Side) -> Array:
    return side.means(prediction - target)


def _rmse(target: Array, prediction: Array, side: Side) -> Array:
    root: Array = side.means((prediction - target) ** 2) ** 0.5
    return root


def _r2(target: Array, prediction: Array, side: Side) -> Array:
    around = target - target.mean()  # or squares of a large mean would swallow the variance
    spread = side.means(around**2) - side.means(around) ** 2
    explained: Array = 1 - side.means((prediction - target) ** 2) / spread
    return explained


def _hits_over(*, predicted: float, positive: float) -> Callable[[Array, Array, Side], Array]:
    """True positives over so many parts of those predicted and of those that are positive."""

    def value(target: Array, prediction: Array, side: Side) -> Array:
        said, true = prediction >= THRESHOLD, target == 1
        return side.sums(said & true) / (predicted * side.sums(said) + positive * side.sums(true))

    return value


def _selection_rate(target: Array, prediction: Array, side: Side) -> Array:  # noqa: ARG001 - one of several ways
    return side.means(prediction >= THRESHOLD)


def _false_positive_rate(target: Array, prediction: Array, side: Side) -> Array:
    negative = target != 1
    return side.sums((prediction >= THRESHOLD) & negative) / side.sums(negative)


def _auc(target: Array, prediction: Array, side: Side) -> Array:
    """Wins of a positive over a negative row, a tie counting half (Mann-Whitney), summed up by the days of the two.

    With w how often each day is drawn, and W the wins between days, it is w'Ww over the pairs in the draw: exact, and
    the rows are ranked once.
    """
    import numpy as np

    true, count = target == 1, side.draws.shape[1]
    scores, days = prediction[true], side.blocks[true]
    wins = np.empty((count, count))
    for day in range(count):
        others = np.sort(prediction[~true & (side.blocks == day)])
        below = np.searchsorted(others, scores, "left") + np.searchsorted(others, scores, "right")
        wins[:, day] = np.bincount(days, weights=below / 2, minlength=count)
    area: Array = np.einsum("ij,ij->i", side.draws @ wins, side.draws) / (side.sums(true) * side.sums(~true))
    return area


def _average_precision(target: Array, prediction: Array, side: Side) -> Array:
    """The precision at each positive row from the highest score down, averaged."""
    import numpy as np

    true = target == 1
    codes = _bins(-prediction)
    rows, hits = _binned(codes, side), _binned(codes, side, true)
    precision = np.cumsum(hits, axis=1) / np.cumsum(rows, axis=1)
    area: Array = np.nansum(precision * hits, axis=1) / hits.sum(axis=1)
    return area


def _median_error(target: Array, prediction: Array, side: Side) -> Array:
    import numpy as np

    error = np.abs(prediction - target)
    codes = _bins(error)
    rows = np.cumsum(_binned(codes, side), axis=1)
    middles = np.bincount(codes, weights=error) / np.bincount(codes)
    half = rows[:, -1:] / 2
    median: Array = (middles[(rows >= half).argmax(axis=1)] + middles[(rows > half).argmax(axis=1)]) / 2
    return median


def _bins(values: Array) -> Array:
    """At most `BINS` bins by rank, equal values in the same one, numbered from 0 without gaps."""
    import numpy as np

    ranks = np.searchsorted(np.sort(values), values, "left")
    codes: Array = np.unique(ranks * BINS // len(values), return_inverse=True)[1]
    return codes


def _binned(codes: Array, side: Side, chosen: Array | None = None) -> Array:
    """Rows of each bin in each draw: shape (1 + draws, bins)."""
    import numpy as np

    count, bins = side.draws.shape[1], int(codes.max()) + 1
    table = np.bincount(side.blocks * bins + codes, weights=chosen, minlength=count * bins)
    drawn: Array = side.draws @ table.reshape(count, bins).astype("float64")
    return drawn


_WAYS: dict[str, Callable[[Array, Array, Side], Array]] = {
    "auc": _auc,
    "average_precision": _average_precision,
    "brier": _mean_loss("brier"),
    "log_loss": _mean_loss("log_loss"),
    "accuracy": _accuracy,
    "precision": _hits_over(predicted=1, positive=0),
    "recall": _hits_over(predicted=0, positive=1),
    "f1": _hits_over(predicted=0.5, positive=0.5),
    "selection_rate": _selection_rate,
    "true_positive_rate": _hits_over(predicted=0, positive=1),
    "false_positive_rate": _false_positive_rate,
    "mae": _mean_loss("absolute_error"),
    "rmse": _rmse,
    "median_ae": _median_error,
    "r2": _r2,
    "bias": _bias,
}
"""How each metric is computed in all draws at once."""
