"""How well a model does on rows without labels, as far as its earlier labelled windows can tell.

Binary: confidence-based performance estimation, CBPE (Bialek, Kuberski, Perrakis and Bifet 2024, arXiv:2401.08348;
compare Garg, Balakrishnan, Lipton, Neyshabur and Sedghi 2022, ICLR, arXiv:2201.04234). Scores are turned into chances
by the calibration curve of labelled windows, and a metric's expectation over those chances is the estimate. It is right
when only the inputs moved, and blind when the meaning of the scores did.

How far it may be off is the larger of two things. *Chance*: outcomes and curve are drawn anew (parametric bootstrap,
Efron and Tibshirani 1993, section 6.5), widened by the design effect of rows of one window. *Record*: each labelled
window is estimated from the others, and what was realised is compared (jackknife residuals; a Student interval over
windows, which holds whatever makes windows differ). Its residuals are weighted like the scores that are estimated now:
where the errors of a window cancelled, those of its low scores alone need not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from leeway.calibration import curve
from leeway.core import Bin, Interval
from leeway.evaluation.metrics import losses

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np

    from leeway.calibration import Curve

    Array = np.ndarray[Any, Any]

DRAWS = 100
"""Of the bootstrap; its standard error is then known to about 7 %."""
SAMPLE = 5_000
"""Rows that are drawn: of more, an even choice by score. Rows of one window add little to one another beyond that."""
GROUPS = 10
"""Groups of scores in which a window's errors are weighted."""
MIN_RECORD = 3
"""With fewer windows their residuals say nothing."""
DIGITS = 9
"""Figures are kept to so many digits, so that the order of a sum leaves no trace in them."""
_RATES = ("auc", "average_precision", "accuracy", "precision", "recall", "f1", "brier")


@dataclass(frozen=True, kw_only=True)
class Spread:
    """How intervals are made.

    Args:
        level: share of them that should hold what is realised.
        correlation: of the losses of two rows of one window.
    """

    level: float
    correlation: float

    def widening(self, rows: int) -> float:
        """By how much rows of one window widen a standard error (Kish 1965, Survey Sampling, chapter 5)."""
        return math.sqrt(1 + max(0, rows - 1) * self.correlation)

    def half_width(self, error: float, residuals: Sequence[float]) -> float:
        """From a standard error, and from the residuals of other windows if there are enough."""
        from scipy.special import ndtri, stdtrit

        tail = (1 + self.level) / 2
        half = float(ndtri(tail)) * error
        windows = len(residuals)
        if windows < MIN_RECORD:
            return half
        record = math.sqrt(math.fsum(r * r for r in residuals) / windows * (1 + 1 / windows))
        return max(half, float(stdtrit(windows - 1, tail)) * record)


def estimate_binary(
    loss: str, score: Array, known: Sequence[Sequence[Bin]], *, spread: Spread
) -> tuple[Interval, dict[str, Interval]]:
    """Estimate the mean loss and all metrics on rows without labels.

    Args:
        loss: name of the loss per row.
        score: float64 of shape (rows,), at least one.
        known: reliability bins of each labelled window of the same version, at least one window.
        spread: how intervals are made.

    Returns:
        The loss and the metrics. The interval of a metric is widened as much as the record widened that of the loss.
    """
    import numpy as np

    score = np.sort(np.asarray(score, dtype=np.float64))
    then = curve(bin_ for window in known for bin_ in window)
    costs = losses(loss, np.zeros_like(score), score), losses(loss, np.ones_like(score), score)
    value = _expected(score, then.chance(score), costs)
    drawn = np.unique(np.linspace(0, len(score) - 1, min(len(score), SAMPLE)).astype(int))
    costs = costs[0][drawn], costs[1][drawn]
    draws = _expected(score[drawn], _outcomes(score[drawn], then), costs)
    widening = spread.widening(len(drawn))
    errors = {name: float(found.std(ddof=1)) * widening for name, found in draws.items()}
    half = spread.half_width(errors["loss"], _residuals(loss, score, known))
    from scipy.special import ndtri

    plain = float(ndtri((1 + spread.level) / 2))
    ratio = half / (plain * errors["loss"]) if errors["loss"] > 0 else 1.0
    halves = {name: plain * error * ratio for name, error in errors.items()} | {"loss": half}
    found = {
        name: interval(float(value[name][0]), halves[name], most=1.0 if name in _RATES else None)
        for name in value
        if math.isfinite(float(value[name][0])) and math.isfinite(halves[name])
    }
    return found.pop("loss"), found


def interval(value: float, half: float, *, most: float | None = None) -> Interval:
    """The interval about a figure that is 0 or more, and at most ``most``."""
    high = value + half if most is None else min(most, value + half)
    return Interval(value=rounded(value), low=rounded(max(0.0, value - half)), high=rounded(high))


