"""How far a metric of one window may be off, from what a measurement keeps of its labelled rows.

The rows themselves are not read again: a year of windows has to be drawn in a fraction of a second. Rows of one day
resemble one another, so days are what varies independently, by the rules of `leeway.evaluation.compare`: the standard
error of the mean loss is cluster-robust over days, quantiles are Student's, and with fewer than four days rows are
taken as independent and their error is doubled. How much larger that error is than the one of as many independent rows
is the design effect (Kish 1965, Survey Sampling, chapter 5). It is never taken to be below 1, and it is taken to hold
for metrics that are no mean loss as well:

- the metric that is the mean of the loss itself (``brier``, ``log_loss``, ``mae``; ``rmse`` as its root): the interval
  of the mean loss;
- ``auc``: the variance of Hanley and McNeil 1982 (Radiology 143(1)) for so many positive and negative rows;
- ``accuracy``, ``recall``, ``precision``: Wilson's interval of a share (1927, JASA 22), and the same for
  ``average_precision`` with the positive rows as its number (Boyd, Eng and Page 2013, ECML PKDD).

Of the others (``f1``, ``r2``, ``bias``, ``median_ae``, and a mean of another loss) nothing honest can be said from what
is kept. An interval speaks of the labelled rows only; what share of the window they are is its coverage.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from leeway.core import Interval
from leeway.evaluation.compare import MIN_BLOCKS, WIDENED

if TYPE_CHECKING:
    from leeway.core import Performance

CONFIDENCE: Final = 0.95
_OF_LOSS: Final = {"brier": "brier", "log_loss": "log_loss", "absolute_error": "mae", "squared_error": "rmse"}
"""The metric that is the mean of a loss, or its root."""
_FEWEST: Final = 2


def metric_interval(found: Performance, metric: str, loss: str) -> Interval | None:
    """The 95 % interval of a metric on a window's labelled rows.

    Args:
        found: the window's performance.
        metric: any metric of its task.
        loss: per row, the one that ``found`` sums up.

    Returns:
        None if the metric is not known there or nothing can be said about how far it may be off.
    """
    value = found.metrics.get(metric)
    if value is None or not math.isfinite(value) or found.labelled < _FEWEST or not found.days:
        return None
    spread = _Spread.of(found)
    if metric == _OF_LOSS[loss]:
        return _of_mean(value, found.loss, spread.error * spread.quantile, root=metric == "rmse")
    if metric == "auc":
        return _of_auc(value, found, spread)
    trials = _trials(metric, found)
    return _of_share(value, trials / spread.design_effect, spread.quantile) if trials else None


@dataclass(frozen=True)
class _Spread:
    """How certain figures of a window's labelled rows are.

    Args:
        error: standard error of the mean loss.
        design_effect: its square over that of as many independent rows, at least 1.
        quantile: of Student's distribution: half of an interval's width, in standard errors.
    """

    error: float
    design_effect: float
    quantile: float

    @classmethod
    def of(cls, found: Performance) -> _Spread:
        rows, days = sum(day.rows for day in found.days), len(found.days)
        independent = math.sqrt(max(found.loss_variance, 0.0) / rows)
        error = 0.0
        if days > 1:
            sums = math.fsum((day.rows * (day.loss - found.loss)) ** 2 for day in found.days)
            error = math.sqrt(days / (days - 1) * sums) / rows
        few = days < MIN_BLOCKS
        error = max(error, WIDENED * independent if few else independent)
        effect = (error / independent) ** 2 if independent else 1.0
        return cls(error, effect, _quantile(rows - 1 if few else days - 1))


@lru_cache(maxsize=1024)
def _quantile(freedom: int) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(freedom, (1 + CONFIDENCE) / 2))


def _of_mean(value: float, loss: float, half: float, *, root: bool) -> Interval:
    """Losses are never negative."""
    low, high = max(0.0, loss - half), loss + half
    ends = (math.sqrt(low), math.sqrt(high)) if root else (low, high)
    return Interval(value=value, low=ends[0], high=ends[1])


def _of_auc(area: float, found: Performance, spread: _Spread) -> Interval | None:
    positive = _positives(found)
    negative = found.labelled - positive
    if not (positive and negative):
        return None
    first, second = area / (2 - area), 2 * area**2 / (1 + area)
    variance = area * (1 - area) + (positive - 1) * (first - area**2) + (negative - 1) * (second - area**2)
    half = spread.quantile * math.sqrt(max(variance, 0.0) / (positive * negative) * spread.design_effect)
    return Interval(value=area, low=max(0.0, area - half), high=min(1.0, area + half))


def _trials(metric: str, found: Performance) -> float:
    """How many rows a share is a share of; 0 if it is none, or that is not known."""
    if metric == "accuracy":
        return found.labelled
    positive = _positives(found)
    if metric in ("recall", "average_precision"):
        return positive
    if metric == "precision" and found.metrics.get("precision"):
        return positive * found.metrics["recall"] / found.metrics["precision"]
    return 0


def _positives(found: Performance) -> int:
    return round(math.fsum(place.rows * place.share for place in found.reliability))


def _of_share(share: float, trials: float, quantile: float) -> Interval:
    """Wilson's interval; it stays within 0 and 1, and is not empty where the share is one of these."""
    weight = quantile**2 / trials
    middle = (share + weight / 2) / (1 + weight)
    half = quantile * math.sqrt(share * (1 - share) / trials + weight / trials / 4) / (1 + weight)
    return Interval(value=share, low=max(0.0, middle - half), high=min(1.0, middle + half))