def rounded(value: float) -> float:
    """The figure to `DIGITS` digits."""
    return float(f"{value:.{DIGITS}g}")


def _outcomes(score: Array, then: Curve) -> Array:
    """Outcomes that might be, 0 or 1, of shape (DRAWS, rows): first the curve is drawn, then the outcomes from it."""
    import numpy as np

    random = np.random.default_rng(0)  # The same estimate every time.
    noise = np.sqrt(then.chances * (1 - then.chances) / then.rows)
    curves = np.clip(then.chances + noise * random.standard_normal((DRAWS, len(noise))), 0, 1)
    chances = curves[:, then.block(score)]
    outcomes: Array = (random.random(chances.shape) < chances).astype(np.float64)
    return outcomes


def _expected(score: Array, chance: Array, costs: tuple[Array, Array]) -> Mapping[str, Array]:
    """Loss and metrics of rows that are positive with these chances; of outcomes, 0 or 1, they are the realised ones.

    Args:
        score: float64 of shape (rows,), rising.
        chance: float64 of shape (rows,) or (draws, rows).
        costs: the loss of each row if its outcome is 0, and if it is 1, float64 of shape (rows,).

    Returns:
        Name -> float64 of shape (1,) or (draws,); NaN where a metric is not defined.
    """
    import numpy as np

    chance = np.atleast_2d(chance)
    rows, said = len(score), score >= 0.5
    positive = chance.sum(axis=1)
    hits = chance[:, said].sum(axis=1)
    predicted = int(said.sum())
    brier = score**2, (1 - score) ** 2
    found = {
        "loss": _mean_cost(chance, costs),
        "brier": _mean_cost(chance, brier),
        "log_loss": _mean_cost(
            chance, (losses("log_loss", 0 * score, score), losses("log_loss", 0 * score + 1, score))
        ),
        "accuracy": (2 * hits + (rows - predicted) - positive) / rows,
    }
    with np.errstate(invalid="ignore", divide="ignore"):
        return found | {
            "auc": _auc(score, chance),
            "average_precision": _average_precision(score, chance),
            "precision": hits / predicted if predicted else np.zeros_like(hits),
            "recall": hits / positive,
            "f1": 2 * hits / (predicted + positive),
        }


def _mean_cost(chance: Array, costs: tuple[Array, Array]) -> Array:
    """Mean of the two costs of each row, weighted by its chance."""
    mean: Array = costs[0].mean() + chance @ (costs[1] - costs[0]) / len(costs[0])
    return mean


def _ends(score: Array) -> Array:
    """Index of the last row of each group of equal scores, the scores rising."""
    import numpy as np

    return np.flatnonzero(np.append(score[1:] != score[:-1], True))


def _auc(score: Array, chance: Array) -> Array:
    """Chance that a positive row scores higher than a negative one, ties counted half."""
    import numpy as np

    ends = _ends(score)
    below_positive = np.cumsum(chance, axis=1)[:, ends]
    below_negative = (ends + 1) - below_positive
    positive, negative = (np.diff(below, axis=1, prepend=0) for below in (below_positive, below_negative))
    pairs = (positive * (below_negative - negative / 2)).sum(axis=1)
    auc: Array = pairs / (below_positive[:, -1] * below_negative[:, -1])
    return auc


def _average_precision(score: Array, chance: Array) -> Array:
    """Mean over positive rows of the share of positives among the rows that score at least as high."""
    import numpy as np

    starts = np.append(0, _ends(score)[:-1] + 1)
    above = np.cumsum(chance[:, ::-1], axis=1)[:, ::-1][:, starts]
    precision = above / (len(score) - starts)
    gained = above - np.append(above[:, 1:], np.zeros((len(above), 1)), axis=1)
    found: Array = (precision * gained).sum(axis=1) / above[:, 0]
    return found


def _residuals(loss: str, score: Array, known: Sequence[Sequence[Bin]]) -> list[float]:
    """Realised minus estimated loss of each window, had it the scores of now; the estimate is made from the others."""
    import numpy as np

    if len(known) < MIN_RECORD:
        return []
    groups = np.unique(np.quantile(score, np.arange(1, GROUPS) / GROUPS))
    stakes = losses(loss, np.ones_like(score), score) - losses(loss, np.zeros_like(score), score)
    weight = np.bincount(np.searchsorted(groups, score), weights=stakes, minlength=len(groups) + 1) / len(score)
    found = []
    for left_out, window in enumerate(known):
        then = curve(bin_ for place, other in enumerate(known) for bin_ in other if place != left_out)
        rows, scores, share = np.array([(b.rows, b.score, b.share) for b in window], dtype=np.float64).T
        place = np.searchsorted(groups, scores)
        missed = np.bincount(place, weights=rows * (share - then.chance(scores)), minlength=len(weight))
        size = np.bincount(place, weights=rows, minlength=len(weight))
        found.append(float(np.sum(weight * missed / np.maximum(size, 1))))
    return found
